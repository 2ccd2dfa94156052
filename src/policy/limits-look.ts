import { EMPTY_ACCOUNT, NANO, mostOf, opensAt, useOf } from './limit-account.ts';
import type { Calendar } from './calendar.ts';
import type { LimitAccount } from './limit-account.ts';
import type { Limit } from './limit.ts';
import type { LimitAsker, LimitRule } from './limits-at.ts';
import type { LimitsFor } from './limits-for.ts';

/** A limit that holds, and what is left of it. */
export interface LimitStanding {
  readonly limit: Limit;
  /** The level at which it stands. */
  readonly from: LimitRule['from'];
  /** In the limit's own unit: questions, tokens, or US dollars. Never below 0. */
  readonly left: number;
  /** When something is left again, where nothing is, in milliseconds since the epoch; undefined too where that depends on answers that are being written. */
  readonly opensAt?: number | undefined;
}

/** The limits that hold for somebody at a place, and what is left of each at this moment. Rejects with a `Failure` where the store does. */
export type LimitsLook = (asker: LimitAsker) => Promise<readonly LimitStanding[]>;

export interface LimitsLookOptions {
  readonly limitsFor: Pick<LimitsFor, 'at'>;
  readonly counts: { read(accounts: readonly string[]): Promise<ReadonlyMap<string, LimitAccount>> };
  readonly calendar: Calendar;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const createLimitsLook =
  ({ limitsFor, counts, calendar, now }: LimitsLookOptions): LimitsLook =>
  async (asker) => {
    const rules = limitsFor.at(asker);
    if (rules.length === 0) return [];
    const accounts = await counts.read(rules.map(({ account }) => account));
    const moment = calendar(now());
    return rules.map(({ limit, from, account }) => {
      const found = accounts.get(account) ?? EMPTY_ACCOUNT;
      const { used, held } = useOf(found, limit, moment);
      const left = Math.max(0, mostOf(limit) - used - held);
      return { limit, from, left: limit.counts === 'usd' ? left / NANO : left, opensAt: left > 0 ? undefined : opensAt(found, limit, moment) };
    });
  };
