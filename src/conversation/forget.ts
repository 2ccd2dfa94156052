import { without } from './history.ts';
import type { HistoryStore, Line } from './ports.ts';
import type { PendingQuestions } from './shown-answer.ts';

export interface ForgetDependencies {
  readonly line: Line;
  readonly histories: HistoryStore;
  readonly pendingQuestions: PendingQuestions;
}

/** Forgets a conversation, after the answers that were asked for before. True when there was something to forget. */
export type Forget = (conversationId: string) => Promise<boolean>;

export const createForget =
  ({ line, histories, pendingQuestions }: ForgetDependencies): Forget =>
  (conversationId) =>
    line.inLane(
      conversationId,
      async () => {
        await pendingQuestions.forget(conversationId);
        return histories.forget(conversationId);
      },
      new AbortController().signal,
    );

/** Forgets one question and its answer, and leaves the rest of the conversation as it is. */
export type ForgetExchange = (conversationId: string, questionId: string) => Promise<void>;

export const createForgetExchange =
  ({ line, histories, pendingQuestions }: ForgetDependencies): ForgetExchange =>
  (conversationId, questionId) =>
    line.inLane(
      conversationId,
      async () => {
        await pendingQuestions.drop(conversationId, questionId);
        await histories.forgetUnreadable(conversationId);
        const { history } = await histories.load(conversationId);
        const rest = without(history, questionId);
        if (rest === history) return;
        await (rest.exchanges.length === 0 ? histories.forget(conversationId) : histories.save(conversationId, rest, history));
      },
      new AbortController().signal,
    );
