import { addBelow } from '../reply/add-below.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import { nonceOf } from '../rest/discord-api.ts';
import { channelOf } from '../../conversation/scope.ts';
import { NOT_REMEMBERED_NOTE } from '../texts/answer-texts.ts';
import { claimSoon, soon } from './claim-soon.ts';
import { controlId } from './control-buttons.ts';
import { withButtons } from './dead-buttons.ts';
import type { Exchange } from '../../conversation/history.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { DiscordApi, InteractionAddress } from '../rest/discord-api.ts';
import type { DeadButtons } from './dead-buttons.ts';
import type { DeleteAnswer } from './delete-answer.ts';
import type { Deletable, FindAnswer } from './find-answer.ts';
import type { RecentTokens } from './recent-tokens.ts';

export interface UndoAnswerDependencies {
  readonly api: DiscordApi;
  readonly inProgress: Pick<QuestionsInProgress, 'all'>;
  readonly ledger: Pick<Ledger, 'openElsewhere'>;
  readonly shownAnswers: ShownAnswers;
  readonly findAnswer: FindAnswer;
  readonly deleteAnswer: Pick<DeleteAnswer, 'forget'>;
  readonly deadButtons: Pick<DeadButtons, 'left'>;
  readonly tokens: RecentTokens;
  readonly log: Log;
}

type ShownPlace = Pick<ReplyTarget, 'edit' | 'create' | 'maxMessages'> & { read(): Promise<string | undefined> };

/**
 * Takes a question and all of its answers out of what is remembered, as if it had been deleted. What people see of it stays, without its buttons and
 * with a line that says so, where Discord still lets us change it. False where somebody is just being answered there, by whatever process.
 * @param isGuest whether no bot is there, so that only the tokens of interactions reach what was written
 * @throws when the store fails
 */
export type UndoAnswer = (conversationId: string, exchange: Pick<Exchange, 'id' | 'askerId' | 'replyMessageIds'>, isGuest: boolean) => Promise<boolean>;

export const createUndoAnswer = ({ api, inProgress, ledger, shownAnswers, findAnswer, deleteAnswer, deadButtons, tokens, log }: UndoAnswerDependencies): UndoAnswer => {
  /** The ways to a message that is shown already: in its channel, where everybody sees it, and by the token that it was written with. */
  const waysTo = ({ questionId, channelId, isPrivate }: Deletable, messageId: string): readonly ShownPlace[] => {
    const token = tokens.find(messageId);
    const inChannel: ShownPlace = {
      read: () => api.readMessage(channelId, messageId),
      edit: (_part, id, message, how) => api.editMessage(channelId, id, message, how),
      create: (part, message, how) => api.createMessage(channelId, message, { nonce: nonceOf(`undone:${questionId}`, part, false), replyTo: messageId, ...how }),
    };
    const byToken = (address: InteractionAddress): ShownPlace => ({
      maxMessages: 1,
      read: async () => (await api.getReply(address, messageId)).content || undefined,
      edit: (_part, id, message, how) => api.editReply(address, id, message, how?.signal),
      create: () => Promise.reject(new Error('there is one message only')),
    });
    return [...(isPrivate ? [] : [inChannel]), ...(token === undefined ? [] : [byToken(token)])];
  };

  /** Nobody can change them any more. */
  const isOutOfReach = (answer: Deletable): boolean => answer.isPrivate && withButtons(answer).every((messageId) => tokens.find(messageId) === undefined);

  /** Whether nothing is left to be done to the messages of an answer. */
  const isMarked = async (answer: Deletable): Promise<boolean> => {
    const { questionId, channelId, messageIds, noticeIds = [] } = answer;
    const messageId = messageIds.findLast((id) => !noticeIds.includes(id));
    for (const way of messageId === undefined ? [] : waysTo(answer, messageId)) {
      try {
        const content = await way.read();
        if (content === undefined) continue;
        if (!content.endsWith(NOT_REMEMBERED_NOTE)) await addBelow(way, { part: 0, id: messageId ?? '', shown: { content } }, NOT_REMEMBERED_NOTE);
        return withButtons(answer).length === 1;
      } catch (error) {
        log.debug({ questionId, channelId, reason: describeDeliveryError(error) }, 'below an answer it could not be said that it is not remembered');
      }
    }
    return false;
  };

  const mark = async (answers: readonly Deletable[]): Promise<void> => {
    const ids = answers.map(({ questionId }) => controlId(questionId));
    try {
      // Noted first: whatever ends in between, buttons that do nothing are taken away.
      await shownAnswers.noteDead(ids);
      for (const answer of answers) {
        if (isOutOfReach(answer) || (await isMarked(answer))) await shownAnswers.forgetDead(controlId(answer.questionId));
        else await deadButtons.left([answer.questionId]);
      }
    } catch (error) {
      log.debug({ reason: describeDeliveryError(error) }, 'buttons of an answer that is not remembered could not be looked for');
    }
  };

  const isBusyElsewhere = async (conversationId: string): Promise<boolean> => !(await soon(async () => (await ledger.openElsewhere(conversationId)).length === 0));

  return async (conversationId, { id: questionId, askerId, replyMessageIds }, isGuest) => {
    const isBusy = inProgress.all().some(({ question }) => question.conversationId === conversationId) || (await isBusyElsewhere(conversationId));
    const id = controlId(questionId);
    if (isBusy || !(await claimSoon(shownAnswers, id))) return false;
    try {
      const found = await findAnswer(questionId);
      const unknown: Deletable = { questionId, conversationId, channelId: channelOf(conversationId), isPrivate: false, messageIds: replyMessageIds, asker: { id: askerId } };
      const forgotten = await deleteAnswer.forget(found ?? unknown);
      void mark(isGuest ? forgotten.map((answer) => ({ ...answer, isPrivate: true })) : forgotten);
      return true;
    } finally {
      await shownAnswers.release(id);
    }
  };
};
