import { originOf } from '../../conversation/question.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import { canTryAgain, controlId, createControlButtons, isCutOff } from './control-buttons.ts';
import type { Question } from '../../conversation/question.ts';
import type { PendingQuestion, PendingQuestions, ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { AnswerControls, EndedAnswer } from '../reply/answer-buttons.ts';
import type { DeadButtons } from './dead-buttons.ts';
import type { RecentIds } from '../rest/recent-ids.ts';
import type { RecentTokens } from './recent-tokens.ts';
import type { DeleteAnswer } from './delete-answer.ts';

/** Questions whose files are read again from Discord when they are asked again. Only their addresses are kept. */
const RECENT_FILES = 200;

/** What a question says, to be asked again. */
export const pendingOf = ({ text, ownAnswer, repliedTo = ownAnswer?.quoting.repliedTo, forwarded, also, locale, readFiles }: Question): PendingQuestion => ({
  text,
  ...(repliedTo === undefined ? {} : { repliedTo }),
  ...(forwarded === undefined ? {} : { forwarded }),
  ...(also === undefined ? {} : { also }),
  ...(locale === undefined ? {} : { locale }),
  hasFiles: readFiles !== undefined,
});

export interface AnswerControlsDependencies {
  readonly shownAnswers: ShownAnswers;
  readonly pendingQuestions: PendingQuestions;
  readonly deleteAnswer: DeleteAnswer;
  /** Messages that were deleted a moment ago. */
  readonly deleted: RecentIds;
  readonly tokens: RecentTokens;
  readonly deadButtons: Pick<DeadButtons, 'of' | 'in' | 'left'>;
  readonly log: Log;
}

export const createAnswerControls = ({ shownAnswers, pendingQuestions, deleteAnswer, deleted, tokens, deadButtons, log }: AnswerControlsDependencies): AnswerControls => {
  const ending = new Set<string>();
  const edited = new Set<string>();
  const files = new Map<string, NonNullable<Question['readFiles']>>();

  const rememberFiles = (questionId: string, readFiles: NonNullable<Question['readFiles']>): void => {
    files.delete(questionId);
    files.set(questionId, readFiles);
    const [oldest] = files.keys();
    if (files.size > RECENT_FILES && oldest !== undefined) files.delete(oldest);
  };

  /** The history holds the questions that were answered. The others are kept where there is a button to ask them again. */
  const keepUnanswered = async ({ report: { question, failure }, messageIds }: EndedAnswer): Promise<void> => {
    if (failure === undefined || messageIds.length === 0 || question.firstAskedAs !== undefined || !canTryAgain(failure.kind)) return;
    if (edited.has(question.id)) return;
    await pendingQuestions.save(question.conversationId, question.id, pendingOf(question));
  };

  const shownAnswer = ({ report, place, messageIds }: EndedAnswer): ShownAnswer => {
    const { question, exchange } = report;
    const { conversationId, guildId, asker, askedAt, isShared } = question;
    const { channelId, replyTo, askedIn, isPrivate } = place;
    const questionId = originOf(question);
    const wasCutOff = exchange !== undefined && isCutOff(exchange.stopReason);
    return { questionId, parts: question.parts, isFirstGone: question.isFirstGone, conversationId, guildId, asker, askedAt, isShared, isPrivate, channelId, replyTo, askedIn, messageIds, isCutOff: wasCutOff, behind: question.behind, continues: question.continues, continuesOr: question.continuesOr };
  };

  const keep = async (id: string, ended: EndedAnswer): Promise<void> => {
    const { question, exchange } = ended.report;
    const questionId = originOf(question);
    const earlier = question.firstAskedAs === undefined ? undefined : await shownAnswers.find(id);
    const answer = shownAnswer(ended);
    tokens.remember(answer.messageIds, ended.place);
    if (ended.isQuestionDeleted) {
      await deleteAnswer.answer({ ...answer, messageIds: [...(earlier?.messageIds ?? []), ...answer.messageIds], continuedBy: earlier?.continuedBy });
      return;
    }
    await keepUnanswered(ended);
    if (exchange === undefined) {
      // The earlier answer still stands, and so do its buttons. What only told of an earlier failure gives way to this one.
      const replaced = answer.messageIds.length === 0 ? [] : (earlier?.noticeIds ?? []).filter((messageId) => !answer.messageIds.includes(messageId));
      const messageIds = [...new Set([...(earlier?.messageIds ?? []), ...answer.messageIds])].filter((messageId) => !replaced.includes(messageId));
      // A message that stood there before, and was no notice, is an answer that came back.
      const answers = new Set(earlier?.messageIds).difference(new Set(earlier?.noticeIds));
      const noticeIds = ended.isNotice === true ? answer.messageIds.filter((messageId) => !answers.has(messageId)) : [];
      if (messageIds.length > 0) await shownAnswers.save(id, { ...(earlier ?? answer), messageIds, noticeIds: answer.messageIds.length === 0 ? earlier?.noticeIds : noticeIds });
      if (earlier !== undefined) await deleteAnswer.messages(earlier, replaced);
      return;
    }
    await shownAnswers.save(id, answer);
    if (question.firstAskedAs === undefined) return;
    if (!edited.has(questionId)) await pendingQuestions.drop(answer.conversationId, questionId);
    if (earlier !== undefined) await deleteAnswer.messages(earlier, earlier.messageIds.filter((messageId) => !answer.messageIds.includes(messageId)));
  };

  /** Buttons of answers that are not remembered any more, since this one is. */
  const takeDeadAway = async ({ report: { question, exchange, leftHistory } }: EndedAnswer): Promise<void> => {
    if (exchange === undefined) return;
    // Noted before the question's row is closed: a process that dies before that looks through the whole conversation.
    if (leftHistory !== undefined) await deadButtons.left(leftHistory);
    else void deadButtons.in([question.conversationId]);
  };

  return {
    buttons: (question) => {
      const questionId = originOf(question);
      const buttons = createControlButtons(question, () => edited.has(questionId));
      const end = (): void => {
        ending.add(buttons.id);
      };
      return {
        whileWriting: () => buttons.whileWriting(),
        afterReply: (stopReason) => {
          end();
          return buttons.afterReply(stopReason);
        },
        afterFailure: (kind) => {
          end();
          return buttons.afterFailure(kind);
        },
      };
    },
    keep: async (ended) => {
      const { question } = ended.report;
      const questionId = originOf(question);
      const id = controlId(questionId);
      try {
        if (question.readFiles !== undefined && question.firstAskedAs === undefined) rememberFiles(questionId, question.readFiles);
        await keep(id, ended);
        await takeDeadAway(ended);
      } catch (error) {
        log.error({ questionId, reason: describeDeliveryError(error) }, 'the buttons of an answer will not work');
        void deadButtons.of(shownAnswer(ended));
      } finally {
        edited.delete(questionId);
        ending.delete(id);
      }
    },
    wasDeleted: (question) => deleted.has(originOf(question)),
    isEnding: (id) => ending.has(id),
    noteEdit: (questionId) => {
      edited.add(questionId);
    },
    recentFiles: (questionId) => files.get(questionId),
  };
};
