import type { Step } from './shown-messages.ts';

/** How long the end of an answer is tried while Discord is failing, in milliseconds. */
const END_DEADLINE_MS = 90_000;
/**
 * How long the drafts behind an end are cleared away while Discord is failing, in milliseconds, where the end itself took most of
 * its time: one that stays looks as if it still grew, but the next question waits.
 */
const CLEANUP_MS = 20_000;

/** Until when each step is tried, by `performance.now()`. Before the end there is no deadline. */
export interface EndDeadlines {
  begin(): void;
  of(step: Step): number;
  /** Calls `onDeadline` once more in so many milliseconds. */
  lookAgain(ms: number): void;
  /** The end is there, or nobody tries it any more. */
  stop(): void;
}

/** @param onDeadline called when the time for the end is over */
export const createEndDeadlines = (onDeadline: () => void): EndDeadlines => {
  let end = Number.POSITIVE_INFINITY;
  let cleanup: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const lookAgain = (ms: number): void => {
    timer = setTimeout(onDeadline, ms);
  };
  return {
    begin: () => {
      end = performance.now() + END_DEADLINE_MS;
      lookAgain(END_DEADLINE_MS);
    },
    of: ({ type }) => {
      if (type === 'create' || type === 'edit') return end;
      return (cleanup ??= Math.max(end, performance.now() + CLEANUP_MS));
    },
    lookAgain,
    stop: () => clearTimeout(timer),
  };
};

export interface TimeLimit {
  readonly signal: AbortSignal;
  /** The work is done: the time no longer counts. */
  end(): void;
}

/**
 * Ends work that takes longer. The signals of `AbortSignal.timeout` do the same, but live until their time is over, and
 * each is a burden to the garbage collector until then.
 * @param ms milliseconds
 */
export const limitTime = (ms: number): TimeLimit => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException(`It took longer than ${ms} ms.`, 'TimeoutError')), ms);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
};
