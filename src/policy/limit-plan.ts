import { EMPTY_ACCOUNT, countedBy, isFull, opensAt, withHold, withSpent } from './limit-account.ts';
import type { ReachedLimit } from '../conversation/reached-limit.ts';
import type { Moment } from './calendar.ts';
import type { Counted, Hold, LimitAccount, LimitAmount, Spent } from './limit-account.ts';
import type { LimitRule } from './limits-at.ts';

/** What is to be counted of a question, worked out before it is claimed. */
export interface LimitPlan {
  readonly questionId: string;
  readonly rules: readonly LimitRule[];
  readonly moment: Moment;
  /** What its answer may take, and the model whose price that is. @param model undefined: the one that answers there */
  readonly estimate: (model: string | undefined) => LimitAmount & Pick<HeldQuestion, 'modelId'>;
}

/** What limits say of a question. */
export type LimitVerdict =
  | { readonly is: 'refused'; readonly reached: ReachedLimit }
  /** `model`: answers in the place of the other. `reached`: why, and what is told below the answer. */
  | { readonly is: 'open'; readonly model?: string | undefined; readonly reached: readonly ReachedLimit[] };

/** What is kept of a question until its end: whoever brings it there has to know what was decided and what to give back. */
export interface HeldQuestion extends Omit<Hold, 'questionId'> {
  readonly verdict: LimitVerdict;
  /** Whose price counts; absent where neither tokens nor money do. */
  readonly modelId?: string | undefined;
  /** None where it was refused. */
  readonly accounts: readonly { readonly account: string; readonly counted: readonly Counted[] }[];
}

export interface Decision {
  /** The accounts that it changes; none where it is refused. */
  readonly changed: ReadonlyMap<string, LimitAccount>;
  readonly held: HeldQuestion;
}

/** Of several the one that opens last: earlier nobody is let through. */
const lastToOpen = (reached: readonly ReachedLimit[]): ReachedLimit | undefined =>
  reached.reduce<ReachedLimit | undefined>((last, one) => (last === undefined || (one.opensAt ?? 0) > (last.opensAt ?? 0) ? one : last), undefined);

/** What becomes of a question, and what is counted of it. @param accounts as they are at this very moment; those that are missing are empty */
export const decide = ({ questionId, rules, moment, estimate }: LimitPlan, accounts: ReadonlyMap<string, LimitAccount>): Decision => {
  const accountOf = (key: string): LimitAccount => accounts.get(key) ?? EMPTY_ACCOUNT;
  const full = rules.filter(({ limit, account }) => isFull(accountOf(account), limit, moment));
  const told = ({ limit, account }: LimitRule): ReachedLimit => {
    const { per, counts, window, most } = limit;
    const at = opensAt(accountOf(account), limit, moment);
    return { per, counts, ...(window === undefined ? {} : { window }), most, ...(at === undefined ? {} : { opensAt: at }) };
  };
  const times = { second: moment.second, day: moment.day.of, month: moment.month.of };
  const refusing = lastToOpen(full.filter(({ limit }) => limit.action === 'refuse').map(told));
  if (refusing !== undefined) return { changed: new Map(), held: { ...times, tokens: 0, nano: 0, verdict: { is: 'refused', reached: refusing }, accounts: [] } };

  const model = full.map(({ limit: { action } }) => (typeof action === 'string' ? undefined : action.model)).find((id) => id !== undefined);
  const estimated = estimate(model);
  const hold: Hold = { questionId, ...times, tokens: estimated.tokens, nano: estimated.nano };
  const changed = new Map<string, LimitAccount>();
  const counting: HeldQuestion['accounts'][number][] = [];
  for (const [account, ofAccount] of Map.groupBy(rules, (rule) => rule.account)) {
    const counted = new Set(ofAccount.map(({ limit }) => countedBy(limit)));
    changed.set(account, withHold(accountOf(account), counted, hold, moment));
    counting.push({ account, counted: [...counted] });
  }
  const { questionId: _id, ...rest } = hold;
  const verdict: LimitVerdict = { is: 'open', ...(model === undefined ? {} : { model }), reached: full.map(told) };
  return { changed, held: { ...rest, ...(estimated.modelId === undefined ? {} : { modelId: estimated.modelId }), verdict, accounts: counting } };
};

/** The accounts as they are when a question has ended. */
export const settle = (questionId: string, { accounts: counting, ...held }: HeldQuestion, accounts: ReadonlyMap<string, LimitAccount>, spent: Spent): ReadonlyMap<string, LimitAccount> =>
  new Map(counting.map(({ account, counted }) => [account, withSpent(accounts.get(account) ?? EMPTY_ACCOUNT, new Set(counted), { ...held, questionId }, spent)]));
