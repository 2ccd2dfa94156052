/** What calls come to. */
export interface Sum {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** Of those calls whose price is known, in billionths of a US dollar: whole numbers add up exactly, in whichever order. */
  readonly nanoUsd: number;
  /** Calls of which Bedrock has said nothing, because they were stopped or broke; their tokens are in no sum. */
  readonly unreported: number;
  /** Calls whose price nobody knows; their tokens are in the sums. */
  readonly unpriced: number;
  /** Of checks of content, which use no tokens: thousands of characters, for each kind of check. */
  readonly textUnits: number;
}

/** In the order in which they are stored. */
export const SUM_FIELDS = ['calls', 'inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'nanoUsd', 'unreported', 'unpriced', 'textUnits'] as const satisfies readonly (keyof Sum)[];

export const NOTHING: Sum = { calls: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, nanoUsd: 0, unreported: 0, unpriced: 0, textUnits: 0 };

export const plus = (one: Sum, other: Sum): Sum => ({
  calls: one.calls + other.calls,
  inputTokens: one.inputTokens + other.inputTokens,
  outputTokens: one.outputTokens + other.outputTokens,
  cacheReadTokens: one.cacheReadTokens + other.cacheReadTokens,
  cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
  nanoUsd: one.nanoUsd + other.nanoUsd,
  unreported: one.unreported + other.unreported,
  unpriced: one.unpriced + other.unpriced,
  textUnits: one.textUnits + other.textUnits,
});

export const tokensOf = ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Sum): number => inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;

const NANO = 1e9;
export const usdOf = ({ nanoUsd }: Pick<Sum, 'nanoUsd'>): number => nanoUsd / NANO;
export const toNanoUsd = (usd: number): number => Math.round(usd * NANO);
