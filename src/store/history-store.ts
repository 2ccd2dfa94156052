import { Failure } from '../conversation/failure.ts';
import { EMPTY_HISTORY } from '../conversation/history.ts';
import { createDecodedHistories } from './decoded-histories.ts';
import { fromHistoryRecord, toHistoryRecord } from './history-record.ts';
import type { HistoryStore } from '../conversation/ports.ts';
import type { Log } from '../log.ts';
import type { Store } from './open-store.ts';

export interface HistoryStoreOptions {
  readonly store: Store;
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

/** Histories in keyv. A read that fails is a failure, never an empty history. */
export const createHistoryStore = ({ store, ttlMs, log }: HistoryStoreOptions): HistoryStore => {
  const decoded = createDecodedHistories();
  const setAside = async (conversationId: string): Promise<void> => {
    const key = unreadableKey(conversationId);
    await store.move(historyKey(conversationId), key);
    log.error({ conversationId, key }, 'a stored history could not be read; it was set aside, and the conversation starts afresh');
  };

  return {
    load: (conversationId) =>
      guard('The history could not be read', async () => {
        const text = await store.get(historyKey(conversationId));
        if (text === undefined) return { history: EMPTY_HISTORY, wasUnreadable: false };
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
        const text = toHistoryRecord(history);
        await store.set(historyKey(conversationId), text, ttlMs);
        decoded.set(conversationId, text, history);
      }),
    forget: (conversationId) =>
      guard('The history could not be deleted', () => store.delete(historyKey(conversationId))),
  };
};
