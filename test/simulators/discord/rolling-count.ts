/** How much was counted within the last while: so many at most in any span of it, wherever that begins. */
export class RollingCount {
  readonly #limit: number;
  readonly #perMs: number;
  readonly #now: () => number;
  /** When the last ones were counted, as many as the limit; the oldest is overwritten next. */
  readonly #times: number[] = [];
  #next = 0;

  constructor(limit: number, perMs: number, now: () => number) {
    this.#limit = limit;
    this.#perMs = perMs;
    this.#now = now;
  }

  /** Milliseconds until one more has room; 0 where it has. */
  fullForMs(): number {
    if (this.#limit === Infinity) return 0;
    return Math.max(0, (this.#times[this.#next] ?? -Infinity) + this.#perMs - this.#now());
  }

  add(): void {
    if (this.#limit === Infinity) return;
    this.#times[this.#next] = this.#now();
    this.#next = (this.#next + 1) % this.#limit;
  }
}
