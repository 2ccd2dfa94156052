import type { ConverseSettings } from './to-converse-input.ts';

/** Fields that a request can do without. */
export type OptionalField = 'temperature' | 'topP' | 'cachePoint';

/** How Bedrock, or the model's provider behind it, says that it takes no such field. */
const REFUSED = /deprecated|extraneous|unsupported|n['’]t support|not (?:be )?(?:supported|permitted|allowed)|cannot both|only one/iu;

/** As the field is called in such a text; of two that exclude each other the last one goes. */
const NAMES: readonly (readonly [OptionalField, RegExp])[] = [
  ['topP', /top_?p\b/iu],
  ['temperature', /\btemperature\b/iu],
  ['cachePoint', /\bcache_?point|\bcache_control\b/iu],
];

/** The other words for a cache point that a model, or the place where it stands, does not allow; the first comes with 403. */
const CACHING_REFUSED = /not allow prompt caching|nothing available to cache|cache point cannot be/iu;

/**
 * The field of a request that the model refused; undefined when the error is about something else.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
export const refusedField = (error: unknown, sent: ConverseSettings): OptionalField | undefined => {
  if (!(error instanceof Error)) return undefined;
  if (sent.cachePoint !== undefined && CACHING_REFUSED.test(error.message)) return 'cachePoint';
  if (error.name !== 'ValidationException' || !REFUSED.test(error.message)) return undefined;
  return NAMES.find(([field, name]) => sent[field] !== undefined && name.test(error.message))?.[0];
};

export const withoutField = (settings: ConverseSettings, field: OptionalField): ConverseSettings => ({ ...settings, [field]: undefined });
