import { setTimeout as sleep } from 'node:timers/promises';
import type { Store, StoreEntry, StoreTransaction } from './open-store.ts';

/** One thing to be claimed: it is ours when its first entry was not there yet; the others go along with it. */
export type Claimed = readonly [StoreEntry, ...StoreEntry[]];

/** What is done in the same transaction, where the claim is ours. */
export type Alongside = (entries: StoreTransaction) => void;

/** Milliseconds that whoever asked may wait for the store; Discord waits three seconds for a sign of life. */
const PATIENCE_MS = 1_000;

export interface Committed {
  readonly isOurs: boolean;
  /** Resolves when it is on the disk too. */
  readonly flushed: Promise<void>;
}

/** The flush lets the questions on their way to the model go first, in milliseconds; it would take half as long again. */
const FLUSH_AFTER_MS = 3;

/** Claims written in one go. Those of a burst are on their way to the model before the next ones are written. */
const AT_ONCE = 8;
/** The same where the store is another process, in which a message costs more than what it says: those that came while it worked. */
const AT_ONCE_APART = 64;

/** How long answers wait for a burst of questions, in milliseconds: when it goes on for longer, both take turns. */
const LONGEST_BURST_MS = 100;

interface Waiting {
  readonly entries: Claimed;
  readonly alongside: Alongside | undefined;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: Error) => void;
  readonly late: NodeJS.Timeout;
}

export interface GroupCommit {
  /** Rejects when the store fails, or does not answer in time. */
  claim(entries: Claimed, alongside?: Alongside): Promise<Committed>;
  /** Resolves when no claim waits to be written; undefined when none does. */
  quiet(): Promise<void> | undefined;
  /** Resolves when all that was claimed so far is on the disk, or could not be brought there. */
  settled(): Promise<void>;
}

interface Burst {
  readonly startedAt: number;
  readonly over: PromiseWithResolvers<void>;
}

const newBurst = (): Burst => ({ startedAt: performance.now(), over: Promise.withResolvers() });

/**
 * Claims that come together are written together: the first at once, all others in groups. They share a flush of the disk
 * for which nothing stands still.
 * @param isApart whether the store is another process: then a group is written when the one before it is there
 */
export const createGroupCommit = (store: Store, isApart = false): GroupCommit => {
  const waiting: Waiting[] = [];
  let burst: Burst | undefined;
  let nextFlush: Promise<void> | undefined;
  /** Groups that are being written, and flushes: the last one may have begun although no other waits. */
  const underWay = new Set<Promise<void>>();

  const follow = (work: Promise<void>): Promise<void> => {
    const isOver = (): void => void underWay.delete(work);
    underWay.add(work);
    work.then(isOver, isOver);
    return work;
  };

  const flush = (): Promise<void> =>
    (nextFlush ??= follow(
      sleep(FLUSH_AFTER_MS).then(() => {
        nextFlush = undefined;
        return store.flush();
      }),
    ));

  /** Which of them were not there yet. */
  const keep = async (batch: readonly Waiting[]): Promise<readonly boolean[]> => {
    const kept = await store.setManyIfAbsent(batch.flatMap(({ entries }) => entries));
    let index = 0;
    return batch.map(({ entries }) => {
      index += entries.length;
      return kept[index - entries.length] === true;
    });
  };
  const keepAlongside = (batch: readonly Waiting[]): Promise<readonly boolean[]> =>
    store.transact((transaction) =>
      batch.map(({ entries: [first, ...others], alongside }) => {
        const isOurs = transaction.setIfAbsent(first);
        for (const entry of others) transaction.setIfAbsent(entry);
        if (isOurs) alongside?.(transaction);
        return isOurs;
      }),
    );

  const commit = async (): Promise<void> => {
    const batch = waiting.splice(0, isApart ? AT_ONCE_APART : AT_ONCE);
    try {
      const kept = await (batch.some(({ alongside }) => alongside !== undefined) ? keepAlongside(batch) : keep(batch));
      // What another process says that it has, it has on its disk.
      const flushed = isApart ? Promise.resolve() : flush();
      for (const [index, { resolve }] of batch.entries()) resolve({ isOurs: kept[index] === true, flushed });
    } catch (error) {
      for (const { reject } of batch) reject(error instanceof Error ? error : new Error(String(error)));
    } finally {
      for (const { late } of batch) clearTimeout(late);
    }
  };

  const endBurst = (): void => {
    burst?.over.resolve();
    burst = undefined;
  };
  const nextBurst = (): void => {
    endBurst();
    burst = newBurst();
  };

  /**
   * A tick that is asked for in a microtask comes behind all that the claims before have set off, their requests to the model
   * included, and before anything from outside.
   */
  const next = (): void => {
    if (waiting.length === 0) return endBurst();
    void follow(commit());
    if (burst !== undefined && performance.now() - burst.startedAt > LONGEST_BURST_MS) nextBurst();
    queueMicrotask(() => process.nextTick(next));
  };

  /** One group after the other, however long each of them takes. */
  const commitAll = async (): Promise<void> => {
    const othersTurn = setInterval(nextBurst, LONGEST_BURST_MS);
    while (waiting.length > 0) await follow(commit());
    clearInterval(othersTurn);
    endBurst();
  };

  return {
    claim: (entries, alongside) => {
      const { promise, resolve, reject } = Promise.withResolvers<Committed>();
      const giveUp = (): void => {
        const index = waiting.indexOf(mine);
        if (index !== -1) waiting.splice(index, 1);
        reject(new Error(`The store did not answer within ${PATIENCE_MS} ms`));
      };
      // Where this process stood still, what the store has said meanwhile is read before.
      const late = setTimeout(() => setImmediate(giveUp), PATIENCE_MS);
      const mine: Waiting = { entries, alongside, resolve, reject, late };
      waiting.push(mine);
      if (burst !== undefined) return promise;
      burst = newBurst();
      if (isApart) {
        void commitAll();
        return promise;
      }
      void follow(commit());
      setImmediate(next);
      return promise;
    },
    quiet: () => burst?.over.promise,
    settled: async () => {
      await burst?.over.promise;
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
};
