import { checkedTable } from './checked-table.ts';
import { accountKind, heldKind } from './limit-record.ts';
import { asStoreFailure } from './sqlite-errors.ts';
import { decide, settle } from '../policy/limit-plan.ts';
import type { LimitAccount, Spent } from '../policy/limit-account.ts';
import type { LimitCounts } from '../policy/limit-check.ts';
import type { HeldQuestion, LimitPlan } from '../policy/limit-plan.ts';
import type { LimitEnding } from '../policy/limits.ts';
import type { Store, StoreTransaction } from './open-store.ts';

/** What is counted for limits. Of any number of processes, one at a time counts. */
export interface LimitStore extends LimitCounts {
  /** What becomes of a question that nobody has counted yet, and counts it. */
  reserve(entries: StoreTransaction, plan: LimitPlan): HeldQuestion;
  /** Counts what a question really took in the place of what was held for it; does nothing where nothing is held. */
  settle(entries: StoreTransaction, questionId: string, ending: LimitEnding): void;
  /** Accounts as they are now, those that are there. @throws {Failure} of kind `store` */
  read(accounts: readonly string[]): Promise<ReadonlyMap<string, LimitAccount>>;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Longer than any month, in milliseconds. */
const HELD_MS = 40 * DAY_MS;

const NOT_ASKED: LimitEnding = { held: undefined, spent: () => ({ isCounted: false, used: { tokens: 0, nano: 0 } }) };

/** Accounts that are kept as they were read: most are asked for again, and are the same text. */
const MAX_KEPT = 2_000;

/** How long an account is kept, in milliseconds: two of what it counts in, as clocks may be set. */
const keptMs = ({ day, month }: LimitAccount): number => {
  if (month !== undefined) return 70 * DAY_MS;
  return day === undefined ? DAY_MS : 4 * DAY_MS;
};

/** @param store the ledger's table: what is counted is written together with claims and ends */
export const createLimitStore = (store: Store): LimitStore => {
  const accounts = checkedTable(store, accountKind);
  const held = checkedTable(store, heldKind);
  const kept = new Map<string, { readonly text: string; readonly account: LimitAccount; readonly ttlMs: number; readonly timedAt: number }>();

  const readIn = (entries: StoreTransaction, keys: Iterable<string>): Map<string, LimitAccount> => {
    const found = new Map<string, LimitAccount>();
    for (const key of keys) {
      if (found.has(key)) continue;
      const before = kept.get(key);
      const account = before !== undefined && before.text === entries.get(accounts.key(key)) ? before.account : accounts.findIn(entries, key);
      if (account !== undefined) found.set(key, account);
    }
    return found;
  };
  const writeIn = (entries: StoreTransaction, changed: ReadonlyMap<string, LimitAccount>): void => {
    for (const [key, account] of changed) {
      const entry = accounts.entry(key, { ...account, version: 1 }, keptMs(account));
      if (entry === undefined) continue;
      const { text, ttlMs } = entry;
      const before = kept.get(key);
      // Half of its time is longer than anything that counts in it.
      const isInTime = before !== undefined && before.ttlMs === ttlMs && Math.abs(Date.now() - before.timedAt) < ttlMs / 2;
      const isChanged = isInTime && entries.change(entry.key, text);
      if (!isChanged) entries.set(entry);
      kept.delete(key);
      kept.set(key, { text, account, ttlMs, timedAt: isChanged ? before.timedAt : Date.now() });
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value ?? '');
    }
  };

  const reserve: LimitStore['reserve'] = (entries, plan) => {
    const { changed, held: holding } = decide(plan, readIn(entries, plan.rules.map(({ account }) => account)));
    writeIn(entries, changed);
    const entry = held.entry(plan.questionId, { ...holding, version: 1 }, HELD_MS);
    if (entry !== undefined) entries.set(entry);
    return holding;
  };

  const settleIn: LimitStore['settle'] = (entries, questionId, { held: known, spent: spentOf }) => {
    const holding = known ?? held.findIn(entries, questionId);
    // Whoever takes it away settles it.
    if (holding === undefined || !entries.delete(held.key(questionId))) return;
    const spent = spentOf(holding);
    const changing = { ...holding, accounts: holding.accounts.filter(({ counted }) => changes(counted, spent)) };
    writeIn(entries, settle(questionId, changing, readIn(entries, changing.accounts.map(({ account }) => account)), spent));
  };

  return {
    reserve,
    giveBack: (questionId) => asStoreFailure('What limits count could not be written', () => store.transact((entries) => settleIn(entries, questionId, NOT_ASKED))),
    admit: (plan) =>
      asStoreFailure('What limits count could not be written', () =>
        store.transact((entries) => held.findIn(entries, plan.questionId) ?? reserve(entries, plan)),
      ),
    held: (questionId) =>
      asStoreFailure('What limits count could not be read', async () => (await held.find(questionId))?.value),
    settle: settleIn,
    read: (keys) =>
      asStoreFailure('What limits count could not be read', async () => {
        const found = new Map<string, LimitAccount>();
        for (const key of new Set(keys)) {
          const account = await accounts.find(key);
          if (account !== undefined) found.set(key, account.value);
        }
        return found;
      }),
  };
};

/** A question that counts stays where it is counted by the minute or the hour. */
const changes = (counted: readonly string[], { isCounted }: Spent): boolean => !isCounted || counted.some((one) => one !== 'minute' && one !== 'hour');
