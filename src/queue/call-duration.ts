/** Counted as long as nothing was seen, in milliseconds. */
const UNKNOWN_MS = 5_000;
const SHARE_OF_NEWEST = 0.2;

/** How quickly something moves: a running average of durations in milliseconds. */
export class CallDuration {
  #averageMs: number | undefined;

  get averageMs(): number {
    return this.#averageMs ?? UNKNOWN_MS;
  }

  seen(durationMs: number): void {
    const average = this.#averageMs ?? durationMs;
    this.#averageMs = average + SHARE_OF_NEWEST * (durationMs - average);
  }
}
