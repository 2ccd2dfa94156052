import { z } from 'zod';
import { readTextFile } from './text-file.ts';
import { whyUnreadable } from './why-unreadable.ts';
import type { ModelOverrides } from '../bedrock/model-facts.ts';

const tokens = z.int().min(1).max(100_000_000);
const dollars = z.number().min(0).max(100_000);

const price = z.strictObject({
  input: dollars,
  output: dollars,
  cacheRead: dollars.optional(),
  cacheWrite: dollars.optional(),
});

const facts = z.strictObject({
  name: z.string().trim().min(1).max(100),
  contextTokens: tokens,
  maxOutputTokens: tokens,
  readsImages: z.boolean(),
  maxImages: z.int().min(1).max(1_000).optional(),
  thinks: z.boolean(),
  cachesFromTokens: z.int().min(0).max(100_000_000).optional(),
  longPromptTokens: tokens.optional(),
  hasFlexTier: z.boolean().optional(),
  prices: z.partialRecord(z.enum(['region', 'us-gov', 'us', 'eu', 'apac', 'jp', 'au', 'ca', 'in', 'global']), price),
});

/** A base model id: its geography stands in `prices`. */
const baseId = z
  .string()
  .regex(/^(?!(?:us-gov|us|eu|apac|jp|au|ca|in|global)\.)[\w.:-]+$/u, { error: 'must be a model id without a geography such as "us."' });

/** `models.json`, and the admin's own file in the same form. What begins otherwise than with `models` is a remark. */
const file = z.object({ models: z.record(baseId, facts.partial()) });

const where = (path: readonly PropertyKey[]): string => path.map(String).join(' → ');

/** What an admin says of models. What is wrong with the file goes to `problems`, one line each. */
export const readModelsFile = (path: string, problems: string[]): ModelOverrides => {
  let content: unknown;
  try {
    content = JSON.parse(readTextFile(path));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : whyUnreadable(path, error);
    problems.push(`BEDROCK_MODELS_FILE: the file ${path} ${why}`);
    return {};
  }
  const { data, error } = file.safeParse(content);
  for (const { path: place, message } of error?.issues ?? []) {
    problems.push(`BEDROCK_MODELS_FILE: the file ${path}${place.length === 0 ? '' : `, at ${where(place)}`}: ${message}`);
  }
  return (data?.models ?? {}) as ModelOverrides;
};
