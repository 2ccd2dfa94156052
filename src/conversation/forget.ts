import { countQuestions } from './continuation.ts';
import { without } from './history.ts';
import type { HistoryStore, Line } from './ports.ts';
import type { PendingQuestions } from './shown-answer.ts';

export interface ForgetDependencies {
  readonly line: Line;
  readonly histories: HistoryStore;
  readonly pendingQuestions: PendingQuestions;
}

export interface Forgotten {
  /** Whether there was anything to forget. */
  readonly wasAny: boolean;
  /** Questions that people asked, with their answers; what could not be read is not counted. */
  readonly questions: number;
}

/** Forgets a conversation, after the answers that were asked for before. */
export type Forget = (conversationId: string) => Promise<Forgotten>;

export const createForget =
  ({ line, histories, pendingQuestions }: ForgetDependencies): Forget =>
  (conversationId) =>
    line.inLane(
      conversationId,
      async () => {
        const { history } = await histories.load(conversationId);
        await pendingQuestions.forget(conversationId);
        return { wasAny: await histories.forget(conversationId), questions: countQuestions(history) };
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
        // Loaded first: what cannot be read any more is set aside by that.
        const { history } = await histories.load(conversationId);
        await histories.forgetUnreadable(conversationId);
        const rest = without(history, questionId);
        if (rest === history) return;
        await (rest.exchanges.length === 0 ? histories.forget(conversationId) : histories.save(conversationId, rest, history));
      },
      new AbortController().signal,
    );
