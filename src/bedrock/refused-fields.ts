import type { ConverseSettings } from './to-converse-input.ts';

/** Fields that a request can do without. */
export type OptionalField = 'temperature' | 'topP';

/** How Bedrock, or the model's provider behind it, says that it takes no such field. */
const REFUSED = /deprecated|extraneous|unsupported|n['’]t support|not (?:be )?(?:supported|permitted|allowed)|cannot both|only one/iu;

/** As the field is called in such a text; of two that exclude each other the last one goes. */
const NAMES: readonly (readonly [OptionalField, RegExp])[] = [
  ['topP', /top_?p\b/iu],
  ['temperature', /\btemperature\b/iu],
];

/**
 * The field of a request that the model refused; undefined when the error is about something else.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
export const refusedField = (error: unknown, sent: ConverseSettings): OptionalField | undefined => {
  if (!(error instanceof Error) || error.name !== 'ValidationException' || !REFUSED.test(error.message)) return undefined;
  return NAMES.find(([field, name]) => sent[field] !== undefined && name.test(error.message))?.[0];
};

export const withoutField = (settings: ConverseSettings, field: OptionalField): ConverseSettings => ({ ...settings, [field]: undefined });
