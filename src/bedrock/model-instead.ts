import { createModelBook } from './model-facts.ts';
import { GEOGRAPHY, likelyProfile, successorOf } from './model-ids.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { ModelBook } from './model-facts.ts';

const OUR_BOOK = createModelBook();

/** The model id that would cure a failure, where another model id can and we know one. */
export const modelInstead = (kind: FailureKind, modelId: string, region: string, book: ModelBook = OUR_BOOK): string | undefined => {
  const isName = !modelId.startsWith('arn:');
  const known = book.find(modelId)?.baseId;
  const profile = known === undefined ? undefined : book.profileIn(known, region);
  switch (kind) {
    case 'model-needs-profile':
      return profile ?? (isName && !GEOGRAPHY.test(modelId) ? likelyProfile(modelId, region) : undefined);
    case 'model-unknown':
      // The same model, where it is offered in this region at all.
      return profile === undefined || profile === modelId ? successorOf(modelId, region) : profile;
    case 'model-retired':
      return successorOf(modelId, region);
    default:
      return undefined;
  }
};
