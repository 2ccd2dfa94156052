import { countOf, fieldsOf, mostOutputTokens } from './plausible.ts';
import type { TokenUsage } from '../conversation/reply.ts';
import type { AnswerBounds } from './plausible.ts';

/** Figures that no call can have are unknown: one odd report must neither spoil a record nor use up a day. */
export const usageOf = (value: unknown, bounds: AnswerBounds): TokenUsage | undefined => {
  const usage = fieldsOf(value);
  const inputTokens = countOf(usage['inputTokens'], bounds.contextTokens);
  const outputTokens = countOf(usage['outputTokens'], mostOutputTokens(bounds));
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const read = countOf(usage['cacheReadInputTokens'], bounds.contextTokens);
  const written = countOf(usage['cacheWriteInputTokens'], bounds.contextTokens);
  return {
    inputTokens,
    outputTokens,
    ...(read === undefined ? {} : { cacheReadInputTokens: read }),
    ...(written === undefined ? {} : { cacheWriteInputTokens: written }),
  };
};
