import { DAY_MS, nextUtcDay, sinceUtcMidnight } from './clocks.ts';
import { CallsAtATime } from './calls-at-a-time.ts';
import type { CallsAtATimeOptions } from './calls-at-a-time.ts';
import type { Clocks } from './clocks.ts';

/** Why Bedrock turned a call away. */
export type Refusal = 'throttled' | 'overloaded' | 'daily-quota';

export interface CircuitBreakerOptions extends CallsAtATimeOptions {
  /** Milliseconds that it stays open after the first refusal, and the most that it grows to. */
  readonly minOpenMs?: number | undefined;
  readonly maxOpenMs?: number | undefined;
}

export interface Trip {
  readonly reason: Refusal;
  /** By the monotonic clock, in milliseconds; past when it is over. */
  readonly until: number;
  /** The same for people, in milliseconds since the epoch, as it was known when it tripped. */
  readonly untilMs: number;
  /** The day of which nothing is left, by its end. */
  readonly dayEndsAt: number | undefined;
}

/** Share of the time that is added at random, so that several processes do not come back together. */
const JITTER = 0.25;
/** A day's quota that is used up this soon was counted by a clock that is behind ours. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

/**
 * Lets calls through until Bedrock refuses one. Then it trips: it is open for a while, and after that one call at a time (half-open) tries
 * whether it may close again. How many run at a time is halved by a refusal, and grows with each call that is taken.
 */
export class CircuitBreaker {
  readonly #clocks: Clocks;
  readonly #calls: CallsAtATime;
  readonly #minOpenMs: number;
  readonly #maxOpenMs: number;
  #running = 0;
  #trip: Trip | undefined;
  /** How often it tripped: who entered before the last time says nothing new. */
  #trips = 0;
  /** Refusals since something was last taken. */
  #refusals = 0;
  #isProbing = false;

  constructor({ minOpenMs = 5_000, maxOpenMs = 60_000, ...calls }: CircuitBreakerOptions, clocks: Clocks) {
    this.#clocks = clocks;
    this.#calls = new CallsAtATime(calls);
    this.#minOpenMs = minOpenMs;
    this.#maxOpenMs = maxOpenMs;
  }

  /** Why calls wait; its time may have come already: then probes go. */
  get trip(): Trip | undefined {
    const trip = this.#trip;
    return trip?.dayEndsAt === undefined ? trip : { ...trip, until: this.#dayUntil(trip.dayEndsAt, trip.untilMs) };
  }

  get running(): number {
    return this.#running;
  }

  get concurrency(): number {
    return this.#calls.number;
  }

  /** When the next call may go, by the monotonic clock; `Infinity` when only the end of another can tell. */
  readyAt(now: number): number {
    const { trip } = this;
    if (trip !== undefined && trip.until > now) return trip.until;
    return this.#running >= this.concurrency || this.#isProbing ? Infinity : now;
  }

  /** Gives the ticket that goes with the call. */
  enter(): number {
    if (this.#trip !== undefined) this.#isProbing = true;
    this.#running += 1;
    return this.#trips;
  }

  /** Bedrock took the call: whether this closed the circuit again, and whether there is room for more now. Who entered before the last trip says neither. */
  accept(ticket: number): { readonly hasClosed: boolean; readonly hasGrown: boolean } {
    if (ticket !== this.#trips) return { hasClosed: false, hasGrown: false };
    const hasClosed = this.#trip !== undefined;
    this.#trip = undefined;
    this.#isProbing = false;
    this.#refusals = 0;
    return { hasClosed, hasGrown: this.#calls.grow() };
  }

  /**
   * Bedrock refused the call. True when this opened the circuit; false when an earlier refusal already had.
   * @param retryAt when Bedrock wants to be asked again, in milliseconds since the epoch
   */
  refuse(ticket: number, reason: Refusal, retryAt = 0): boolean {
    if (ticket !== this.#trips) return false;
    this.#trips += 1;
    this.#isProbing = false;
    this.#calls.halve();
    const wall = this.#clocks.wall();
    if (reason === 'daily-quota' && sinceUtcMidnight(wall) > CLOCKS_DIFFER_MS) this.#tripForDay(nextUtcDay(wall), retryAt);
    else this.#tripFor(reason, Math.max(retryAt - wall, this.#pauseMs()));
    this.#refusals += 1;
    return true;
  }

  /** As if a call had been refused for the rest of the day that ends then: somebody else's was. */
  tripForDay(dayEndsAt: number): void {
    this.#trips += 1;
    this.#isProbing = false;
    this.#tripForDay(dayEndsAt);
  }

  /** The call is over, whatever came of it. */
  leave(ticket: number): void {
    this.#running -= 1;
    if (ticket === this.#trips) this.#isProbing = false;
  }

  #pauseMs(): number {
    return Math.min(this.#maxOpenMs, this.#minOpenMs * 2 ** this.#refusals) * (1 + JITTER * Math.random());
  }

  #tripFor(reason: Refusal, ms: number): void {
    const { monotonic, wall } = this.#clocks;
    this.#trip = { reason, until: monotonic() + ms, untilMs: Math.round(wall() + ms), dayEndsAt: undefined };
  }

  #tripForDay(dayEndsAt: number, atLeastUntil = 0): void {
    const untilMs = Math.round(Math.max(atLeastUntil, dayEndsAt + this.#minOpenMs * JITTER * Math.random()));
    this.#trip = { reason: 'daily-quota', until: Infinity, untilMs, dayEndsAt };
  }

  /** A day ends by the wall clock, wherever that is set to; in another day, be it an earlier one, it holds nothing up. */
  #dayUntil(dayEndsAt: number, untilMs: number): number {
    const wall = this.#clocks.wall();
    return wall < dayEndsAt - DAY_MS || wall >= untilMs ? -Infinity : this.#clocks.monotonic() + untilMs - wall;
  }
}
