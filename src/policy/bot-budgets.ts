import { EMPTY_ACCOUNT, NANO, useOf } from './limit-account.ts';
import type { BudgetStanding } from '../conversation/budget.ts';
import type { Calendar } from './calendar.ts';
import type { LimitAccount } from './limit-account.ts';
import type { Limit } from './limit.ts';

export interface BotBudgetsOptions {
  /** What the environment says, which holds everywhere. */
  readonly own: readonly Limit[];
  readonly counts: { read(accounts: readonly string[]): Promise<ReadonlyMap<string, LimitAccount>> };
  readonly calendar: Calendar;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The limits of money for the whole bot, as budgets; without one, nothing is read. */
export const createBotBudgets = ({ own, counts, calendar, now }: BotBudgetsOptions): (() => Promise<readonly BudgetStanding[]>) => {
  const limits = own.filter(({ per, counts: what, most }) => per === 'bot' && what === 'usd' && Number.isFinite(most));
  return async () => {
    if (limits.length === 0) return [];
    const account = (await counts.read(['bot'])).get('bot') ?? EMPTY_ACCOUNT;
    const moment = calendar(now());
    return limits.flatMap((limit) => {
      const { window, most, action } = limit;
      if (window !== 'day' && window !== 'month') return [];
      const { of: period, endsAt } = moment[window];
      return [{ window, period, endsAt, mostUsd: most, usedUsd: useOf(account, limit, moment).used / NANO, afterwards: typeof action === 'string' ? action : ('model' as const) }];
    });
  };
};
