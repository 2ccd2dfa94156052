import { Failure } from './failure.ts';
import { MAX_IMAGES } from './file-limits.ts';

/** How many images the model takes in one request: what is known of it beforehand, and what it has said since. */
export interface ImageLimit {
  most(): number;
  /** It takes no more than so many. */
  lower(most: number): void;
}

/**
 * @param known what is known of the model, if anything
 * @param onLower hears of each limit that only a refusal has told
 */
export const createImageLimit = (known: () => number | undefined = () => undefined, onLower?: (most: number) => void): ImageLimit => {
  let learned: number | undefined;
  const most = (): number => Math.min(MAX_IMAGES, known() ?? MAX_IMAGES, learned ?? MAX_IMAGES);
  return {
    most,
    lower: (said) => {
      if (said >= most()) return;
      learned = said;
      onLower?.(said);
    },
  };
};

/**
 * Makes an attempt, and another one with fewer images each time that these were too many for the model.
 * @param mayAskAgain whether nothing of an answer was shown yet
 */
export const withinImageLimit = async <Result>(limit: ImageLimit, attempt: () => Promise<Result>, mayAskAgain: () => boolean): Promise<Result> => {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const most = error instanceof Failure ? error.mostImages : undefined;
      if (most === undefined || !mayAskAgain()) throw error;
      limit.lower(most);
    }
  }
};
