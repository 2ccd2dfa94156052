const MINUTE_MS = 60_000;

/**
 * A bucket that holds one minute's worth and refills by a sixtieth each second. What costs more than it reserved leaves
 * a debt: the level can be negative.
 */
export class TokenBucket {
  #perMinute: number;
  #level: number;
  #refilledAt: number;

  /** @param level what it holds at first; by default it is full */
  constructor(perMinute: number, now: number, level = perMinute) {
    this.#perMinute = perMinute;
    this.#level = level;
    this.#refilledAt = now;
  }

  level(now: number): number {
    this.#level = Math.min(this.#perMinute, this.#level + ((now - this.#refilledAt) * this.#perMinute) / MINUTE_MS);
    this.#refilledAt = now;
    return this.#level;
  }

  /** Negative: gives back. */
  take(amount: number, now: number): void {
    this.#level = this.level(now) - amount;
  }

  /** From now on it refills so quickly, and holds no more than a minute's worth of it. */
  resize(perMinute: number, now: number): void {
    this.level(now);
    this.#perMinute = perMinute;
  }

  /** When it holds this much, by the clock of `now`. It never holds more than one minute's worth. */
  readyAt(amount: number, now: number): number {
    const missing = Math.min(amount, this.#perMinute) - this.level(now);
    return missing <= 0 ? now : now + Math.ceil((missing * MINUTE_MS) / this.#perMinute);
  }
}
