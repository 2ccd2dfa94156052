import { originOf } from '../../conversation/question.ts';
import { controlId } from './control-buttons.ts';
import type { Forget } from '../../conversation/forget.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { PendingQuestions, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { RecentIds } from '../rest/recent-ids.ts';
import type { DeleteAnswer } from './delete-answer.ts';

export interface QuestionDeletedDependencies {
  readonly inProgress: QuestionsInProgress;
  readonly shownAnswers: ShownAnswers;
  readonly pendingQuestions: Pick<PendingQuestions, 'forgetIn'>;
  readonly ledger: Pick<Ledger, 'forget'>;
  readonly histories: HistoryStore;
  readonly forget: Forget;
  readonly deleteAnswer: DeleteAnswer;
  /** For questions that are deleted before they are taken on. */
  readonly deleted: RecentIds;
}

export interface QuestionDeleted {
  /** Messages were deleted: those that asked something take their answers with them. */
  messages(messageIds: readonly string[]): Promise<void>;
  /** Channels or threads were deleted, and with them everything that was said there. */
  places(channelIds: readonly string[]): Promise<void>;
}

export const createQuestionDeleted = ({
  inProgress,
  shownAnswers,
  pendingQuestions,
  ledger,
  histories,
  forget,
  deleteAnswer,
  deleted,
}: QuestionDeletedDependencies): QuestionDeleted => ({
  messages: async (messageIds) => {
    for (const messageId of messageIds) deleted.add(messageId);
    for (const messageId of messageIds) {
      const writing = inProgress.all().find(({ question }) => originOf(question) === messageId);
      if (writing !== undefined) {
        // When it has ended, its messages are taken away.
        writing.cancel('question deleted');
        continue;
      }
      const answer = await shownAnswers.find(controlId(messageId));
      if (answer !== undefined) await deleteAnswer.answer(answer);
    }
  },
  places: async (channelIds) => {
    for (const channelId of channelIds) {
      for (const { target, cancel } of inProgress.all()) if (target.channelId === channelId) cancel('nobody can read the answer');
      for (const conversationId of await histories.heldIn(channelId)) await forget(conversationId);
      // Of conversations in which nothing was answered yet, too.
      await pendingQuestions.forgetIn(channelId);
      await ledger.forget({ channelId });
    }
  },
});
