import { DAY_MS, nextUtcDay, sinceUtcMidnight } from './utc-day.ts';
import type { Clocks } from './clocks.ts';

/** Why Bedrock turned a call away. */
export type Refusal = 'throttled' | 'overloaded' | 'daily-quota';

export interface DoorOptions {
  /** Calls at a time when all is well. */
  readonly maxConcurrentCalls: number;
  /** Milliseconds that the door stays closed after the first refusal, and the most that it grows to. */
  readonly minClosedMs?: number | undefined;
  readonly maxClosedMs?: number | undefined;
}

export interface Closing {
  readonly reason: Refusal;
  /** By the monotonic clock, in milliseconds; past when it is over. */
  readonly until: number;
  /** The same for people, in milliseconds since the epoch, as it was known when it closed. */
  readonly untilMs: number;
  /** The day of which nothing is left, by its end. */
  readonly dayEndsAt: number | undefined;
}

/** Share of the time that is added at random, so that several processes do not come back together. */
const JITTER = 0.25;
/** A day's quota that is used up this soon was counted by a clock that is behind ours. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

/**
 * Lets calls through until Bedrock refuses one. Then it closes for a while, and after that one call at a time tries
 * whether it may open again. How many run at a time is halved by a refusal, and grows by one for each full set answered.
 */
export class Door {
  readonly #clocks: Clocks;
  readonly #maxConcurrency: number;
  readonly #minClosedMs: number;
  readonly #maxClosedMs: number;
  #concurrency: number;
  #running = 0;
  #closing: Closing | undefined;
  /** How often it was closed: who entered before the last time says nothing new. */
  #closings = 0;
  /** Refusals since something was last taken. */
  #refusals = 0;
  #isProbing = false;

  constructor({ maxConcurrentCalls, minClosedMs = 5_000, maxClosedMs = 60_000 }: DoorOptions, clocks: Clocks) {
    this.#clocks = clocks;
    this.#maxConcurrency = maxConcurrentCalls;
    this.#concurrency = maxConcurrentCalls;
    this.#minClosedMs = minClosedMs;
    this.#maxClosedMs = maxClosedMs;
  }

  /** Why it is not open; its time may have come already: then probes go. */
  get closing(): Closing | undefined {
    const closing = this.#closing;
    return closing?.dayEndsAt === undefined ? closing : { ...closing, until: this.#dayUntil(closing.dayEndsAt, closing.untilMs) };
  }

  get running(): number {
    return this.#running;
  }

  get concurrency(): number {
    return Math.floor(this.#concurrency);
  }

  /** When the next call may go, by the monotonic clock; `Infinity` when only the end of another can tell. */
  readyAt(now: number): number {
    const { closing } = this;
    if (closing !== undefined && closing.until > now) return closing.until;
    return this.#running >= this.concurrency || this.#isProbing ? Infinity : now;
  }

  /** Gives the ticket that goes with the call. */
  enter(): number {
    if (this.#closing !== undefined) this.#isProbing = true;
    this.#running += 1;
    return this.#closings;
  }

  /** Bedrock took the call. True when this opened the door. */
  accept(ticket: number): boolean {
    if (this.#closing === undefined || ticket !== this.#closings) return false;
    this.#closing = undefined;
    this.#isProbing = false;
    this.#refusals = 0;
    return true;
  }

  /**
   * Bedrock refused the call. True when this closed the door; false when an earlier refusal already had.
   * @param retryAt when Bedrock wants to be asked again, in milliseconds since the epoch
   */
  refuse(ticket: number, reason: Refusal, retryAt = 0): boolean {
    if (ticket !== this.#closings) return false;
    this.#closings += 1;
    this.#isProbing = false;
    // A probe runs alone: how many more would have been too many it does not say.
    const concurrency = this.#closing === undefined ? Math.min(this.#concurrency, this.#running) : this.#concurrency;
    this.#concurrency = Math.max(1, concurrency / 2);
    const wall = this.#clocks.wall();
    if (reason === 'daily-quota' && sinceUtcMidnight(wall) > CLOCKS_DIFFER_MS) this.#closeDay(nextUtcDay(wall), retryAt);
    else this.#closeFor(reason, Math.max(retryAt - wall, this.#pauseMs()));
    this.#refusals += 1;
    return true;
  }

  /** As if a call had been refused for the rest of the day that ends then: somebody else's was. */
  closeDay(dayEndsAt: number): void {
    this.#closings += 1;
    this.#isProbing = false;
    this.#closeDay(dayEndsAt);
  }

  /** The call is over, whatever came of it. */
  leave(ticket: number, wasAnswered: boolean): void {
    this.#running -= 1;
    if (ticket === this.#closings) this.#isProbing = false;
    if (wasAnswered) this.#concurrency = Math.min(this.#maxConcurrency, this.#concurrency + 1 / this.#concurrency);
  }

  #pauseMs(): number {
    return Math.min(this.#maxClosedMs, this.#minClosedMs * 2 ** this.#refusals) * (1 + JITTER * Math.random());
  }

  #closeFor(reason: Refusal, ms: number): void {
    const { monotonic, wall } = this.#clocks;
    this.#closing = { reason, until: monotonic() + ms, untilMs: Math.round(wall() + ms), dayEndsAt: undefined };
  }

  #closeDay(dayEndsAt: number, atLeastUntil = 0): void {
    const untilMs = Math.round(Math.max(atLeastUntil, dayEndsAt + this.#minClosedMs * JITTER * Math.random()));
    this.#closing = { reason: 'daily-quota', until: Infinity, untilMs, dayEndsAt };
  }

  /** A day ends by the wall clock, wherever that is set to; in another day, be it an earlier one, it closes nothing. */
  #dayUntil(dayEndsAt: number, untilMs: number): number {
    const wall = this.#clocks.wall();
    return wall < dayEndsAt - DAY_MS || wall >= untilMs ? -Infinity : this.#clocks.monotonic() + untilMs - wall;
  }
}
