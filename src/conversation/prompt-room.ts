import { MAX_EARLIER_FILE_TOKENS } from './file-limits.ts';
import { estimateTurnTextTokens, estimateTurnTokens } from './token-estimate.ts';
import type { History } from './history.ts';
import type { PlaceSettings } from './ports.ts';
import type { Turn } from './turn.ts';

/** What a prompt may hold, in estimated tokens. */
export interface PromptRoom {
  /** System prompt, history and question together, without files. */
  readonly maxTokens: number;
  /** Files of earlier questions. */
  readonly earlierFileTokens: number;
}

/** Files of earlier questions get no more of what the model takes. */
const FILES_SHARE = 1 / 3;

const fileTokensOf = ({ exchanges }: History): number => exchanges.reduce((sum, { turns: [question] }) => sum + estimateTurnTokens(question) - estimateTurnTextTokens(question), 0);

/**
 * The room of a prompt: what an admin allows, where the model does not take less beside the greatest answer.
 * @param asked the question
 */
export const promptRoom = (
  { maxTokens, contextLimit, answerTokens, usualAnswerTokens = 0 }: Pick<PlaceSettings, 'maxTokens' | 'contextLimit' | 'answerTokens' | 'usualAnswerTokens'>,
  history: History,
  asked: Turn,
): PromptRoom => {
  if (contextLimit === undefined) return { maxTokens, earlierFileTokens: MAX_EARLIER_FILE_TOKENS };
  const room = Math.max(0, contextLimit.promptTokens(answerTokens ?? usualAnswerTokens) - estimateTurnTokens(asked) + estimateTurnTextTokens(asked));
  const earlierFileTokens = Math.min(MAX_EARLIER_FILE_TOKENS, Math.floor(room * FILES_SHARE));
  // Most conversations are far from it, and need not be counted.
  if (room - earlierFileTokens >= maxTokens) return { maxTokens, earlierFileTokens };
  return { maxTokens: Math.min(maxTokens, room - Math.min(earlierFileTokens, fileTokensOf(history))), earlierFileTokens };
};
