import { RecentTokens } from './recent-tokens.ts';
import { TokenBucket } from './token-bucket.ts';

const MINUTE_MS = 60_000;
/** What a refusal leaves of the tokens per minute that were refused, and how long the way back up to them takes. */
const KEPT = 0.94;
const CLIMB_MINUTES = 8;
/** Growth beyond them: slow at first, twofold after so many minutes. */
const DOUBLED_AFTER_MINUTES = 30;
/** What was refused so long ago says nothing any more. */
const FORGOTTEN_AFTER_MINUTES = 60;
/** Admitting so much more than what was once refused shows that the refusal was not about that. */
const DISPROVED_BY = 1.1;
/** A refusal tells how much Bedrock admits only to who took so many times more than this call takes: else others took it. */
const TELLING = 2.5;
/** Who asks one thing at a time hardly uses a quota up: a refusal then counts only when another came shortly before. */
const SECOND_WITHIN_MS = 5 * MINUTE_MS;
/** A refusal while so many times more tokens than the call takes should be left shows that it is not about them. */
const EXCUSED = 1.5;
/** A guess never holds a call back for longer. */
const MAX_WAIT_MS = MINUTE_MS;

/** All of it in tokens per minute. */
interface Refused {
  readonly at: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Finds out how many tokens per minute Bedrock admits, from what it took and what it refused. It supposes a bucket that
 * holds a minute's worth: each call then shows the least limit that admits it, and a refusal that the limit is lower.
 * Until Bedrock refuses something it stands in nobody's way.
 */
export class LearnedQuota {
  readonly #recent = new RecentTokens();
  /** The most that was admitted, in tokens per minute. */
  #proven = 0;
  #refused: Refused | undefined;
  /** There as long as there is a limit. */
  #bucket: TokenBucket | undefined;
  #lastCallAt = 0;
  #lastRefusalAt = -Infinity;

  /** Tokens per minute; `undefined` as long as nothing was refused. */
  limit(now: number): number | undefined {
    if (this.#refused === undefined) return undefined;
    const { at, least, most } = this.#refused;
    const minutes = Math.max(0, now - at) / MINUTE_MS;
    if (minutes > FORGOTTEN_AFTER_MINUTES) {
      this.#forget();
      return undefined;
    }
    return least + (most - least) * Math.min(1, minutes / CLIMB_MINUTES) + most * (minutes / DOUBLED_AFTER_MINUTES) ** 2;
  }

  /** When a call that takes so many tokens may go, in milliseconds since the epoch. */
  readyAt(tokens: number, now: number): number {
    const limit = this.limit(now);
    if (limit === undefined || this.#bucket === undefined) return now;
    this.#bucket.resize(limit, now);
    return Math.max(now, Math.min(this.#bucket.readyAt(tokens, now), this.#lastCallAt + MAX_WAIT_MS));
  }

  /** Gives the tokens per minute that this call needs, to be handed in again with what became of it. */
  reserve(tokens: number, now: number): number {
    const needed = this.#recent.leastLimit(tokens, now);
    this.#lastCallAt = now;
    this.#take(tokens, now);
    return needed;
  }

  /** The call is over, and cost so many of the tokens that it reserved. */
  settle(reserved: number, cost: number, now: number): void {
    this.#take(cost - reserved, now);
  }

  /** Bedrock took the call. */
  accept(needed: number): void {
    this.#proven = Math.max(this.#proven, needed);
    if (this.#refused !== undefined && needed > DISPROVED_BY * this.#refused.most) this.#forget();
  }

  /**
   * Bedrock refused the call, which takes so many tokens, for want of them; and it was settled.
   * @param isAlone no other call was running
   */
  refuse(tokens: number, needed: number, isAlone: boolean, now: number): void {
    const isOdd = isAlone && now - this.#lastRefusalAt > SECOND_WITHIN_MS;
    this.#lastRefusalAt = now;
    if (this.#bucket !== undefined && this.#bucket.level(now) > EXCUSED * tokens) this.#forget();
    // If nothing near it was ever admitted, or hardly anything was taken, others took it.
    if (isOdd || this.#proven < needed / 2 || needed < TELLING * tokens) return;
    // Never more than halved at once: Bedrock also throttles for reasons of its own.
    const most = Math.max(needed, this.#proven / 2);
    const least = Math.min(this.#proven, KEPT * most);
    this.#proven = least;
    this.#refused = { at: now, least, most };
    this.#bucket = new TokenBucket(least, now, 0);
  }

  #take(tokens: number, now: number): void {
    this.#recent.take(tokens, now);
    this.#bucket?.take(tokens, now);
  }

  #forget(): void {
    this.#refused = undefined;
    this.#bucket = undefined;
  }
}
