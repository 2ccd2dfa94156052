import { EMPTY_ACCOUNT, countedBy, isFull, opensAt, withHold, withSpent } from './limit-account.ts';
import type { Moment } from './calendar.ts';
import type { Limit } from './limit.ts';
import type { Counted, Hold, LimitAccount, LimitAmount, Spent } from './limit-account.ts';
import type { LimitRule } from './limits-at.ts';

/** What is to be counted of a question, worked out before it is claimed. */
export interface LimitPlan {
  readonly questionId: string;
  readonly rules: readonly LimitRule[];
  readonly moment: Moment;
  /** What its answer may take. @param model undefined: the one that answers there */
  readonly estimate: (model: string | undefined) => LimitAmount;
}

/** A limit that is used up, as people are told of it. */
export interface FullLimit extends Omit<Limit, 'action'> {
  /** When something is left again, in milliseconds since the epoch; undefined: as soon as another answer has ended. */
  readonly opensAt?: number | undefined;
}

/** What limits say of a question. */
export type LimitVerdict =
  | { readonly is: 'refused'; readonly full: FullLimit }
  /** `model`: answers in the place of the other. `full`: why, and what is told below the answer. */
  | { readonly is: 'open'; readonly model?: string | undefined; readonly full: readonly FullLimit[] };

/** What is kept of a question until its end. */
export interface HeldQuestion extends Omit<Hold, 'questionId'> {
  readonly model?: string | undefined;
  readonly full: readonly FullLimit[];
  readonly accounts: readonly { readonly account: string; readonly counted: readonly Counted[] }[];
}

export interface Decision {
  readonly verdict: LimitVerdict;
  /** The accounts that it changes; none where it is refused. */
  readonly changed: ReadonlyMap<string, LimitAccount>;
  readonly held?: HeldQuestion;
}

export const OPEN: LimitVerdict = { is: 'open', full: [] };

export const verdictOf = ({ model, full }: HeldQuestion): LimitVerdict => ({ is: 'open', ...(model === undefined ? {} : { model }), full });

/** Of several the one that opens last: earlier nobody is let through. */
const lastToOpen = (full: readonly FullLimit[]): FullLimit | undefined =>
  full.reduce<FullLimit | undefined>((last, one) => (last === undefined || (one.opensAt ?? 0) > (last.opensAt ?? 0) ? one : last), undefined);

/** What becomes of a question, and what is counted of it. @param accounts as they are at this very moment; those that are missing are empty */
export const decide = ({ questionId, rules, moment, estimate }: LimitPlan, accounts: ReadonlyMap<string, LimitAccount>): Decision => {
  const accountOf = (key: string): LimitAccount => accounts.get(key) ?? EMPTY_ACCOUNT;
  const full = rules.filter(({ limit, account }) => isFull(accountOf(account), limit, moment));
  const told = ({ limit: { action: _action, ...limit }, account }: LimitRule): FullLimit => {
    const at = opensAt(accountOf(account), { ...limit, action: 'refuse' }, moment);
    return { ...limit, ...(at === undefined ? {} : { opensAt: at }) };
  };
  const refusing = lastToOpen(full.filter(({ limit }) => limit.action === 'refuse').map(told));
  if (refusing !== undefined) return { verdict: { is: 'refused', full: refusing }, changed: new Map() };

  const model = full.map(({ limit: { action } }) => (typeof action === 'string' ? undefined : action.model)).find((id) => id !== undefined);
  const hold: Hold = { questionId, second: moment.second, day: moment.day.of, month: moment.month.of, ...estimate(model) };
  const byAccount = Map.groupBy(rules, ({ account }) => account);
  const changed = new Map<string, LimitAccount>();
  const counting: HeldQuestion['accounts'][number][] = [];
  for (const [account, ofAccount] of byAccount) {
    const counted = new Set(ofAccount.map(({ limit }) => countedBy(limit)));
    changed.set(account, withHold(accountOf(account), counted, hold, moment));
    counting.push({ account, counted: [...counted] });
  }
  const { questionId: _id, ...rest } = hold;
  const held: HeldQuestion = { ...rest, ...(model === undefined ? {} : { model }), full: full.map(told), accounts: counting };
  return { verdict: verdictOf(held), changed, held };
};

/** The accounts as they are when a question has ended. */
export const settle = (questionId: string, { accounts: counting, ...held }: HeldQuestion, accounts: ReadonlyMap<string, LimitAccount>, spent: Spent): ReadonlyMap<string, LimitAccount> =>
  new Map(counting.map(({ account, counted }) => [account, withSpent(accounts.get(account) ?? EMPTY_ACCOUNT, new Set(counted), { ...held, questionId }, spent)]));
