import type { AskedCall } from './asked-call.ts';
import type { Claim } from './learned-quota.ts';

const MINUTE_MS = 60_000;
/** How long it is remembered, in milliseconds: quotas are raised, and others who used one up leave. */
const FORGOTTEN_AFTER_MS = 10 * MINUTE_MS;
/** A call that so many times its own tokens would have let through was refused for what others took. */
const ALONE = 1.5;
/** Where calls of half its size go through meanwhile, so many refusals are enough. */
const SMALLER = 0.5;
const ENOUGH_REFUSALS = 3;

/**
 * Knows calls that no minute's quota admits, because each alone wants more than there is. One refusal shows nothing: others may
 * have used the minute up. It is the call itself where it is refused again while much smaller ones are taken, or wants more than the
 * limit that was learned before.
 */
export class QuotaCeiling {
  /** Tokens of the smallest such call. */
  #least = Infinity;
  #at = -Infinity;
  #lastTaken = { tokens: Infinity, at: -Infinity };

  /** The fewest tokens that are too many; `Infinity` where nothing is known. */
  tokens(now: number): number {
    return now - this.#at > FORGOTTEN_AFTER_MS ? Infinity : this.#least;
  }

  accept({ tokens }: Claim, now: number): void {
    this.#lastTaken = { tokens, at: now };
    if (tokens >= this.#least) this.#least = Infinity;
  }

  /**
   * Bedrock refused the call for want of tokens. True where that is the call's own size.
   * @param call its earlier refusals
   * @param limit tokens per minute, where they were learned
   */
  refuse({ tokens, needed }: Claim, call: AskedCall, limit: number | undefined, now: number): boolean {
    if (needed > ALONE * tokens) return false;
    const areSmallerTaken = this.#lastTaken.at > call.lastRefusedAt && this.#lastTaken.tokens <= SMALLER * tokens;
    const isBeyond = (areSmallerTaken && call.refusals + 1 >= ENOUGH_REFUSALS) || (limit !== undefined && tokens > limit);
    if (!isBeyond) return false;
    this.#least = Math.min(tokens, this.tokens(now));
    this.#at = now;
    return true;
  }
}
