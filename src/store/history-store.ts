import { randomUUID } from 'node:crypto';
import { EMPTY_HISTORY, behind } from '../conversation/history.ts';
import { shapeOf } from '../conversation/history-shape.ts';
import { isTree } from '../conversation/history-tree.ts';
import { allKeptSources, withKeptFiles } from '../conversation/history-files.ts';
import { createDecodedHistories } from './decoded-histories.ts';
import { checkedTable } from './checked-table.ts';
import { exchangeKind, hashesInRecord, headKind, toStoredHead } from './history-record.ts';
import { historyKeys, planChange } from './history-rows.ts';
import { createMovedQuestions } from './moved-conversations.ts';
import { createMoveShown, shownAnswerKind } from './shown-answer-store.ts';
import { createReadAhead } from './read-ahead.ts';
import { createShownByTable, createShownLately, shownAs } from './shown-by.ts';
import { asStoreFailure } from './sqlite-errors.ts';
import { asideKey, asideKeys, conversationsAside, idAside, sweepAside } from './set-aside.ts';
import type { Exchange, History } from '../conversation/history.ts';
import type { HistoryStore } from '../conversation/ports.ts';
import type { Log } from '../log/log.ts';
import type { Known, StoredExchanges } from './decoded-histories.ts';
import type { KeptFiles } from './kept-files.ts';
import type { Store } from './open-store.ts';

export interface HistoryStoreOptions {
  readonly store: Store;
  /** Other tables in which there may be something of a conversation that could not be read. */
  readonly otherTables?: readonly Store[];
  readonly files: KeptFiles;
  /** How long a conversation is remembered after its last exchange, in milliseconds. */
  readonly ttlMs: number;
  /** Whether each read is a message to another process. */
  readonly isApart?: boolean;
  readonly log: Log;
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const NO_HASHES: ReadonlySet<string> = new Set();
/** Where nothing is stored, or what is stored has to be written anew as a whole. */
const NOTHING: StoredExchanges = { exchanges: [], first: undefined };

const hashesOf = (history: History): ReadonlySet<string> => {
  const sources = allKeptSources(history);
  return sources.length === 0 ? NO_HASHES : new Set(sources.map(({ sha256 }) => sha256));
};

const isThere = <Value>(value: Value | undefined): value is Value => value !== undefined;

/** How often a history is made anew because another process was quicker. */
const MAX_ATTEMPTS = 50;

export interface StoredHistories extends HistoryStore {
  /** Frees what was set aside and is older than histories may be. */
  sweepUnreadable(): Promise<void>;
  /** Frees files that no history has, because a process ended between two writes. */
  sweepFiles(): Promise<void>;
}

/**
 * Histories in keyv, and their files beside them. A conversation has a record, and a record for each of its exchanges: a
 * question writes as much behind a thousand others as behind one. A read that fails is a failure, never an empty history.
 */
export const createHistoryStore = ({ store, otherTables = [], files, ttlMs, isApart = false, log }: HistoryStoreOptions): StoredHistories => {
  const decoded = createDecodedHistories();
  const ahead = createReadAhead((conversationId) => store.get(historyKeys.head(conversationId)));
  const tables = [store, ...otherTables];
  const heads = checkedTable(store, headKind);
  const rows = checkedTable(store, exchangeKind);
  const shownBy = createShownByTable(store, ttlMs);
  const lately = createShownLately();
  const moved = createMovedQuestions(store, ttlMs);
  const moveShown = createMoveShown(store, ttlMs);

  const setAside = async (conversationId: string): Promise<void> => {
    const key = asideKey(conversationId);
    const prefix = historyKeys.exchanges(conversationId);
    // The record comes last: while it is there, a process that ends in between leaves the rest to the next look at it.
    for await (const [exchangeKey] of store.entries(prefix)) await store.move(exchangeKey, `${key}/${exchangeKey.slice(prefix.length)}`, ttlMs);
    await store.move(historyKeys.head(conversationId), key, ttlMs);
    log.error({ conversationId, key }, 'a stored history could not be read; it was set aside, and the conversation starts afresh');
  };

  /** Everything that is stored of a conversation, as keys and texts. */
  const recordsOf = (conversationId: string) => store.withPrefix(historyKeys.head(conversationId), historyKeys.exchanges(conversationId));

  /** What is stored of a conversation; its exchanges are undefined when they cannot be read. */
  const readStored = async (conversationId: string): Promise<{ record: string | undefined; stored: StoredExchanges | undefined }> => {
    const records = new Map(await recordsOf(conversationId));
    const record = records.get(historyKeys.head(conversationId));
    if (record === undefined) return { record, stored: NOTHING };
    records.delete(historyKeys.head(conversationId));
    const head = heads.look(conversationId, record);
    if (head === undefined) return { record, stored: undefined };
    const numbered = [...records].flatMap(([key, text]) => {
      const number = historyKeys.number(conversationId, key);
      return number === undefined ? [] : [{ number, id: key.slice(exchangeKind.prefix.length), text }];
    });
    const numbers = numbered.map(({ number }) => number);
    const next = numbers.reduce((most, number) => Math.max(most, number), 0) + 1;
    if ('exchanges' in head) return { record, stored: { exchanges: head.exchanges, first: undefined, leftovers: numbers, next } };
    const end = head.first + head.count;
    const own = numbered.filter(({ number }) => number >= head.first && number < end).toSorted((one, other) => one.number - other.number);
    const exchanges = own.map(({ id, text }) => rows.look(id, text)).filter(isThere);
    if (exchanges.length < own.length) return { record, stored: undefined };
    // The oldest ones are past their time before the others. Where others are gone, or there are more, all is put in order.
    const first = own[0]?.number;
    const isInOrder = first !== undefined && first + own.length === end && next === end;
    return { record, stored: isInOrder ? { exchanges, first, leftovers: numbers.filter((number) => number < first) } : { exchanges, first: undefined, leftovers: numbers, next } };
  };

  /** What the conversation has now. What could not be read is set aside. */
  const readNow = async (conversationId: string): Promise<Known & { readonly wasUnreadable: boolean }> => {
    const { record, stored } = await readStored(conversationId);
    if (stored === undefined) await ahead.writing([conversationId], () => setAside(conversationId));
    const known = stored === undefined ? { record: undefined, stored: NOTHING } : { record, stored };
    decoded.set(conversationId, known.record, known.stored);
    return { ...known, wasUnreadable: stored === undefined };
  };

  /** What is to be written so that a conversation has these exchanges. @param keptMs for how long, in milliseconds */
  const plan = (conversationId: string, { stored }: Known, { exchanges }: History, keptMs: (exchange: Exchange) => number = () => ttlMs) => {
    const { first, written, deleted } = planChange(stored, exchanges);
    const entries = written.flatMap(([number, exchange]) => {
      const entry = rows.entry(`${conversationId}/${number}`, exchange, keptMs(exchange));
      return entry === undefined ? [] : [entry];
    });
    const head = heads.entry(conversationId, toStoredHead({ first, count: exchanges.length }, randomUUID(), isTree(conversationId, exchanges), exchanges), ttlMs);
    if (head === undefined) throw new Error('the history has more exchanges than can be stored');
    const ofMessages = shownBy.entries(conversationId, written.map(([, exchange]) => exchange));
    const deletedKeys = [...deleted.map((number) => historyKeys.exchange(conversationId, number)), ...shownBy.left(conversationId, stored.exchanges, exchanges)];
    const done = (): void => {
      // What was left out of a record, or a record that was left out, has to be read again.
      if (entries.length === written.length) decoded.set(conversationId, head.text, { exchanges, first });
      else decoded.drop(conversationId);
      lately.note(conversationId, written.map(([, exchange]) => exchange));
    };
    return { entries: [head, ...entries, ...ofMessages], deletedKeys, done };
  };

  /** False where another process was quicker. */
  const write = async (conversationId: string, known: Known, history: History): Promise<boolean> => {
    const { entries, deletedKeys, done } = plan(conversationId, known, history);
    const guard = { key: historyKeys.head(conversationId), expected: known.record };
    if (!(await ahead.writing([conversationId], () => store.setMany(entries, deletedKeys, guard)))) return false;
    done();
    return true;
  };

  /** What moves: all that is not too old; undefined where another process was quicker with one of the two. */
  const moveNow = async (from: string, to: string, answerIdOf: (questionId: string) => string): Promise<History | undefined> => {
    const [here, there] = [await readNow(from), await readNow(to)];
    const keptMs = ({ askedAt }: Exchange): number => Math.min(ttlMs, askedAt + ttlMs - Date.now());
    const moving: History = { exchanges: here.stored.exchanges.filter((exchange) => keptMs(exchange) > 0) };
    if (moving.exchanges.length === 0) return moving;
    const hashes = hashesOf(here.stored);
    await files.share(to, hashes);
    const { entries, deletedKeys, done } = plan(to, there, behind(moving, there.stored), keptMs);
    const left = [...(await recordsOf(from)).map(([key]) => key), ...shownBy.left(from, here.stored.exchanges, [])];
    // A question that is deleted takes along what a summary says of it, wherever that is.
    const covered = moving.exchanges.flatMap(({ earlier = [] }) => earlier.flatMap(({ covers }) => covers));
    const questionIds = new Set(covered.concat(moving.exchanges.map(({ id }) => id)));
    const isDone = await ahead.writing([from, to], () => store.transact((transaction) => {
      for (const [id, { record }] of [[from, here], [to, there]] as const) if (transaction.get(historyKeys.head(id)) !== record) return false;
      for (const key of left) transaction.delete(key);
      for (const key of deletedKeys) transaction.delete(key);
      for (const entry of entries) transaction.set(entry);
      for (const questionId of questionIds) {
        moveShown(transaction, questionId, answerIdOf(questionId), from, to);
        moved.note(transaction, questionId, to);
      }
      return true;
    }));
    if (!isDone) return undefined;
    decoded.drop(from);
    done();
    store.scrub();
    await releaseQuietly(from, hashes);
    return moving;
  };

  /** What stays behind here, the sweep finds. */
  const releaseQuietly = async (conversationId: string, hashes: ReadonlySet<string>): Promise<void> => {
    try {
      await files.release(conversationId, hashes);
    } catch (error) {
      log.warn({ conversationId, reason: describe(error) }, 'files of a conversation could not be deleted; they are swept later');
    }
  };

  /** @param isWhole all of the conversation goes; else the names of its answers stay, of which nobody else knows */
  const forgetAside = async (conversationId: string, isWhole: boolean): Promise<boolean> => {
    let wasThere = false;
    for (const table of tables) {
      for (const key of await asideKeys(table, conversationId)) {
        await files.release(conversationId, hashesInRecord((await table.get(key)) ?? ''));
        if (!isWhole && idAside(key, shownAnswerKind.prefix) !== undefined) await table.transact((entries) => entries.change(key, ''));
        else wasThere = (await table.delete(key)) || wasThere;
      }
    }
    return wasThere;
  };

  return {
    expect: (conversationId) => {
      if (isApart) void ahead.begin(conversationId);
    },
    load: (conversationId) =>
      asStoreFailure('The history could not be read', async () => {
        const record = await ahead.read(conversationId);
        const stored = record === undefined ? undefined : decoded.get(conversationId, record);
        if (stored !== undefined) return { history: { exchanges: stored.exchanges }, wasUnreadable: false };
        if (record === undefined) {
          decoded.set(conversationId, undefined, NOTHING);
          return { history: EMPTY_HISTORY, wasUnreadable: false };
        }
        const { stored: now, wasUnreadable } = await readNow(conversationId);
        return { history: { exchanges: now.exchanges }, wasUnreadable };
      }),
    save: (conversationId, history, madeOf) =>
      asStoreFailure('The history could not be written', async () => {
        const before = decoded.latest(conversationId) ?? (await readNow(conversationId));
        const base = madeOf ?? before.stored;
        const hashesBefore = hashesOf(before.stored);
        const added = new Set<string>();
        try {
          const mine = await withKeptFiles(history, async (bytes) => {
            const source = await files.keep(conversationId, bytes);
            if (!hashesBefore.has(source.sha256)) added.add(source.sha256);
            return source;
          });
          for (let known: Known = before, attempt = 1; ; known = await readNow(conversationId), attempt += 1) {
            const wanted = base.exchanges === known.stored.exchanges ? mine : shapeOf(conversationId).rebase(base, mine, known.stored);
            if (await write(conversationId, known, wanted)) {
              // Not looked for anew behind those of a longer history: what is known of all of it would be forgotten.
              const hashesKnown = known === before ? hashesBefore : hashesOf(known.stored);
              await releaseQuietly(conversationId, hashesKnown.difference(hashesOf(wanted)));
              return;
            }
            if (attempt === MAX_ATTEMPTS) throw new Error('other processes write this conversation all the time');
          }
        } catch (error) {
          await releaseQuietly(conversationId, added);
          throw error;
        }
      }),
    change: (conversationId, exchangeId, how) =>
      asStoreFailure('The history could not be written', async () => {
        for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
          const known = await readNow(conversationId);
          const { exchanges } = known.stored;
          const exchange = exchanges.find(({ id }) => id === exchangeId);
          const changed = exchange && how(exchange);
          if (changed === undefined) return undefined;
          if (await write(conversationId, known, { exchanges: exchanges.map((one) => (one === exchange ? changed : one)) })) return changed;
        }
        throw new Error('other processes write this conversation all the time');
      }),
    revise: (conversationId, how) =>
      asStoreFailure('The history could not be written', async () => {
        for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
          const known = await readNow(conversationId);
          const changed = how({ exchanges: known.stored.exchanges });
          if (changed === undefined) return undefined;
          if (!(await write(conversationId, known, changed))) continue;
          await releaseQuietly(conversationId, hashesOf(known.stored).difference(hashesOf(changed)));
          return changed;
        }
        throw new Error('other processes write this conversation all the time');
      }),
    move: (from, to, answerIdOf) =>
      asStoreFailure('The history could not be moved', async () => {
        for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
          const history = await moveNow(from, to, answerIdOf);
          if (history !== undefined) return history;
        }
        throw new Error('other processes write this conversation all the time');
      }),
    movedTo: (questionId) => asStoreFailure('Where a conversation went could not be looked up', () => moved.find(questionId)),
    findShown: (messageId) =>
      asStoreFailure('The conversation of a message could not be looked up', async () => {
        const conversationId = lately.find(messageId);
        // What says that it is still there is read next for the question anyway.
        const record = conversationId === undefined ? undefined : await ahead.begin(conversationId);
        const stored = conversationId === undefined || record === undefined ? undefined : decoded.get(conversationId, record);
        const exchange = stored && shownAs(stored.exchanges, messageId);
        return conversationId === undefined || exchange === undefined ? shownBy.find(messageId) : { conversationId, continues: exchange.id };
      }),
    readFile: files.read,
    heldIn: (channelId) =>
      asStoreFailure('The histories could not be listed', async () => {
        const found = await Array.fromAsync(store.entries(historyKeys.head(channelId)), ([key]) => key.slice(historyKeys.head('').length));
        const aside = await Promise.all(tables.map((table) => conversationsAside(table, channelId)));
        return [...new Set([...found, ...aside.flat()])].filter((id) => id === channelId || id.startsWith(`${channelId}:`));
      }),
    forget: (conversationId) =>
      asStoreFailure('The history could not be deleted', async () => {
        const wasAside = await forgetAside(conversationId, true);
        for (;;) {
          const records = await recordsOf(conversationId);
          decoded.drop(conversationId);
          if (records.length === 0) return wasAside;
          await files.release(conversationId, new Set(records.flatMap(([, text]) => hashesInRecord(text))));
          const key = historyKeys.head(conversationId);
          const expected = records.find(([found]) => found === key)?.[1];
          const exchanges = records.flatMap(([found, text]) => (found === key ? [] : [rows.look(found.slice(exchangeKind.prefix.length), text)])).filter(isThere);
          const left = [...records.map(([found]) => found), ...shownBy.left(conversationId, exchanges, [])];
          if (await ahead.writing([conversationId], () => store.setMany([], left, { key, expected }))) {
            store.scrub();
            return true;
          }
        }
      }),
    forgetUnreadable: (conversationId) =>
      asStoreFailure('What could not be read could not be deleted', async () => {
        await forgetAside(conversationId, false);
        store.scrub();
      }),
    sweepUnreadable: async () => {
      for (const table of tables) await sweepAside(table, ttlMs);
      store.scrub();
    },
    sweepFiles: () =>
      files.releaseStrays(async (conversationId, sha256) => {
        const records = await recordsOf(conversationId);
        return records.some(([, text]) => hashesInRecord(text).includes(sha256));
      }),
  };
};
