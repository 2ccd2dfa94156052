import { DAY_MS, nextUtcDay, sinceUtcMidnight } from './clocks.ts';
import { CallsAtATime } from './calls-at-a-time.ts';
import type { AskedCall } from './asked-call.ts';
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
  /** Nobody tries before it is over: Bedrock said until when. */
  readonly isForAll: boolean;
}

/** What goes with a call that was let through. */
export interface Ticket {
  readonly call: AskedCall;
  /** What Bedrock reserves for it. */
  readonly tokens: number;
  /** How often it had tripped before. */
  readonly trips: number;
}

export interface RefusedFor {
  readonly reason: Refusal;
  /** When Bedrock wants to be asked again, in milliseconds since the epoch. */
  readonly retryAt?: number | undefined;
  /** It was for want of tokens: a call that wants fewer may be taken. */
  readonly wasForTokens: boolean;
}

/** Share of the time that is added at random, so that several processes do not come back together. */
const JITTER = 0.25;
/** A call that wants so much less than one that was refused may be taken all the same. */
const MUCH_LESS = 0.5;
/** It is told again and again, each time by clocks that are a little apart, in milliseconds. */
const HARDLY_LONGER_MS = 1_000;
/** A day's quota that is used up this soon was counted by a clock that is behind ours. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

/** How long to wait after so many refusals in a row, in milliseconds. */
export const pauseMs = (refusals: number, { minOpenMs = 5_000, maxOpenMs = 60_000 }: Pick<CircuitBreakerOptions, 'minOpenMs' | 'maxOpenMs'>): number =>
  Math.min(maxOpenMs, minOpenMs * 2 ** (refusals - 1)) * (1 + JITTER * Math.random());

/**
 * Lets calls through until Bedrock refuses one. Then it trips: it is open for a while, and after that one call at a time (half-open) tries
 * whether it may close again. How many run at a time is halved by a refusal, and grows with each call that is taken.
 *
 * One refused call may have itself to blame, because it wants more tokens than are left: while it is the only one, and later for calls that
 * want much less than any that was refused, one at a time tries at once. A call that is refused again after others were taken halves nothing.
 */
export class CircuitBreaker {
  readonly #clocks: Clocks;
  readonly #calls: CallsAtATime;
  readonly #options: CircuitBreakerOptions;
  #running = 0;
  #trip: Trip | undefined;
  /** How often it tripped: who entered before the last time says nothing new. */
  #trips = 0;
  /** Trips since something was last taken. */
  #tripsInVain = 0;
  #isProbing = false;
  /** The calls that were refused since something was last taken, how many they are, and the fewest tokens that one of them wanted. */
  #refused = new WeakSet<AskedCall>();
  #refusedCalls = 0;
  #fewestTokens = Infinity;
  /** By this trip. */
  #isHalved = false;

  constructor(options: CircuitBreakerOptions, clocks: Clocks) {
    this.#clocks = clocks;
    this.#options = options;
    this.#calls = new CallsAtATime(options);
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

  /** When the call may go, by the monotonic clock; `Infinity` when only the end of another can tell. */
  readyAt(call: AskedCall, tokens: number, now: number): number {
    const { trip } = this;
    const isFull = this.#running >= this.concurrency || this.#isProbing;
    if (trip !== undefined && trip.until > now) return !isFull && this.#mayBeTaken(call, tokens, trip) ? now : trip.until;
    return isFull ? Infinity : now;
  }

  /** Gives the ticket that goes with the call. */
  enter(call: AskedCall, tokens: number): Ticket {
    if (this.#trip !== undefined) this.#isProbing = true;
    this.#running += 1;
    return { call, tokens, trips: this.#trips };
  }

  /** Bedrock took the call: whether this closed the circuit again, and whether there is room for more now. Who entered before the last trip says neither. */
  accept({ trips }: Ticket): { readonly hasClosed: boolean; readonly hasGrown: boolean } {
    if (trips !== this.#trips) return { hasClosed: false, hasGrown: false };
    const hasClosed = this.#trip !== undefined;
    this.#trip = undefined;
    this.#isProbing = false;
    this.#tripsInVain = 0;
    if (this.#refusedCalls > 0) this.#refused = new WeakSet();
    this.#refusedCalls = 0;
    this.#fewestTokens = Infinity;
    return { hasClosed, hasGrown: this.#calls.grow() };
  }

  /**
   * Bedrock refused the call: whether it was let through after the last trip, and whether it is not the only one, and so the
   * service itself takes no more.
   */
  refuse(ticket: Ticket, { reason, retryAt = 0, wasForTokens }: RefusedFor): { readonly isNews: boolean; readonly isConfirmed: boolean } {
    const isNews = ticket.trips === this.#trips;
    const { monotonic, wall: readWall } = this.#clocks;
    // Who tried before the pause was over changes nothing of it.
    const isSecondOpinion = this.#trip !== undefined && this.#trip.until > monotonic();
    if (isNews && !isSecondOpinion) this.#isHalved = false;
    if (isNews || this.#trip !== undefined) this.#count(ticket, wasForTokens);
    const isConfirmed = this.#refusedCalls > 1;
    if (!isNews) return { isNews, isConfirmed };
    this.#trips += 1;
    this.#isProbing = false;
    const wall = readWall();
    if (isSecondOpinion && reason !== 'daily-quota' && retryAt <= wall) return { isNews, isConfirmed };
    this.#tripsInVain += 1;
    if (reason === 'daily-quota' && sinceUtcMidnight(wall) > CLOCKS_DIFFER_MS) this.#tripForDay(nextUtcDay(wall), retryAt);
    else this.#tripFor(reason, Math.max(retryAt - wall, pauseMs(this.#tripsInVain, this.#options)), retryAt > wall);
    return { isNews, isConfirmed };
  }

  /** As if a call had been refused for the rest of the day that ends then: somebody else's was. */
  tripForDay(dayEndsAt: number): void {
    this.#trips += 1;
    this.#isProbing = false;
    this.#tripForDay(dayEndsAt);
  }

  /**
   * As if calls had been refused for so many milliseconds: somebody else's were. Whether it is news, which less than what is known
   * already is not.
   */
  tripElsewhere(reason: Refusal, ms: number): boolean {
    const { trip } = this;
    if (trip !== undefined && trip.until >= this.#clocks.monotonic() + ms - HARDLY_LONGER_MS) return false;
    this.#trips += 1;
    this.#isProbing = false;
    this.#tripFor(reason, ms, true);
    return true;
  }

  /** The call is over, whatever came of it. */
  leave({ trips }: Ticket): void {
    this.#running -= 1;
    if (trips === this.#trips) this.#isProbing = false;
  }

  #mayBeTaken(call: AskedCall, tokens: number, { isForAll }: Trip): boolean {
    if (isForAll || call.wasRefused) return false;
    return this.#refusedCalls < 2 || tokens <= MUCH_LESS * this.#fewestTokens;
  }

  #count({ call, tokens }: Ticket, wasForTokens: boolean): void {
    if (!this.#refused.has(call)) this.#refusedCalls += 1;
    this.#refused.add(call);
    this.#fewestTokens = Math.min(this.#fewestTokens, wasForTokens ? tokens : 0);
    if (this.#isHalved || (call.wasRefused && this.#refusedCalls < 2)) return;
    this.#isHalved = true;
    this.#calls.halve();
  }

  #tripFor(reason: Refusal, ms: number, isForAll: boolean): void {
    const { monotonic, wall } = this.#clocks;
    this.#trip = { reason, until: monotonic() + ms, untilMs: Math.round(wall() + ms), dayEndsAt: undefined, isForAll };
  }

  #tripForDay(dayEndsAt: number, atLeastUntil = 0): void {
    const { minOpenMs = 5_000 } = this.#options;
    const untilMs = Math.round(Math.max(atLeastUntil, dayEndsAt + minOpenMs * JITTER * Math.random()));
    this.#trip = { reason: 'daily-quota', until: Infinity, untilMs, dayEndsAt, isForAll: true };
  }

  /** A day ends by the wall clock, wherever that is set to; in another day, be it an earlier one, it holds nothing up. */
  #dayUntil(dayEndsAt: number, untilMs: number): number {
    const wall = this.#clocks.wall();
    return wall < dayEndsAt - DAY_MS || wall >= untilMs ? -Infinity : this.#clocks.monotonic() + untilMs - wall;
  }
}
