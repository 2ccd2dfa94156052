import { countQuestions } from './continuation.ts';
import { shapeOf } from './history-shape.ts';
import type { Ledger, LedgerRow } from './ledger.ts';
import type { HistoryStore, Line } from './ports.ts';
import type { PendingQuestions } from './shown-answer.ts';

export interface ForgetDependencies {
  readonly line: Line;
  readonly histories: HistoryStore;
  readonly pendingQuestions: PendingQuestions;
  readonly ledger: Pick<Ledger, 'forget'>;
}

export interface Forgotten {
  /** Whether there was anything to forget. */
  readonly wasAny: boolean;
  /** Questions that people asked, with their answers; what could not be read is not counted. */
  readonly questions: number;
  /** Questions that were interrupted, and could be tried again until now. */
  readonly interrupted: readonly LedgerRow[];
}

/** Forgets a conversation, after the answers that were asked for before. */
export type Forget = (conversationId: string) => Promise<Forgotten>;

export const createForget =
  ({ line, histories, pendingQuestions, ledger }: ForgetDependencies): Forget =>
  (conversationId) =>
    line.inLane(
      conversationId,
      async () => {
        const { history } = await histories.load(conversationId);
        await pendingQuestions.forget(conversationId);
        // Before the history, with which the file is made clean.
        const interrupted = await ledger.forget({ conversationId });
        const wasAny = await histories.forget(conversationId);
        return { wasAny: wasAny || interrupted.length > 0, questions: countQuestions(history), interrupted };
      },
      new AbortController().signal,
    );

/** Forgets all chains of replies of a channel; by their common name. Also tells which they were. */
export type ForgetChains = (chains: string) => Promise<Forgotten & { readonly conversationIds: readonly string[] }>;

export const createForgetChains =
  ({ histories, pendingQuestions, ledger }: ForgetDependencies, forget: Forget): ForgetChains =>
  async (chains) => {
    const conversationIds = await histories.heldIn(chains);
    const forgotten: Forgotten[] = [];
    for (const conversationId of conversationIds) forgotten.push(await forget(conversationId));
    // Of those in which nothing was answered yet, too.
    await pendingQuestions.forgetIn(chains);
    const interrupted = [...forgotten.flatMap((each) => each.interrupted), ...(await ledger.forget({ chains }))];
    const wasAny = interrupted.length > 0 || forgotten.some((each) => each.wasAny);
    return { wasAny, questions: forgotten.reduce((sum, { questions }) => sum + questions, 0), interrupted, conversationIds };
  };

/** Forgets one question and its answer, and leaves the rest of the conversation as it is. */
export type ForgetExchange = (conversationId: string, questionId: string) => Promise<void>;

export const createForgetExchange =
  ({ line, histories, pendingQuestions }: Omit<ForgetDependencies, 'ledger'>): ForgetExchange => {
  const forgetIn = (conversationId: string, questionId: string): Promise<string | undefined> =>
    line.inLane(
      conversationId,
      async () => {
        await pendingQuestions.drop(conversationId, questionId);
        // Loaded first: what cannot be read any more is set aside by that.
        const { history } = await histories.load(conversationId);
        await histories.forgetUnreadable(conversationId);
        const rest = shapeOf(conversationId).without(history, questionId);
        if (rest !== history) await (rest.exchanges.length === 0 ? histories.forget(conversationId) : histories.save(conversationId, rest, history));
        return rest === history ? histories.movedTo(questionId) : undefined;
      },
      new AbortController().signal,
    );
  return async (conversationId, questionId) => {
    // It may have been moved while this waited, or since whoever asks has learned where it is.
    const moved = await forgetIn(conversationId, questionId);
    if (moved !== undefined && moved !== conversationId) await forgetIn(moved, questionId);
  };
};
