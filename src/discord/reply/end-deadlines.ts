import type { Step } from './shown-messages.ts';

/** How long the end of an answer is tried while Discord is failing, in milliseconds. */
export const END_DEADLINE_MS = 90_000;
/**
 * How long the drafts behind an end are cleared away while Discord is failing, in milliseconds, where the end itself took most of
 * its time: one that stays looks as if it still grew, but the next question waits.
 */
const CLEANUP_MS = 20_000;

/** Until when each step is tried, by `performance.now()`. Before the end there is no deadline. */
export interface EndDeadlines {
  begin(): void;
  of(step: Step): number;
}

export const createEndDeadlines = (): EndDeadlines => {
  let end = Number.POSITIVE_INFINITY;
  let cleanup: number | undefined;
  return {
    begin: () => {
      end = performance.now() + END_DEADLINE_MS;
    },
    of: ({ type }) => {
      if (type === 'create' || type === 'edit') return end;
      return (cleanup ??= Math.max(end, performance.now() + CLEANUP_MS));
    },
  };
};
