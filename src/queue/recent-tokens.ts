const MINUTE_MS = 60_000;
const SLOT_MS = 1_000;
/** Five minutes: over more of them the burst that a full bucket allows no longer matters. */
const SLOTS = 300;
/** One by what a bucket can give over so many seconds, in its own sizes: a full one and its refill. */
const SHARES = Float64Array.from({ length: SLOTS }, (_, age) => 1 / (1 + (age * SLOT_MS) / MINUTE_MS));

/** What was taken in each of the last seconds from a bucket of which nobody told us the size. */
export class RecentTokens {
  readonly #taken = new Float64Array(SLOTS);
  /** Number of the newest second, by the monotonic clock. */
  #newest = 0;

  /** Negative: gives back. */
  take(tokens: number, now: number): void {
    this.#advance(now);
    const slot = this.#newest % SLOTS;
    this.#taken[slot] = (this.#taken[slot] ?? 0) + tokens;
  }

  /**
   * The least limit, in tokens per minute, with which a bucket would have so many tokens left now: over each stretch of
   * time it can give no more than a full bucket and its refill.
   */
  leastLimit(tokens: number, now: number): number {
    this.#advance(now);
    const all = this.#taken;
    let taken = tokens;
    let least = 0;
    // For each call: no division, and nothing that is not needed.
    for (let age = 0, slot = this.#newest % SLOTS; age < SLOTS; age += 1) {
      taken += all[slot] ?? 0;
      const needed = taken * (SHARES[age] ?? 0);
      if (needed > least) least = needed;
      slot = slot === 0 ? SLOTS - 1 : slot - 1;
    }
    return least;
  }

  #advance(now: number): void {
    const second = Math.floor(now / SLOT_MS);
    for (let next = Math.max(this.#newest + 1, second - SLOTS + 1); next <= second; next += 1) this.#taken[next % SLOTS] = 0;
    this.#newest = Math.max(this.#newest, second);
  }
}
