import { toFailure } from '../conversation/failure.ts';
import type { Failure } from '../conversation/failure.ts';
import type { ControlPlane, ListedModel, ListedProfile } from './control-plane.ts';
import type { ModelBook } from './model-facts.ts';

/** An id that `BEDROCK_MODEL_ID` can be. */
export interface ModelChoice {
  readonly id: string;
  readonly name: string;
}

export interface Listing {
  readonly models: readonly ListedModel[];
  readonly profiles: readonly ListedProfile[];
}

/** The models that can be called from here. */
export interface Catalogue {
  /** What Bedrock lists; undefined where the key may not list, or Bedrock does not answer. Asked for at most once in a while. */
  listing(signal: AbortSignal): Promise<Listing | undefined>;
  /** Why there was none, the last time that it was asked for. */
  refusal(): Failure | undefined;
  /**
   * Ids that fit what somebody has typed so far, likeliest first. Where Bedrock lists nothing they come from our own file,
   * and any other id is as good: a suggestion is no permission.
   */
  suggest(typed: string, limit: number, signal: AbortSignal): Promise<readonly ModelChoice[]>;
}

export interface CatalogueOptions {
  readonly controlPlane: ControlPlane;
  readonly book: ModelBook;
  readonly region: string;
  /** Milliseconds that only go forward. */
  readonly now?: () => number;
}

/** Milliseconds that an answer is good for. */
const LISTED_MS = 60 * 60_000;
/** After a refusal or a failure: uncached denials have throttled others before. */
const REFUSED_MS = 10 * 60_000;

/** Lower-case words: somebody who types `haiku 5` means `us.anthropic.claude-haiku-5-5`. */
const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/[^a-z0-9]+/u).filter((word) => word !== '');

const fits = ({ id, name }: ModelChoice, typed: readonly string[]): boolean => {
  const text = wordsOf(`${id} ${name}`).join(' ');
  return typed.every((word) => text.includes(word));
};

const choicesOf = ({ models, profiles }: Listing): readonly ModelChoice[] => [
  ...profiles.map(({ id, name }) => ({ id, name })),
  ...models.filter(({ isOnDemand, isLegacy }) => isOnDemand && !isLegacy).map(({ id, name }) => ({ id, name })),
];

export const createCatalogue = ({ controlPlane, book, region, now = () => performance.now() }: CatalogueOptions): Catalogue => {
  let asked: Promise<Listing | undefined> | undefined;
  let goodUntil = Number.NEGATIVE_INFINITY;
  let refusal: Failure | undefined;

  const ask = async (signal: AbortSignal): Promise<Listing | undefined> => {
    try {
      const [models, profiles] = await Promise.all([controlPlane.listModels(signal), controlPlane.listProfiles(signal)]);
      goodUntil = now() + LISTED_MS;
      refusal = undefined;
      return { models, profiles };
    } catch (error) {
      refusal = toFailure(error);
      goodUntil = signal.aborted ? Number.NEGATIVE_INFINITY : now() + REFUSED_MS;
      return undefined;
    }
  };

  const listing = (signal: AbortSignal): Promise<Listing | undefined> => {
    if (asked !== undefined && now() < goodUntil) return asked;
    // While it is asked, whoever comes waits for the same answer.
    goodUntil = Number.POSITIVE_INFINITY;
    return (asked = ask(signal));
  };

  return {
    listing,
    refusal: () => refusal,
    suggest: async (typed, limit, signal) => {
      const listed = await listing(signal);
      const choices = listed === undefined ? book.idsIn(region) : choicesOf(listed);
      const words = wordsOf(typed);
      const found = choices.filter((choice) => fits(choice, words));
      const isBegun = ({ id }: ModelChoice): boolean => id.startsWith(typed.trim());
      return [...found.filter(isBegun), ...found.filter((choice) => !isBegun(choice))].slice(0, limit);
    },
  };
};
