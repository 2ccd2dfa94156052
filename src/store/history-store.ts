import { randomUUID } from 'node:crypto';
import { Failure } from '../conversation/failure.ts';
import { EMPTY_HISTORY } from '../conversation/history.ts';
import { hasFiles, keptSources, withKeptFiles } from '../conversation/history-files.ts';
import { createDecodedHistories } from './decoded-histories.ts';
import { fromExchangeRecord, fromHistoryRecord, hashesInRecord, toExchangeRecord, toHeadRecord } from './history-record.ts';
import { historyKeys, planChange } from './history-rows.ts';
import type { History } from '../conversation/history.ts';
import type { HistoryStore } from '../conversation/ports.ts';
import type { Log } from '../log.ts';
import type { StoredExchanges } from './decoded-histories.ts';
import type { KeptFiles } from './kept-files.ts';
import type { Store } from './open-store.ts';

export interface HistoryStoreOptions {
  readonly store: Store;
  readonly files: KeptFiles;
  /** How long a conversation is remembered after its last exchange, in milliseconds. */
  readonly ttlMs: number;
  readonly log: Log;
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const guard = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    throw new Failure('store', `${what}: ${describe(error)}`, { cause: error });
  }
};

const NO_HASHES: ReadonlySet<string> = new Set();
/** Where nothing is stored, or what is stored has to be written anew as a whole. */
const NOTHING: StoredExchanges = { exchanges: [], first: undefined };

const hashesOf = (history: History): ReadonlySet<string> =>
  hasFiles(history) ? new Set(keptSources(history).map(({ sha256 }) => sha256)) : NO_HASHES;

const isThere = <Value>(value: Value | undefined): value is Value => value !== undefined;

export interface StoredHistories extends HistoryStore {
  /** Frees files that no history has, because a process ended between two writes. */
  sweepFiles(): Promise<void>;
}

/**
 * Histories in keyv, and their files beside them. A conversation has a record, and a record for each of its exchanges: a
 * question writes as much behind a thousand others as behind one. A read that fails is a failure, never an empty history.
 */
export const createHistoryStore = ({ store, files, ttlMs, log }: HistoryStoreOptions): StoredHistories => {
  const decoded = createDecodedHistories();
  const setAside = async (conversationId: string): Promise<void> => {
    const key = historyKeys.unreadable(conversationId);
    const prefix = historyKeys.exchanges(conversationId);
    // The record comes last: while it is there, a process that ends in between leaves the rest to the next look at it.
    for await (const [exchangeKey] of store.entries(prefix)) await store.move(exchangeKey, `${key}/${exchangeKey.slice(prefix.length)}`);
    await store.move(historyKeys.head(conversationId), key);
    log.error({ conversationId, key }, 'a stored history could not be read; it was set aside, and the conversation starts afresh');
  };

  /** What a conversation's record stands for; undefined when it cannot be read. */
  const decode = async (conversationId: string, record: string): Promise<StoredExchanges | undefined> => {
    const found = fromHistoryRecord(record);
    if (found === undefined || 'exchanges' in found) return found && { ...found, first: undefined };
    const keys = Array.from({ length: found.count }, (_, index) => historyKeys.exchange(conversationId, found.first + index));
    const texts = await store.getMany(keys);
    const exchanges = texts.filter(isThere).map(fromExchangeRecord);
    if (!exchanges.every(isThere)) return undefined;
    // The oldest ones are past their time before the others; what else is gone, another process has taken away.
    const expired = texts.findIndex(isThere);
    const isWhole = texts.length - expired === exchanges.length;
    return { exchanges, first: isWhole && expired !== -1 ? found.first + expired : undefined };
  };

  /** What the conversation has now. Mostly known, because a history was loaded before it is saved. */
  const storedNow = async (conversationId: string): Promise<StoredExchanges> => {
    const latest = decoded.latest(conversationId);
    if (latest !== undefined) return latest;
    const record = await store.get(historyKeys.head(conversationId));
    return (record === undefined ? undefined : await decode(conversationId, record)) ?? NOTHING;
  };

  /** Everything that is stored of a conversation, as keys and texts. */
  const recordsOf = async (conversationId: string): Promise<(readonly [key: string, text: string])[]> => {
    const key = historyKeys.head(conversationId);
    const record = await store.get(key);
    const exchanges = await Array.fromAsync(store.entries(historyKeys.exchanges(conversationId)));
    return record === undefined ? exchanges : [[key, record], ...exchanges];
  };

  /** What stays behind here, the sweep finds. */
  const releaseQuietly = async (conversationId: string, hashes: ReadonlySet<string>): Promise<void> => {
    try {
      await files.release(conversationId, hashes);
    } catch (error) {
      log.warn({ conversationId, reason: describe(error) }, 'files of a conversation could not be deleted; they are swept later');
    }
  };

  return {
    load: (conversationId) =>
      guard('The history could not be read', async () => {
        const record = await store.get(historyKeys.head(conversationId));
        if (record === undefined) {
          decoded.set(conversationId, undefined, NOTHING);
          return { history: EMPTY_HISTORY, wasUnreadable: false };
        }
        const stored = decoded.get(conversationId, record) ?? (await decode(conversationId, record));
        if (stored !== undefined) {
          decoded.set(conversationId, record, stored);
          return { history: { exchanges: stored.exchanges }, wasUnreadable: false };
        }
        await setAside(conversationId);
        decoded.set(conversationId, undefined, NOTHING);
        return { history: EMPTY_HISTORY, wasUnreadable: true };
      }),
    save: (conversationId, history) =>
      guard('The history could not be written', async () => {
        const before = await storedNow(conversationId);
        const hashesBefore = hashesOf(before);
        const added = new Set<string>();
        try {
          const { exchanges } = await withKeptFiles(history, async (bytes) => {
            const source = await files.keep(conversationId, bytes);
            if (!hashesBefore.has(source.sha256)) added.add(source.sha256);
            return source;
          });
          const { first, written, deleted } = planChange(before, exchanges);
          const record = toHeadRecord({ first, count: exchanges.length }, randomUUID());
          await store.setMany(
            [
              { key: historyKeys.head(conversationId), text: record, ttlMs },
              ...written.map(([number, exchange]) => ({ key: historyKeys.exchange(conversationId, number), text: toExchangeRecord(exchange), ttlMs })),
            ],
            deleted.map((number) => historyKeys.exchange(conversationId, number)),
          );
          decoded.set(conversationId, record, { exchanges, first });
          await releaseQuietly(conversationId, hashesBefore.difference(hashesOf({ exchanges })));
        } catch (error) {
          await releaseQuietly(conversationId, added);
          throw error;
        }
      }),
    readFile: files.read,
    heldIn: (channelId) =>
      guard('The histories could not be listed', async () => {
        const found = await Array.fromAsync(store.entries(historyKeys.head(channelId)), ([key]) => key.slice(historyKeys.head('').length));
        return found.filter((id) => id === channelId || id.startsWith(`${channelId}:`));
      }),
    forget: (conversationId) =>
      guard('The history could not be deleted', async () => {
        const records = await recordsOf(conversationId);
        if (records.length === 0) return false;
        await files.release(conversationId, new Set(records.flatMap(([, text]) => hashesInRecord(text))));
        await store.setMany([], records.map(([key]) => key));
        decoded.drop(conversationId);
        return true;
      }),
    sweepFiles: () =>
      files.releaseStrays(async (conversationId, sha256) => {
        const records = await recordsOf(conversationId);
        return records.some(([, text]) => hashesInRecord(text).includes(sha256));
      }),
  };
};
