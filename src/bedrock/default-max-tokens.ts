import type { ModelFacts } from './model-facts.ts';

/** The longest answer that anybody reads on Discord, in tokens: some ten messages. */
const ANSWER_TOKENS = 4_096;
/** What a model may think before it, in tokens. Bedrock reserves all of it for each call, and new accounts have 20,000 a minute. */
const THINKING_TOKENS = 8_192;
/** Of a model that nobody has described. */
const UNKNOWN: Pick<ModelFacts, 'thinks' | 'maxOutputTokens'> = { thinks: false, maxOutputTokens: ANSWER_TOKENS };

/**
 * The greatest answer where the admin set none: what a model thinks counts against it, so one that thinks gets more.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html
 */
export const defaultMaxTokens = ({ thinks, maxOutputTokens } = UNKNOWN): number =>
  Math.min(maxOutputTokens, ANSWER_TOKENS + (thinks ? THINKING_TOKENS : 0));
