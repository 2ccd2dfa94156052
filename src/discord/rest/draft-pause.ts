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

class PauseByTroubles implements DraftPause {
  until = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #troubles = 0;

  note(end: RequestEnd, tookMs: number, now: number): void {
    const isSlow = tookMs >= SLOW_MS;
    if (end === 'answered' && !isSlow) {
      this.#troubles = 0;
      if (now >= this.until) this.#pauseMs = FIRST_PAUSE_MS;
      return;
    }
    this.#troubles += 1;
    if (now < this.until || (!isSlow && this.#troubles < TROUBLES_UNTIL_PAUSE)) return;
    this.until = now + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

export const createDraftPause = (): DraftPause => new PauseByTroubles();
