import type { Prompt } from '../conversation/prompt.ts';
import type { ConverseSettings } from './to-converse-input.ts';

/** Fields that a request can do without. */
export type OptionalField = 'temperature' | 'topP' | 'cachePoint' | 'hasFlexTier' | 'system';

/**
 * How Bedrock, or the model's provider behind it, says that it takes no such field, or not with that value: whoever thinks by
 * itself takes a temperature of 1 alone, and no other `top_p`.
 */
const REFUSED =
  /deprecated|extraneous|unsupported|n['’]t support|not (?:be )?(?:supported|permitted|allowed)|cannot (?:both|be set)|only one|may only be|must (?:not )?be|\bunset\b|\brange\b|less or equal|failed to satisfy|maximum of \d/iu;

/** As the field is called in such a text; of two that exclude each other the last one goes. */
const NAMES: readonly (readonly [Exclude<OptionalField, 'system' | 'hasFlexTier'>, RegExp])[] = [
  ['topP', /top_?p\b/iu],
  ['temperature', /\btemperature\b/iu],
  ['cachePoint', /\bcache_?point|\bcache_control\b/iu],
];

/** The other words for a cache point that a model, or the place where it stands, does not allow; the first comes with 403. */
const CACHING_REFUSED = /not allow prompt caching|nothing available to cache|cache point cannot be/iu;

/** A model, or a region, without the cheaper tier that was asked for. */
const TIER_REFUSED = /\bservice_?\s?tier\b/iu;

/** A model without system prompts, in Bedrock's words, and in those of chat templates and of services that are like OpenAI's. */
const SYSTEM_REFUSED =
  /(?:n['’]t|not) support\w* (?:the )?['"`]?system\b|\bsystem['"`]? (?:role|messages?|prompts?|instructions?|field)\b[^.]{0,40}(?:not|n['’]t|un)\s?(?:be )?(?:supported|support|allowed|permitted|enabled)|extraneous key \[system\]|developer instruction is not enabled/iu;

/**
 * The field of a request that the model refused; undefined when the error is about something else.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
export const refusedField = (error: unknown, sent: ConverseSettings, { system, isUnhurried }: Prompt): OptionalField | undefined => {
  if (!(error instanceof Error)) return undefined;
  if (sent.cachePoint !== undefined && CACHING_REFUSED.test(error.message)) return 'cachePoint';
  if (error.name !== 'ValidationException') return undefined;
  if (isUnhurried === true && sent.hasFlexTier === true && TIER_REFUSED.test(error.message)) return 'hasFlexTier';
  if (system.length > 0 && sent.hasSystemPrompts !== false && SYSTEM_REFUSED.test(error.message)) return 'system';
  if (!REFUSED.test(error.message)) return undefined;
  return NAMES.find(([field, name]) => sent[field] !== undefined && name.test(error.message))?.[0];
};

/** Whether a field is still sent. */
export const isSent = (settings: ConverseSettings, field: OptionalField): boolean =>
  field === 'system' ? settings.hasSystemPrompts !== false : settings[field] !== undefined;

export const withoutField = (settings: ConverseSettings, field: OptionalField): ConverseSettings =>
  field === 'system' ? { ...settings, hasSystemPrompts: false } : { ...settings, [field]: undefined };
