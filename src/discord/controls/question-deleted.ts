import { originOf } from '../../conversation/question.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import type { Forget } from '../../conversation/forget.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { PendingQuestions } from '../../conversation/shown-answer.ts';
import type { Bursts } from '../intake/bursts.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { RecentIds } from '../rest/recent-ids.ts';
import type { Log } from '../../log/log.ts';
import type { DeleteAnswer } from './delete-answer.ts';
import type { FindAnswer } from './find-answer.ts';
import type { UntilDone } from './until-done.ts';

export interface QuestionDeletedDependencies {
  readonly inProgress: QuestionsInProgress;
  readonly bursts: Pick<Bursts, 'deleted'>;
  readonly findAnswer: FindAnswer;
  readonly pendingQuestions: Pick<PendingQuestions, 'forgetIn'>;
  readonly ledger: Pick<Ledger, 'find' | 'forget'>;
  readonly histories: HistoryStore;
  readonly forget: Forget;
  readonly deleteAnswer: DeleteAnswer;
  /** For questions that are deleted before they are taken on. */
  readonly deleted: RecentIds;
  readonly untilDone: UntilDone;
  readonly log: Log;
}

export interface QuestionDeleted {
  /** Messages were deleted: those that asked something take their answers with them. */
  messages(messageIds: readonly string[]): Promise<void>;
  /** Channels or threads were deleted, and with them everything that was said there. */
  places(channelIds: readonly string[]): Promise<void>;
}

export const createQuestionDeleted = ({
  inProgress,
  bursts,
  findAnswer,
  pendingQuestions,
  ledger,
  histories,
  forget,
  deleteAnswer,
  deleted,
  untilDone,
  log,
}: QuestionDeletedDependencies): QuestionDeleted => {
  /** Now or, where the store fails, as soon as it works; which is told once. */
  const surely = async (key: string, work: () => Promise<void>): Promise<void> => {
    // A hundred messages that were deleted together would wait for the store one after the other.
    if (untilDone.isWaiting) return untilDone.later(key, work);
    try {
      await work();
    } catch (error) {
      log.error({ reason: describeDeliveryError(error) }, 'what was deleted cannot be looked up now; it is as soon as the store works');
      untilDone.later(key, work);
    }
  };

  /** What a message was a part of has its answer under the id of its first. */
  const answerOfWhole = async (messageId: string) => {
    const whole = (await ledger.find(messageId))?.partOf;
    return whole === undefined ? undefined : findAnswer(whole);
  };

  return {
    messages: async (messageIds) => {
      for (const messageId of messageIds) deleted.add(messageId);
      for (const messageId of messageIds) {
        // One of several that a question was said in, before it is answered: the others still are.
        if (await bursts.deleted(messageId)) continue;
        const writing = inProgress.all().find(({ question, live }) => originOf(question) === messageId || live.more.includes(messageId));
        if (writing !== undefined) {
          // When it has ended, its messages are taken away.
          writing.cancel('question deleted');
          continue;
        }
        await surely(`answer to ${messageId}`, async () => {
          const answer = (await findAnswer(messageId)) ?? (await answerOfWhole(messageId));
          if (answer !== undefined) await deleteAnswer.answer(answer);
        });
      }
    },
    places: async (channelIds) => {
      for (const channelId of channelIds) {
        for (const { target, cancel } of inProgress.all()) if (target.channelId === channelId) cancel('nobody can read the answer');
        await surely(`in ${channelId}`, async () => {
          for (const conversationId of await histories.heldIn(channelId)) await forget(conversationId);
          // Of conversations in which nothing was answered yet, too.
          await pendingQuestions.forgetIn(channelId);
          await ledger.forget({ channelId });
        });
      }
    },
  };
};
