import type { Store, StoreEntry } from './open-store.ts';

/** One thing to be claimed: it is ours when its first entry was not there yet; the others go along with it. */
export type Claimed = readonly [StoreEntry, ...StoreEntry[]];

/** Milliseconds that whoever asked may wait for the store; Discord waits three seconds for a sign of life. */
const PATIENCE_MS = 1_000;

interface Waiting {
  readonly entries: Claimed;
  readonly resolve: (isOurs: boolean) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Claims that come together are written together: the disk is flushed once for all that arrived in one turn of the event
 * loop, however many. Rejects when the store fails, or does not answer in time.
 */
export const createGroupCommit = (store: Store): ((entries: Claimed) => Promise<boolean>) => {
  let waiting: Waiting[] = [];

  const commit = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    const fail = (error: Error): void => {
      for (const { reject } of batch) reject(error);
    };
    const late = setTimeout(() => fail(new Error(`The store did not answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    try {
      const kept = await store.setManyIfAbsent(batch.flatMap(({ entries }) => entries));
      let index = 0;
      for (const { entries, resolve } of batch) {
        resolve(kept[index] === true);
        index += entries.length;
      }
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      clearTimeout(late);
    }
  };

  return (entries) => {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    if (waiting.length === 0) setImmediate(() => void commit());
    waiting.push({ entries, resolve, reject });
    return promise;
  };
};
