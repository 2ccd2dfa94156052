import type { OnWait, Wait } from '../conversation/ports.ts';

/** Least time between two news, in milliseconds: nobody reads faster, and Discord's edits are limited. */
const INTERVAL_MS = 1_000;

/** Somebody who waits and hears why. */
export interface Waiting {
  readonly onWait: OnWait | undefined;
  /** Why they wait, as it is now. */
  wait(): Wait;
  /** What they heard last. */
  told: Wait | undefined;
}

const isSame = (one: Wait, other: Wait | undefined): boolean => {
  if (one.type === 'line') return other?.type === 'line' && other.ahead === one.ahead;
  if (one.type === 'files' || other?.type === 'files') return other?.type === one.type;
  return other?.type === one.type && other.untilMs === one.untilMs;
};

/** Tells those who wait why, and how many come first. */
export class QueuePositions {
  readonly #waiting = new Set<Waiting>();
  #toldAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  add(one: Waiting): void {
    this.#waiting.add(one);
    this.changed();
  }

  /** The waiting is over. */
  remove(one: Waiting): void {
    this.#waiting.delete(one);
    if (one.told !== undefined) one.onWait?.(undefined);
    if (this.#waiting.size > 0) {
      this.changed();
    } else {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  /** Somebody came, went or had their turn. One timer serves all, and none runs while nothing changes. */
  changed(): void {
    if (this.#waiting.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, this.#toldAt + INTERVAL_MS - performance.now())).unref();
  }

  #tell(): void {
    this.#timer = undefined;
    this.#toldAt = performance.now();
    for (const one of this.#waiting) {
      const wait = one.wait();
      if (isSame(wait, one.told)) continue;
      one.told = wait;
      one.onWait?.(wait);
    }
  }
}
