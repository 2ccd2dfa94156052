/** How a request to Discord went. */
export type RequestEnd = 'answered' | 'failed' | 'rate-limited';

/** Longer than this, a draft tells people nothing that the end would not tell as soon. In milliseconds. */
const SLOW_MS = 3_000;
/** One failure or limit is an accident. */
const TROUBLES_UNTIL_PAUSE = 3;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 60_000;

/** When a channel is better served by "typing, then one message": drafts pause, and the first one after that is the probe. */
export interface DraftPause {
  /** By `performance.now()`; 0 when there is none. */
  readonly until: number;
  note(end: RequestEnd, tookMs: number, now: number): void;
}

export const createDraftPause = (): DraftPause => {
  let until = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let troubles = 0;
  return {
    get until() {
      return until;
    },
    note: (end, tookMs, now) => {
      const isSlow = tookMs >= SLOW_MS;
      if (end === 'answered' && !isSlow) {
        troubles = 0;
        if (now >= until) pauseMs = FIRST_PAUSE_MS;
        return;
      }
      troubles += 1;
      if (now < until || (!isSlow && troubles < TROUBLES_UNTIL_PAUSE)) return;
      until = now + pauseMs;
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    },
  };
};
