import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimitError } from 'discord.js';
import { isForLater, judgeDeliveryError } from './delivery-error.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/**
 * Does away with a message by one way or another, again and again: one that stays looks as if it still grew, and a refusal
 * that nobody knows may be over the next time.
 * @param ways in the order in which they are wanted
 * @param forMs milliseconds after which no further round begins
 * @returns the error of the last way; undefined when one of them worked, or the message is gone
 */
export const persist = async (ways: readonly (() => Promise<unknown>)[], forMs: number): Promise<unknown> => {
  const until = performance.now() + forMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    const isLastRound = performance.now() + waitMs > until;
    let last: unknown;
    let areClosed = true;
    for (const way of ways) {
      try {
        await way();
        return undefined;
      } catch (error) {
        const verdict = judgeDeliveryError(error);
        if (verdict === 'message-gone') return undefined;
        last = error;
        // Another way may be open all the same.
        if (verdict === 'no-access' || verdict === 'not-ours') continue;
        areClosed = false;
        // Where Discord fails, the way that is wanted most may work soon.
        if (isForLater(error) && !isLastRound) break;
      }
    }
    if (isLastRound || areClosed) return last;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
};

/**
 * Makes a request again while Discord fails. What it refuses it would refuse again.
 * @param waitsMs milliseconds before each further attempt
 * @param isHeldUp whether the process waits for it when it ends
 */
export const patiently = async <Result>(waitsMs: readonly number[], request: () => Promise<Result>, isHeldUp = true): Promise<Result> => {
  for (const waitMs of waitsMs) {
    try {
      return await request();
    } catch (error) {
      if (!isForLater(error)) throw error;
      await sleep(waitMs, undefined, { ref: isHeldUp });
    }
  }
  return request();
};

/**
 * Tries again when Discord says so: discord.js rejects limits of requests that newer text of an answer overtakes.
 * @param longestMs no limit is waited out for longer, in milliseconds
 */
export const waitOutLimits = async <Result>(longestMs: number, request: () => Promise<Result>): Promise<Result> => {
  const end = performance.now() + longestMs;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof RateLimitError) || performance.now() + error.retryAfter > end) throw error;
      await sleep(error.retryAfter);
    }
  }
};
