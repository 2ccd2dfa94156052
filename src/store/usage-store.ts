import { randomUUID } from 'node:crypto';
import { checkedTable } from './checked-table.ts';
import { asStoreFailure } from './sqlite-errors.ts';
import { bookedKind, daySumsOf, monthKind, toBooked, toStoredMonth, turnKind } from './usage-record.ts';
import { dayOfMonth, monthOf } from '../usage/account.ts';
import { plus } from '../usage/sum.ts';
import type { BookedCall, DaySum, UsageStore } from '../usage/account.ts';
import type { Store } from './open-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Sums are kept for thirteen months after their last change, in milliseconds: a year can be compared with the one before. */
const KEPT_MS = 400 * DAY_MS;

/** Records of calls that are added up in one step, in which nothing else happens: a few milliseconds. */
const MOST_AT_ONCE = 192;
/** Sums, and calls, that are kept in memory. */
const MOST_KNOWN = 2_000;
/** How often a step is begun anew because another process was quicker. */
const MAX_ATTEMPTS = 50;

const added = (days: readonly DaySum[], calls: readonly BookedCall[]): DaySum[] => {
  const sums = new Map(days.map((one) => [`${one.day} ${one.modelId}`, one]));
  for (const { day: date, modelId, sum } of calls) {
    const day = dayOfMonth(date);
    const key = `${day} ${modelId}`;
    const before = sums.get(key);
    sums.set(key, { day, modelId, sum: before === undefined ? sum : plus(before.sum, sum) });
  }
  return [...sums.values()];
};

/** What calls have cost: each written down by itself at first, and added to the sums of its accounts soon after. */
export const createUsageStore = (store: Store): UsageStore => {
  const journal = checkedTable(store, bookedKind);
  const months = checkedTable(store, monthKind);
  const turns = checkedTable(store, turnKind);

  const reading = <Result>(work: () => Promise<Result>): Promise<Result> => asStoreFailure('What was used could not be read', work);
  const writing = <Result>(work: () => Promise<Result>): Promise<Result> => asStoreFailure('What was used could not be written', work);

  /** What this process wrote down and has not added up: it need not be read again where it is still that text. */
  const pending = new Map<string, { readonly text: string; readonly calls: readonly BookedCall[] }>();
  /** Sums as they were after a turn, which hold until the next. */
  let known: { readonly turn: string | undefined; readonly months: Map<string, readonly DaySum[]> } = { turn: undefined, months: new Map() };

  const readMonths = async (ids: readonly string[]): Promise<readonly (readonly DaySum[])[]> => {
    const texts = await store.getMany(ids.map(months.key));
    return Promise.all(
      texts.map(async (text, index) => {
        const month = text === undefined ? undefined : await months.check(ids[index] ?? '', text);
        return month === undefined ? [] : daySumsOf(month);
      }),
    );
  };

  /** The oldest ones, and whether there are others. */
  const writtenDown = async () => {
    const ids: string[] = [];
    const calls: BookedCall[] = [];
    const rows = await store.withPrefix(journal.key(''), journal.key(''));
    for (const [key, text] of rows.slice(0, MOST_AT_ONCE)) {
      const id = key.slice(bookedKind.prefix.length);
      const own = pending.get(id);
      const found = own?.text === text ? own : await journal.check(id, text);
      if (found === undefined) continue;
      ids.push(id);
      calls.push(...found.calls);
    }
    return { ids, calls, isAll: rows.length <= MOST_AT_ONCE };
  };

  /** Undefined where another process was quicker: what was read may be added up already. */
  const foldOnce = async (): Promise<boolean | undefined> => {
    const turn = (await turns.find(''))?.text;
    const { ids, calls, isAll } = await writtenDown();
    if (ids.length === 0) return !isAll;
    if (known.turn !== turn || known.months.size > MOST_KNOWN) known = { turn, months: new Map() };
    const { months: kept } = known;
    const byMonth = new Map<string, BookedCall[]>();
    for (const call of calls) {
      for (const account of call.accounts) {
        const id = `${monthOf(call.day)}:${account}`;
        const found = byMonth.get(id);
        if (found === undefined) byMonth.set(id, [call]);
        else found.push(call);
      }
    }
    const unknown = [...byMonth.keys()].filter((id) => !kept.has(id));
    const read = await readMonths(unknown);
    for (const [index, id] of unknown.entries()) kept.set(id, read[index] ?? []);
    const sums = [...byMonth].map(([id, ofMonth]) => [id, added(kept.get(id) ?? [], ofMonth)] as const);
    const entries = sums.flatMap(([id, days]) => months.entry(id, toStoredMonth(days), KEPT_MS) ?? []);
    const next = turns.entry('', randomUUID(), KEPT_MS);
    if (next === undefined) throw new TypeError('a turn that could not be read again');
    const isDone = await store.setMany([next, ...entries], ids.map(journal.key), { key: next.key, expected: turn });
    if (!isDone) return undefined;
    for (const [id, days] of sums) kept.set(id, days);
    known = { turn: next.text, months: kept };
    for (const id of ids) pending.delete(id);
    return !isAll;
  };

  return {
    append: (id, calls) =>
      writing(async () => {
        const entry = journal.entry(id, toBooked(calls), KEPT_MS);
        if (entry === undefined) return;
        await store.set(entry.key, entry.text, entry.ttlMs);
        if (pending.size < MOST_KNOWN) pending.set(id, { text: entry.text, calls });
      }),
    fold: () =>
      writing(async () => {
        for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
          const isMore = await foldOnce();
          if (isMore !== undefined) return isMore;
        }
        throw new Error('other processes add up all the time');
      }),
    month: (month, accounts) => reading(() => readMonths(accounts.map((account) => `${month}:${account}`))),
    async *monthOfAll(month, prefix) {
      for await (const [id, record] of months.list(`${month}:${prefix}`)) yield [id.slice(month.length + 1), daySumsOf(record)];
    },
  };
};
