import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** A Discord that does what it is asked for at once, but is slow to say so. */
export class Slowness {
  readonly #clock: Clock;
  #delayMs = 0;
  #until = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(delayMs: number, forMs: number): void {
    this.#delayMs = delayMs;
    this.#until = this.#clock.now() + forMs;
  }

  /** Holds an answer up. */
  async pass(): Promise<void> {
    if (this.#clock.now() < this.#until) await wait(this.#delayMs);
  }
}
