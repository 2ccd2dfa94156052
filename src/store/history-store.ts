import { Failure } from '../conversation/failure.ts';
import { EMPTY_HISTORY } from '../conversation/history.ts';
import { hasFiles, keptSources, withKeptFiles } from '../conversation/history-files.ts';
import { createDecodedHistories } from './decoded-histories.ts';
import { fromHistoryRecord, hashesInRecord, toHistoryRecord } from './history-record.ts';
import type { History } from '../conversation/history.ts';
import type { HistoryStore } from '../conversation/ports.ts';
import type { Log } from '../log.ts';
import type { KeptFiles } from './kept-files.ts';
import type { Store } from './open-store.ts';

export interface HistoryStoreOptions {
  readonly store: Store;
  readonly files: KeptFiles;
  /** How long a conversation is remembered after its last exchange, in milliseconds. */
  readonly ttlMs: number;
  readonly log: Log;
}

const historyKey = (conversationId: string): string => `history:${conversationId}`;

/** Unreadable records are kept for an admin to look at, with the time they were found at. */
const unreadableKey = (conversationId: string): string => `unreadable:${conversationId}:${Date.now()}`;

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const guard = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    throw new Failure('store', `${what}: ${describe(error)}`, { cause: error });
  }
};

const NO_HASHES: ReadonlySet<string> = new Set();

const hashesOf = (history: History): ReadonlySet<string> =>
  hasFiles(history) ? new Set(keptSources(history).map(({ sha256 }) => sha256)) : NO_HASHES;

export interface StoredHistories extends HistoryStore {
  /** Frees files that no history has, because a process ended between two writes. */
  sweepFiles(): Promise<void>;
}

/** Histories in keyv, and their files beside them. A read that fails is a failure, never an empty history. */
export const createHistoryStore = ({ store, files, ttlMs, log }: HistoryStoreOptions): StoredHistories => {
  const decoded = createDecodedHistories();
  const setAside = async (conversationId: string): Promise<void> => {
    const key = unreadableKey(conversationId);
    await store.move(historyKey(conversationId), key);
    log.error({ conversationId, key }, 'a stored history could not be read; it was set aside, and the conversation starts afresh');
  };

  /** What the conversation has now. Mostly known, because a history was loaded before it is saved. */
  const storedHashes = async (conversationId: string): Promise<ReadonlySet<string>> => {
    const latest = decoded.latest(conversationId);
    if (latest !== undefined) return hashesOf(latest);
    return hashesInRecord((await store.get(historyKey(conversationId))) ?? '');
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
        const text = await store.get(historyKey(conversationId));
        if (text === undefined) {
          decoded.set(conversationId, undefined, EMPTY_HISTORY);
          return { history: EMPTY_HISTORY, wasUnreadable: false };
        }
        const history = decoded.get(conversationId, text) ?? fromHistoryRecord(text);
        if (history !== undefined) {
          decoded.set(conversationId, text, history);
          return { history, wasUnreadable: false };
        }
        await setAside(conversationId);
        return { history: EMPTY_HISTORY, wasUnreadable: true };
      }),
    save: (conversationId, history) =>
      guard('The history could not be written', async () => {
        const before = await storedHashes(conversationId);
        const added = new Set<string>();
        try {
          const kept = await withKeptFiles(history, async (bytes) => {
            const source = await files.keep(conversationId, bytes);
            if (!before.has(source.sha256)) added.add(source.sha256);
            return source;
          });
          const text = toHistoryRecord(kept);
          await store.set(historyKey(conversationId), text, ttlMs);
          decoded.set(conversationId, text, kept);
          await releaseQuietly(conversationId, before.difference(hashesOf(kept)));
        } catch (error) {
          await releaseQuietly(conversationId, added);
          throw error;
        }
      }),
    readFile: files.read,
    heldIn: (channelId) =>
      guard('The histories could not be listed', async () => {
        const found = await Array.fromAsync(store.entries(historyKey(channelId)), ([key]) => key.slice(historyKey('').length));
        return found.filter((id) => id === channelId || id.startsWith(`${channelId}:`));
      }),
    forget: (conversationId) =>
      guard('The history could not be deleted', async () => {
        const text = await store.get(historyKey(conversationId));
        if (text === undefined) return false;
        await files.release(conversationId, hashesInRecord(text));
        return store.delete(historyKey(conversationId));
      }),
    sweepFiles: () =>
      files.releaseStrays(async (conversationId, sha256) => {
        const text = await store.get(historyKey(conversationId));
        return text !== undefined && hashesInRecord(text).has(sha256);
      }),
  };
};
