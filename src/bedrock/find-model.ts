import { tryOneToken } from './one-token.ts';
import { cureOf, troubleText } from './trouble-text.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { OneTokenOptions } from './one-token.ts';

/** Of these another model meets nothing else. */
const OF_THE_KEY = new Set<FailureKind>(['key-refused', 'key-expired', 'no-key', 'network']);
/** Each costs a token and some seconds. */
const MOST_TRIED = 8;

export type FoundModel = { readonly modelId: string } | { readonly says: string; readonly cure: string };

/** The first of some models that answers with one token; else what was wrong with the first of them. Never rejects. */
export const findModel = async (modelIds: readonly string[], options: Omit<OneTokenOptions, 'modelId'>): Promise<FoundModel> => {
  let wrong: Exclude<FoundModel, { modelId: string }> | undefined;
  for (const modelId of modelIds.slice(0, MOST_TRIED)) {
    const found = await tryOneToken({ ...options, modelId });
    // It wants more than one token, but key and model are good.
    if (found === undefined || found.failure.kind === 'request-refused') return { modelId };
    wrong ??= { says: troubleText(found.failure, modelId, options.region), cure: cureOf(found.failure) };
    if (OF_THE_KEY.has(found.failure.kind)) return wrong;
  }
  return wrong ?? { says: `No model is known in ${options.region}.`, cure: 'Name one with --model.' };
};
