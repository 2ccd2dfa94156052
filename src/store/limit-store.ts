import { checkedTable } from './checked-table.ts';
import { accountKind, heldKind } from './limit-record.ts';
import { asStoreFailure } from './sqlite-errors.ts';
import { decide, settle } from '../policy/limit-plan.ts';
import type { LimitAccount, Spent } from '../policy/limit-account.ts';
import type { LimitCounts } from '../policy/limit-check.ts';
import type { LimitPlan, LimitVerdict } from '../policy/limit-plan.ts';
import type { Store, StoreTransaction } from './open-store.ts';

/** What is counted for limits. Of any number of processes, one at a time counts. */
export interface LimitStore extends LimitCounts {
  /** What becomes of a question that nobody has counted yet, and counts it. */
  reserve(entries: StoreTransaction, plan: LimitPlan): LimitVerdict;
  /** Counts what a question really took in the place of what was held for it; does nothing where nothing is held. */
  settle(entries: StoreTransaction, questionId: string, spent: Spent): void;
  /** Accounts as they are now, those that are there. @throws {Failure} of kind `store` */
  read(accounts: readonly string[]): Promise<ReadonlyMap<string, LimitAccount>>;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Longer than any month, in milliseconds. */
const HELD_MS = 40 * DAY_MS;

const NOT_ASKED: Spent = { isCounted: false, used: { tokens: 0, nano: 0 } };

/** How long an account is kept, in milliseconds: two of what it counts in, as clocks may be set. */
const keptMs = ({ day, month }: LimitAccount): number => {
  if (month !== undefined) return 70 * DAY_MS;
  return day === undefined ? DAY_MS : 4 * DAY_MS;
};

/** @param store the ledger's table: what is counted is written together with claims and ends */
export const createLimitStore = (store: Store): LimitStore => {
  const accounts = checkedTable(store, accountKind);
  const held = checkedTable(store, heldKind);

  const readIn = (entries: StoreTransaction, keys: Iterable<string>): Map<string, LimitAccount> => {
    const found = new Map<string, LimitAccount>();
    for (const key of keys) {
      const account = found.has(key) ? undefined : accounts.findIn(entries, key);
      if (account !== undefined) found.set(key, account);
    }
    return found;
  };
  const writeIn = (entries: StoreTransaction, changed: ReadonlyMap<string, LimitAccount>): void => {
    for (const [key, account] of changed) {
      const entry = accounts.entry(key, { ...account, version: 1 }, keptMs(account));
      if (entry !== undefined) entries.set(entry);
    }
  };

  const reserve: LimitStore['reserve'] = (entries, plan) => {
    const { changed, held: holding } = decide(plan, readIn(entries, plan.rules.map(({ account }) => account)));
    writeIn(entries, changed);
    const entry = held.entry(plan.questionId, { ...holding, version: 1 }, HELD_MS);
    if (entry !== undefined) entries.set(entry);
    return holding.verdict;
  };

  const settleIn: LimitStore['settle'] = (entries, questionId, spent) => {
    const holding = held.findIn(entries, questionId);
    if (holding === undefined) return;
    const changing = { ...holding, accounts: holding.accounts.filter(({ counted }) => isChanged(counted, spent)) };
    writeIn(entries, settle(questionId, changing, readIn(entries, changing.accounts.map(({ account }) => account)), spent));
    entries.delete(held.key(questionId));
  };

  return {
    reserve,
    giveBack: (questionId) => asStoreFailure('What limits count could not be written', () => store.transact((entries) => settleIn(entries, questionId, NOT_ASKED))),
    admit: (plan) =>
      asStoreFailure('What limits count could not be written', () =>
        store.transact((entries) => held.findIn(entries, plan.questionId)?.verdict ?? reserve(entries, plan)),
      ),
    verdict: (questionId) =>
      asStoreFailure('What limits count could not be read', async () => (await held.find(questionId))?.value.verdict),
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
const isChanged = (counted: readonly string[], { isCounted }: Spent): boolean => !isCounted || counted.some((one) => one !== 'minute' && one !== 'hour');
