import type { TokenUsage } from '../conversation/reply.ts';

/** How much of what is known a new call replaces. */
const SHARE_OF_NEWEST = 0.1;
/** What the first reports are weighed against, in tokens: one odd short prompt must not decide. */
const INITIAL_WEIGHT = 1_000;
const MIN_RATIO = 0.25;
const MAX_RATIO = 4;
/** A reservation below the service's own is a refused call, one above it a short wait. */
const MEAN_ERRORS_ABOVE = 2;
/** What estimates are supposed to be wrong by, as a share, until reports tell. */
const INITIAL_ERROR = 0.15;

/** All input tokens of a call, cached or not: so many does Bedrock reserve. */
export const inputTokensOf = ({ inputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 }: TokenUsage): number =>
  inputTokens + cacheReadInputTokens + cacheWriteInputTokens;

/** Corrects rough estimates of input tokens by what Bedrock reported for earlier ones. Long prompts weigh more. */
export class InputCalibration {
  #estimated = INITIAL_WEIGHT;
  #reported = INITIAL_WEIGHT;
  #error = INITIAL_ERROR * INITIAL_WEIGHT;

  /** Tokens that a call will most likely not exceed, from a rough estimate. */
  tokens(estimated: number): number {
    return this.#scaled(estimated, this.#reported + MEAN_ERRORS_ABOVE * this.#error);
  }

  /** Tokens that a call comes to: as likely more as less. */
  likely(estimated: number): number {
    return this.#scaled(estimated, this.#reported);
  }

  #scaled(estimated: number, reported: number): number {
    return Math.ceil(estimated * Math.min(MAX_RATIO, Math.max(MIN_RATIO, reported / this.#estimated)));
  }

  learn(estimated: number, reported: number): void {
    if (estimated <= 0 || reported <= 0) return;
    const error = Math.abs(reported - (estimated * this.#reported) / this.#estimated);
    const blend = (old: number, newest: number): number => old + SHARE_OF_NEWEST * (newest - old);
    this.#error = blend(this.#error, error);
    this.#reported = blend(this.#reported, reported);
    this.#estimated = blend(this.#estimated, estimated);
  }
}
