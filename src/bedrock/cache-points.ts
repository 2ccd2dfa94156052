import { allButLast, createSum } from '../conversation/growing-list.ts';
import { estimateTextTokens, estimateTurnTokens } from '../conversation/token-estimate.ts';
import type { Turn } from '../conversation/turn.ts';
import type { Prompt } from '../conversation/prompt.ts';

/**
 * Lets a model keep all that stands before it: what is read again within five minutes costs a tenth, and no quota.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export const CACHE_POINT = { cachePoint: { type: 'default' } } as const;

/** Where cache points stand in a request: three at most, of the four that Bedrock takes. */
export interface CachePoints {
  /** Behind the system prompt. */
  readonly afterSystem: boolean;
  /** Behind the last turn before the new one. The next question's prompt begins with all of it. */
  readonly afterHistory: boolean;
  /** Behind so many turns, which leave together later: what is read again with each question until then is still kept when they do. */
  readonly afterTurns?: number | undefined;
}

const NO_CACHE_POINTS: CachePoints = { afterSystem: false, afterHistory: false };

/** Bedrock's translation for Claude breaks behind a document that is text. */
const mayFollow = (turn: Turn | undefined): boolean => {
  const last = turn?.content.at(-1);
  return last !== undefined && (!('document' in last) || last.document.format === 'pdf');
};

const turnTokens = createSum<Turn, number>((total = 0, turns) => turns.reduce((sum, turn) => sum + estimateTurnTokens(turn), total));

/**
 * The cache points that are worth it. Shorter beginnings are not kept.
 * @param fromTokens what the model's maker demands; undefined: the model takes no cache points
 */
export const cachePointsOf = ({ system, turns, leavingTurns = 0 }: Prompt, fromTokens: number | undefined): CachePoints => {
  if (fromTokens === undefined) return NO_CACHE_POINTS;
  const characters = system.reduce((sum, { length }) => sum + length, 0);
  // A token has a character at least: the usual first question need not be counted.
  if (turns.length === 1 && characters < fromTokens) return NO_CACHE_POINTS;
  const systemTokens = system.reduce((sum, text) => sum + estimateTextTokens(text), 0);
  const mayHaveHistory = turns.length > 1 && mayFollow(turns.at(-2));
  const leaving = leavingTurns < turns.length - 1 ? turns.slice(0, leavingTurns) : [];
  const leavingTokens = leaving.reduce((sum, turn) => sum + estimateTurnTokens(turn), systemTokens);
  return {
    ...(mayFollow(leaving.at(-1)) && leavingTokens >= fromTokens ? { afterTurns: leavingTurns } : {}),
    afterSystem: system.length > 0 && systemTokens >= fromTokens,
    afterHistory: mayHaveHistory && systemTokens + turnTokens(allButLast(turns)) >= fromTokens,
  };
};
