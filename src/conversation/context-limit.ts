/** How a prompt was too long: what it was estimated at, and what the model said of it. */
export interface TooLong {
  /** Of the whole prompt, in estimated tokens. */
  readonly estimatedTokens: number;
  /** The greatest answer that was asked for, in tokens. */
  readonly answerTokens: number;
  readonly told?: ToldLength | undefined;
  /** Its size says little of its tokens: there were files in it. */
  readonly isRoughCount: boolean;
}

/** What a refusal says of lengths, in tokens as the model counts them. */
export interface ToldLength {
  /** What the model takes in one call. */
  readonly mostTokens?: number | undefined;
  /** What the prompt was. */
  readonly promptTokens?: number | undefined;
}

/** How much a model takes in one call, prompt and answer together: what is known of it beforehand, and what it has said since. */
export interface ContextLimit {
  /** The longest prompt beside an answer of so many tokens, in estimated tokens. */
  promptTokens(answerTokens: number): number;
  /** A prompt was too long: the next ones will be shorter. */
  refused(tooLong: TooLong): void;
}

/** What is known of a model's window beforehand. */
export interface KnownWindow {
  readonly contextTokens: number;
  /** Nobody but an admin has described it. */
  readonly isDoubtful: boolean;
}

/** Taken where nobody has said anything of a model, in tokens. */
const UNKNOWN: KnownWindow = { contextTokens: 128_000, isDoubtful: true };
/** So much less is taken of models that are hardly known than is said of them, in tokens. */
const DOUBTFUL_LESS = 8_192;
/** Kept free of a window besides: our counts are estimates. */
const FREE = { share: 0.05, least: 1_024 };
/** What is kept free is never more than that share of a window. */
const MOST_FREE = 0.5;
/** No model takes less, and no prompt is bounded to less: a refusal that would say so means something else. */
const LEAST_TOKENS = { window: 2_048, prompt: 1_000 };

/**
 * @param known asked for each time, as an admin's file is read late
 * @param onLearned hears of each window that only a refusal has told, in tokens
 */
export const createContextLimit = (known: () => KnownWindow | undefined = () => undefined, onLearned?: (tokens: number) => void): ContextLimit => {
  let learned: number | undefined;
  /** Where refusals name no window: half of the shortest prompt that was too long, in estimated tokens. */
  let guessed = Number.POSITIVE_INFINITY;
  /** How many of the model's tokens one estimated token is, where it is more than one. */
  let weight = 1;

  const usable = (): number => {
    const { contextTokens, isDoubtful } = known() ?? UNKNOWN;
    const window = Math.min(contextTokens, learned ?? contextTokens);
    const free = Math.max(FREE.least, window * FREE.share, isDoubtful ? DOUBTFUL_LESS : 0);
    return window - Math.min(free, window * MOST_FREE);
  };

  return {
    promptTokens: (answerTokens) => Math.max(0, Math.min(guessed, Math.floor((usable() - answerTokens) / weight))),
    refused: ({ estimatedTokens, answerTokens, told = {}, isRoughCount }) => {
      const before = usable();
      if (told.promptTokens !== undefined && !isRoughCount && estimatedTokens > 0) weight = Math.max(weight, Math.min(4, told.promptTokens / estimatedTokens));
      const { mostTokens } = told;
      if (mostTokens !== undefined) {
        if (mostTokens < LEAST_TOKENS.window || mostTokens >= before) return;
        learned = mostTokens;
        onLearned?.(mostTokens);
        return;
      }
      // Files may be too large for another reason.
      const half = Math.floor(estimatedTokens / 2);
      if (isRoughCount || half < LEAST_TOKENS.prompt || half >= guessed) return;
      guessed = half;
      onLearned?.(half + answerTokens);
    },
  };
};
