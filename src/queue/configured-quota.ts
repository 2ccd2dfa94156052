import { TokenBucket } from './token-bucket.ts';
import { QuotaPart } from './quota-part.ts';
import type { DayAccount } from './day-account.ts';

/** The account's quotas for one region and model, as the admin knows them. What is left out has no limit. */
export interface QuotaLimits {
  readonly tokensPerMinute?: number | undefined;
  /** Of a UTC day. */
  readonly tokensPerDay?: number | undefined;
  readonly callsPerMinute?: number | undefined;
}

/** Share of the limit that stays untouched: Bedrock hears of a call's end, and of its debt, a moment before we do. */
const MARGIN = 0.02;

/**
 * Keeps Bedrock's own account of a quota: a call takes its input and all of `maxTokens`, and is corrected to what it
 * really used in the end. What was used within the last minute before the process began is not known.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
 */
export class ConfiguredQuota {
  readonly #tokens: TokenBucket | undefined;
  readonly #calls: TokenBucket | undefined;
  readonly #limits: QuotaLimits;
  readonly #ofAll: QuotaPart;
  #part = 1;
  readonly #perDay: number;
  readonly #day: DayAccount;
  #reserved = 0;

  /** @param ofAll how much of what is for a minute is for this process; a day's is counted by all together */
  constructor(limits: QuotaLimits, day: DayAccount, now: number, ofAll = new QuotaPart()) {
    const { tokensPerMinute, tokensPerDay = Infinity, callsPerMinute } = limits;
    this.#limits = limits;
    this.#ofAll = ofAll;
    this.#tokens = tokensPerMinute === undefined ? undefined : new TokenBucket(tokensPerMinute, now);
    this.#calls = callsPerMinute === undefined ? undefined : new TokenBucket(callsPerMinute, now);
    this.#perDay = tokensPerDay;
    this.#day = day;
  }

  /**
   * When a call that takes so many tokens may go, by the monotonic clock; `Infinity` when only the end of
   * another call can tell. A call that no quota ever admits goes when everything is free, and Bedrock has the last word.
   */
  readyAt(tokens: number, now: number): number {
    this.#fit(now);
    const margin = (this.#limits.tokensPerMinute ?? 0) * this.#part * MARGIN;
    const minute = this.#tokens?.readyAt(tokens + margin, now) ?? now;
    return Math.max(minute, this.#calls?.readyAt(1, now) ?? now, this.#dayReadyAt(tokens, now));
  }

  reserve(tokens: number, now: number): void {
    this.#fit(now);
    this.#ofAll.begun();
    this.#tokens?.take(tokens, now);
    this.#calls?.take(1, now);
    this.#reserved += tokens;
  }

  /** The call is over, and cost so many of the tokens that it reserved. */
  settle(reserved: number, cost: number, now: number): void {
    this.#ofAll.ended();
    this.#tokens?.take(cost - reserved, now);
    this.#reserved -= reserved;
    if (this.#perDay !== Infinity) this.#day.add(cost);
  }

  /** Bedrock refused a call that wanted so many tokens: there are fewer than we thought. */
  refuse(tokens: number, now: number): void {
    this.#tokens?.take(Math.max(0, this.#tokens.level(now) - tokens / 2), now);
  }

  #fit(now: number): void {
    const { part } = this.#ofAll;
    if (part === this.#part) return;
    this.#part = part;
    this.#tokens?.resize((this.#limits.tokensPerMinute ?? 0) * part, now);
    this.#calls?.resize((this.#limits.callsPerMinute ?? 0) * part, now);
  }

  #dayReadyAt(tokens: number, now: number): number {
    if (this.#perDay === Infinity) return now;
    const needed = Math.min(tokens, this.#perDay);
    const used = this.#day.used();
    if (used + this.#reserved + needed <= this.#perDay) return now;
    return this.#reserved > 0 && used + needed <= this.#perDay ? Infinity : now + this.#day.leftMs();
  }
}
