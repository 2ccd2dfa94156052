import { nextUtcDay, sinceUtcMidnight } from './utc-day.ts';

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
  /** Milliseconds since the epoch. */
  readonly until: number;
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

  constructor({ maxConcurrentCalls, minClosedMs = 5_000, maxClosedMs = 60_000 }: DoorOptions) {
    this.#maxConcurrency = maxConcurrentCalls;
    this.#concurrency = maxConcurrentCalls;
    this.#minClosedMs = minClosedMs;
    this.#maxClosedMs = maxClosedMs;
  }

  /** Why it is not open; its time may have come already: then probes go. */
  get closing(): Closing | undefined {
    return this.#closing;
  }

  get running(): number {
    return this.#running;
  }

  get concurrency(): number {
    return Math.floor(this.#concurrency);
  }

  /** When the next call may go, in milliseconds since the epoch; `Infinity` when only the end of another can tell. */
  readyAt(now: number): number {
    if (this.#closing !== undefined && this.#closing.until > now) return this.#closing.until;
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

  /** Bedrock refused the call. True when this closed the door; false when an earlier refusal already had. */
  refuse(ticket: number, reason: Refusal, now: number, retryAt = 0): boolean {
    if (ticket !== this.#closings) return false;
    this.#closings += 1;
    this.#isProbing = false;
    // A probe runs alone: how many more would have been too many it does not say.
    const concurrency = this.#closing === undefined ? Math.min(this.#concurrency, this.#running) : this.#concurrency;
    this.#concurrency = Math.max(1, concurrency / 2);
    this.#closing = { reason, until: Math.max(retryAt, this.#closedUntil(reason, now)) };
    this.#refusals += 1;
    return true;
  }

  /** As if a call had been refused: somebody else's was. */
  close(reason: Refusal, until: number): void {
    this.#closings += 1;
    this.#isProbing = false;
    this.#closing = { reason, until };
  }

  /** The call is over, whatever came of it. */
  leave(ticket: number, wasAnswered: boolean): void {
    this.#running -= 1;
    if (ticket === this.#closings) this.#isProbing = false;
    if (wasAnswered) this.#concurrency = Math.min(this.#maxConcurrency, this.#concurrency + 1 / this.#concurrency);
  }

  #closedUntil(reason: Refusal, now: number): number {
    const jitter = 1 + JITTER * Math.random();
    if (reason === 'daily-quota' && sinceUtcMidnight(now) > CLOCKS_DIFFER_MS) return nextUtcDay(now) + this.#minClosedMs * (jitter - 1);
    return now + Math.min(this.#maxClosedMs, this.#minClosedMs * 2 ** this.#refusals) * jitter;
  }
}
