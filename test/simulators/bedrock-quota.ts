// Tokens per minute and per day, reserved when a request is admitted and settled when it ends.
// https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
import { bedrockErrors, Refusal } from './bedrock-errors.ts';
import type { InputUsage } from './bedrock-cache.ts';
import type { ResolvedModel } from './bedrock-models.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export type QuotaOptions = {
  readonly tokensPerMinute?: number;
  readonly tokensPerDay?: number;
  readonly requestsPerMinute?: number;
  /** Output tokens count this many times; by default as the model has it: 5 for newer Claude, else 1. */
  readonly burndown?: number;
  /** Milliseconds; the clock of refills and days. */
  readonly now?: () => number;
};

export type QuotaReport = {
  /** What all settled requests came to. */
  readonly settledTokens: number;
  /** What running requests hold. */
  readonly reservedTokens: number;
  /** The most that was ever held at one time. */
  readonly maxReservedTokens: number;
};

export type Reservation = { readonly settle: (outputTokens: number) => void };

/** Continuous refill; may go below zero when a request cost more than it reserved. */
class Bucket {
  readonly #perMinute: number;
  readonly #now: () => number;
  #level: number;
  #refilledAt: number;

  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#level = perMinute;
    this.#refilledAt = now();
  }

  has(amount: number): boolean {
    if (this.#perMinute === Infinity) return true;
    if (this.#perMinute === Infinity) return true;
    const now = this.#now();
    this.#level = Math.min(this.#perMinute, this.#level + ((now - this.#refilledAt) * this.#perMinute) / MINUTE_MS);
    this.#refilledAt = now;
    return this.#level >= amount;
  }

  take(amount: number): void {
    this.#level -= amount;
  }
}

type Account = { readonly tokens: Bucket; readonly requests: Bucket; day: number; usedToday: number };

export class Quota {
  readonly #options: QuotaOptions;
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();
  #settled = 0;
  #reserved = 0;
  #maxReserved = 0;

  constructor(options: QuotaOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  report(): QuotaReport {
    return { settledTokens: this.#settled, reservedTokens: this.#reserved, maxReservedTokens: this.#maxReserved };
  }

  /** Each model id has its own quota: a profile's is not its base model's. */
  reserve(model: ResolvedModel, usage: InputUsage, maxTokens: number | undefined): Reservation {
    const account = this.#account(model.modelId);
    const reserved = usage.promptTokens + (maxTokens ?? model.maxOutputTokens);
    if (!account.requests.has(1)) throw new Refusal(bedrockErrors.tooManyRequests());
    const { tokensPerDay = Infinity } = this.#options;
    if (account.usedToday + reserved > tokensPerDay) throw new Refusal(bedrockErrors.tokensPerDay());
    if (!account.tokens.has(reserved)) throw new Refusal(bedrockErrors.throttling());
    account.requests.take(1);
    this.#book(account, reserved);
    this.#reserved += reserved;
    this.#maxReserved = Math.max(this.#maxReserved, this.#reserved);
    return { settle: (outputTokens) => this.#settle(account, model, usage, reserved, outputTokens) };
  }

  #settle(account: Account, model: ResolvedModel, usage: InputUsage, reserved: number, outputTokens: number): void {
    const burndown = this.#options.burndown ?? model.burndown;
    const cost = usage.inputTokens + (usage.cacheWriteInputTokens ?? 0) + burndown * outputTokens;
    this.#book(account, cost - reserved);
    this.#reserved -= reserved;
    this.#settled += cost;
  }

  #book(account: Account, amount: number): void {
    account.tokens.take(amount);
    account.usedToday += amount;
  }

  #account(modelId: string): Account {
    const day = Math.floor(this.#now() / DAY_MS);
    const account = this.#accounts.get(modelId) ?? this.#open(day);
    this.#accounts.set(modelId, account);
    if (account.day !== day) Object.assign(account, { day, usedToday: 0 });
    return account;
  }

  #open(day: number): Account {
    const { tokensPerMinute = Infinity, requestsPerMinute = Infinity } = this.#options;
    const tokens = new Bucket(tokensPerMinute, this.#now);
    return { tokens, requests: new Bucket(requestsPerMinute, this.#now), day, usedToday: 0 };
  }
}
