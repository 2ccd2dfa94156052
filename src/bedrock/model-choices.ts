import { cleanLine } from '../conversation/question.ts';
import type { Catalogue } from './catalogue.ts';
import type { ModelBook } from './model-facts.ts';
import type { ModelChoices } from '../conversation/model-choices.ts';

export interface ModelChoicesOptions {
  readonly catalogue: Catalogue;
  readonly book: ModelBook;
  readonly region: string;
  /** The one of the environment, which can be chosen whatever is listed. */
  readonly defaultId: string;
}

/** Discord waits three seconds for suggestions. */
const WITHIN_MS = 2_000;
/** More than Bedrock has. */
const ALL = 10_000;
/** Profiles that an account has made itself are in no list that this key may read. */
const ARN = /^arn:aws[\w-]*:bedrock:[a-z\d-]+:\d{12}:[\w-]+\/[\w.:/-]+$/u;

const detailOf = (book: ModelBook, id: string): string => {
  const known = book.find(id);
  if (known === undefined) return 'price not known';
  const price = known.price === undefined ? 'price not known' : `$${known.price.input} in, $${known.price.output} out per million tokens`;
  return `${price} · context ${Math.round(known.contextTokens / 1_000)}k`;
};

export const createModelChoices = ({ catalogue, book, region, defaultId }: ModelChoicesOptions): ModelChoices => {
  const suggest: ModelChoices['suggest'] = async (typed, limit) => {
    const found = await catalogue.suggest(typed, ALL, AbortSignal.timeout(WITHIN_MS));
    // What is known comes first: it answers, and its price can be said.
    const own = new Set(book.idsIn(region).map(({ id }) => id));
    const rank = (id: string): number => (own.has(id) ? 0 : book.find(id) === undefined ? 2 : 1);
    return found.toSorted((one, other) => rank(one.id) - rank(other.id)).slice(0, limit).map(({ id, name }) => ({ id, name: book.find(id)?.name ?? cleanLine(name, 80), detail: detailOf(book, id) }));
  };
  return {
    suggest,
    problemWith: async (modelId) => {
      if (modelId === defaultId || ARN.test(modelId)) return undefined;
      const all = await suggest('', ALL);
      if (all.some(({ id }) => id === modelId)) return undefined;
      const near = all.find(({ id }) => id.endsWith(`.${modelId}`));
      return near === undefined ? 'is not among those that can be called from my region' : `is not among those that can be called from my region; perhaps you mean ${near.id}`;
    },
  };
};
