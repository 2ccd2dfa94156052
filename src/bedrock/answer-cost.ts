import type { TokenUsage } from '../conversation/reply.ts';
import type { KnownModel } from './model-facts.ts';

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
