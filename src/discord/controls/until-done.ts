import { describeDeliveryError } from '../rest/delivery-error.ts';
import type { Log } from '../../log/log.ts';

/** What has to be done, however long the store fails. */
export interface UntilDone {
  /**
   * Tries it again and again, one after another, until it has worked. What dies with the process, the next one finds by itself.
   * @param key the same work is remembered once
   */
  later(key: string, work: () => Promise<unknown>): void;
  /** Whether anything waits: what is tried now fails, too. */
  readonly isWaiting: boolean;
  stop(): void;
}

/** Between two rounds, in milliseconds. An attempt on a store that somebody has locked waits five seconds by itself. */
const EVERY_MS = 2_000;

/** While the store fails, each message that anybody deletes may be one that asked something. The oldest give way. */
const REMEMBERED = 10_000;

export const createUntilDone = (log: Log): UntilDone => {
  const undone = new Map<string, () => Promise<unknown>>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const add = (key: string, work: () => Promise<unknown>): void => {
    undone.delete(key);
    undone.set(key, work);
  };

  const round = async (): Promise<void> => {
    for (const [key, work] of undone) {
      try {
        await work();
        undone.delete(key);
      } catch (error) {
        log.debug({ reason: describeDeliveryError(error), count: undone.size }, 'what was deleted still cannot be forgotten');
        // The others have their turn before this one comes again.
        add(key, work);
        break;
      }
    }
    timer = undefined;
    if (undone.size > 0) start();
    else if (!isStopped) log.info({}, 'what was deleted while the store failed has been forgotten');
  };
  const start = (): void => {
    if (!isStopped) timer ??= setTimeout(() => void round(), EVERY_MS).unref();
  };

  return {
    get isWaiting() {
      return undone.size > 0;
    },
    later: (key, work) => {
      add(key, work);
      const [oldest] = undone.keys();
      if (undone.size > REMEMBERED && oldest !== undefined) undone.delete(oldest);
      start();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      undone.clear();
    },
  };
};
