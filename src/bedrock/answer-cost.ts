import type { TokenUsage } from '../conversation/reply.ts';
import type { KnownModel, ModelBook } from './model-facts.ts';

const PER = 1_000_000;

/**
 * What Bedrock takes for a call, in US dollars; undefined where nobody can tell: the price is not known, or a prompt was so long
 * that another one holds.
 * @see https://aws.amazon.com/bedrock/pricing/
 */
export const costOf = (model: Pick<KnownModel, 'price' | 'longPromptTokens'> | undefined, usage: TokenUsage | undefined): number | undefined => {
  const price = model?.price;
  if (model === undefined || price === undefined || usage === undefined) return undefined;
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  if (inputTokens + cacheReadInputTokens + cacheWriteInputTokens > (model.longPromptTokens ?? Infinity)) return undefined;
  const { input, output, cacheRead = input, cacheWrite = input } = price;
  return (inputTokens * input + outputTokens * output + cacheReadInputTokens * cacheRead + cacheWriteInputTokens * cacheWrite) / PER;
};

/**
 * What files cost at least in a prompt, in US dollars; undefined where no price is known. A prompt that is so long that another price
 * holds costs more.
 */
export const leastCostOf = (model: Pick<KnownModel, 'price'> | undefined, inputTokens: number): number | undefined =>
  model?.price === undefined ? undefined : (inputTokens * model.price.input) / PER;

/**
 * The price of a call in US dollars, by the id that it was made with: the geography of an inference profile is in it. Undefined
 * where nobody can tell, which is never a price of nothing.
 */
export type PriceOf = (modelId: string, usage: TokenUsage, wasFlex?: boolean) => number | undefined;

/** What the flex tier takes of the usual price. @see https://aws.amazon.com/bedrock/pricing/ */
const FLEX_SHARE = 0.5;

export const createPriceOf =
  (book: Pick<ModelBook, 'find'>): PriceOf =>
  (modelId, usage, wasFlex = false) => {
    const cost = costOf(book.find(modelId), usage);
    return cost === undefined || !wasFlex ? cost : cost * FLEX_SHARE;
  };
