import { RollingCount } from './rolling-count.ts';
import type { World } from './world.ts';

/**
 * What a bot may ask for in a second, whatever the routes. Discord does not say where its seconds begin, so none may hold more.
 * https://docs.discord.com/developers/topics/rate-limits#global-rate-limit
 */
export class GlobalLimit {
  readonly #now: () => number;
  readonly #taken: RollingCount;
  #closedUntil = -Infinity;

  constructor({ clock, settings }: World) {
    this.#now = () => clock.now();
    this.#taken = new RollingCount(settings.globalPerSecond, 1000, this.#now);
  }

  /** Takes nothing at all for a while, as when a bot has been too much for Discord. */
  close(forMs: number): void {
    this.#closedUntil = this.#now() + forMs;
  }

  /** Counts a request, or answers the milliseconds to wait. */
  take(): number | undefined {
    const waitMs = Math.max(this.#closedUntil - this.#now(), this.#taken.fullForMs());
    if (waitMs > 0) return waitMs;
    this.#taken.add();
    return undefined;
  }
}
