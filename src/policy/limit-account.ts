import type { LimitWindow } from '../conversation/reached-limit.ts';
import type { Moment } from './calendar.ts';
import type { Limit } from './limit.ts';

/** What was used of a day or a month, and what is held for questions that have no answer yet. */
export interface PeriodSum {
  readonly of: number;
  readonly questions: number;
  readonly tokens: number;
  readonly heldTokens: number;
  /** In billionths of a US dollar. */
  readonly nano: number;
  readonly heldNano: number;
}

/** What one member, channel or server has used. Only what some limit counts is in it. */
export interface LimitAccount {
  /** Seconds in which something was asked, each followed by how often, the oldest first. */
  readonly minute?: readonly number[];
  readonly hour?: readonly number[];
  /** The last few of them: a clock that is set back finds the day as it was. */
  readonly day?: readonly PeriodSum[];
  readonly month?: readonly PeriodSum[];
  /** Questions without an answer, and the second in which each was asked. */
  readonly atOnce?: readonly (readonly [questionId: string, second: number])[];
}

export const EMPTY_ACCOUNT: LimitAccount = {};

/** What a call uses, or is held for it. */
export interface LimitAmount {
  readonly tokens: number;
  /** In billionths of a US dollar; 0 where nobody knows the price. */
  readonly nano: number;
}

/** What of an account a question counts in. */
export type Counted = LimitWindow | 'atOnce';

export const NANO = 1_000_000_000;

const ROLLING = { minute: 60, hour: 3_600 } as const;
type Rolling = keyof typeof ROLLING;
const KEPT_PERIODS = 3;
/** No question takes longer, in seconds: what is held for one that is lost for ever ends with it. */
const LONGEST_QUESTION = 3_600;

export const countedBy = ({ counts, window }: Pick<Limit, 'counts' | 'window'>): Counted => (counts === 'at once' || window === undefined ? 'atOnce' : window);

const isRolling = (counted: Counted): counted is Rolling => counted === 'minute' || counted === 'hour';

/** Those that still count. A second that is yet to come, because the clock was set back, counts as this one. */
const recent = (ticks: readonly number[], window: Rolling, { second }: Moment): number[] => {
  const kept: number[] = [];
  for (let index = 0; index < ticks.length; index += 2) {
    const at = Math.min(ticks[index] ?? 0, second);
    const count = ticks[index + 1] ?? 0;
    // Within its second nobody knows when it was: it counts for up to one second longer, never shorter.
    if (at < second - ROLLING[window]) continue;
    if (kept.at(-2) === at) kept[kept.length - 1] = (kept.at(-1) ?? 0) + count;
    else kept.push(at, count);
  }
  return kept;
};

const withTick = (ticks: readonly number[], window: Rolling, moment: Moment): readonly number[] => {
  const kept = recent(ticks, window, moment);
  if (kept.at(-2) === moment.second) kept[kept.length - 1] = (kept.at(-1) ?? 0) + 1;
  else kept.push(moment.second, 1);
  return kept;
};

const withoutTick = (ticks: readonly number[], second: number): readonly number[] => {
  let index = ticks.length - 2;
  // One that was yet to come may be counted in an earlier second by now.
  if (index >= 0 && second <= (ticks[index] ?? 0)) while (index >= 0 && ticks[index] !== second) index -= 2;
  if (index < 0) return ticks;
  const count = (ticks[index + 1] ?? 0) - 1;
  return count > 0 ? ticks.with(index + 1, count) : ticks.toSpliced(index, 2);
};

const newPeriod = (of: number): PeriodSum => ({ of, questions: 0, tokens: 0, heldTokens: 0, nano: 0, heldNano: 0 });

const withPeriod = (sums: readonly PeriodSum[], of: number, change: (sum: PeriodSum) => PeriodSum): readonly PeriodSum[] => {
  const others = sums.filter((sum) => sum.of !== of).slice(-(KEPT_PERIODS - 1));
  return [...others, change(sums.find((sum) => sum.of === of) ?? newPeriod(of))].toSorted((one, other) => one.of - other.of);
};

const alive = (atOnce: LimitAccount['atOnce'], { second }: Moment) => (atOnce ?? []).filter(([, since]) => since > second - LONGEST_QUESTION);

/** So much of a limit is used, and held, in its own unit; of money in billionths of a US dollar. */
export interface LimitUse {
  readonly used: number;
  readonly held: number;
}

export const mostOf = ({ counts, most }: Pick<Limit, 'counts' | 'most'>): number => (counts === 'usd' ? Math.round(most * NANO) : most);

export const useOf = (account: LimitAccount, limit: Limit, moment: Moment): LimitUse => {
  const counted = countedBy(limit);
  if (counted === 'atOnce') return { used: 0, held: alive(account.atOnce, moment).length };
  if (isRolling(counted)) return { used: recent(account[counted] ?? [], counted, moment).reduce((sum, value, index) => (index % 2 === 1 ? sum + value : sum), 0), held: 0 };
  const sum = account[counted]?.find(({ of }) => of === moment[counted].of);
  if (sum === undefined) return { used: 0, held: 0 };
  if (limit.counts === 'questions') return { used: sum.questions, held: 0 };
  return limit.counts === 'tokens' ? { used: sum.tokens, held: sum.heldTokens } : { used: sum.nano, held: sum.heldNano };
};

export const isFull = (account: LimitAccount, limit: Limit, moment: Moment): boolean => {
  const { used, held } = useOf(account, limit, moment);
  return used + held >= mostOf(limit);
};

/**
 * When a full limit has something left again, in milliseconds since the epoch. Undefined: as soon as one of the questions that
 * it is held for has its answer.
 */
export const opensAt = (account: LimitAccount, limit: Limit, moment: Moment): number | undefined => {
  const counted = countedBy(limit);
  if (counted === 'atOnce') return undefined;
  let { used } = useOf(account, limit, moment);
  if (!isRolling(counted)) return used >= mostOf(limit) ? moment[counted].endsAt : undefined;
  const ticks = recent(account[counted] ?? [], counted, moment);
  for (let index = 0; index < ticks.length; index += 2) {
    used -= ticks[index + 1] ?? 0;
    if (used < limit.most) return ((ticks[index] ?? 0) + ROLLING[counted] + 1) * 1000;
  }
  return undefined;
};

/** What is held for one question in one account. */
export interface Hold extends LimitAmount {
  readonly questionId: string;
  readonly second: number;
  /** The day and the month that it counts in. */
  readonly day: number;
  readonly month: number;
}

/** With one more question, for which an amount is held. */
export const withHold = (account: LimitAccount, counted: ReadonlySet<Counted>, hold: Hold, moment: Moment): LimitAccount => {
  const { questionId, tokens, nano } = hold;
  const held = (sum: PeriodSum): PeriodSum => ({ ...sum, questions: sum.questions + 1, heldTokens: sum.heldTokens + tokens, heldNano: sum.heldNano + nano });
  return {
    ...account,
    ...(counted.has('minute') ? { minute: withTick(account.minute ?? [], 'minute', moment) } : {}),
    ...(counted.has('hour') ? { hour: withTick(account.hour ?? [], 'hour', moment) } : {}),
    ...(counted.has('day') ? { day: withPeriod(account.day ?? [], hold.day, held) } : {}),
    ...(counted.has('month') ? { month: withPeriod(account.month ?? [], hold.month, held) } : {}),
    ...(counted.has('atOnce') ? { atOnce: [...alive(account.atOnce, moment), [questionId, moment.second]] } : {}),
  };
};

/** What a question came to in the end. */
export interface Spent {
  /** False: it is as if it had not been asked. */
  readonly isCounted: boolean;
  /** Undefined: nobody knows, and it counts as what was held. */
  readonly used: LimitAmount | undefined;
}

/** With what was really used in the place of what was held. */
export const withSpent = (account: LimitAccount, counted: ReadonlySet<Counted>, hold: Hold, { isCounted, used = hold }: Spent): LimitAccount => {
  const settle = (sums: readonly PeriodSum[] | undefined, of: number): readonly PeriodSum[] =>
    (sums ?? []).map((sum) =>
      sum.of !== of
        ? sum
        : {
            of,
            questions: Math.max(0, sum.questions - (isCounted ? 0 : 1)),
            tokens: sum.tokens + used.tokens,
            heldTokens: Math.max(0, sum.heldTokens - hold.tokens),
            nano: sum.nano + used.nano,
            heldNano: Math.max(0, sum.heldNano - hold.nano),
          },
    );
  return {
    ...account,
    ...(counted.has('minute') && !isCounted ? { minute: withoutTick(account.minute ?? [], hold.second) } : {}),
    ...(counted.has('hour') && !isCounted ? { hour: withoutTick(account.hour ?? [], hold.second) } : {}),
    ...(counted.has('day') ? { day: settle(account.day, hold.day) } : {}),
    ...(counted.has('month') ? { month: settle(account.month, hold.month) } : {}),
    ...(counted.has('atOnce') ? { atOnce: (account.atOnce ?? []).filter(([id]) => id !== hold.questionId) } : {}),
  };
};
