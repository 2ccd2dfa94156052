import { describeDeliveryError, judgeDeliveryError } from '../rest/delivery-error.ts';
import { controlId, findWriting } from './control-buttons.ts';
import type { ForgetExchange } from '../../conversation/forget.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { Deletable } from './find-answer.ts';
import type { RecentTokens } from './recent-tokens.ts';
import type { UntilDone } from './until-done.ts';

export interface DeleteAnswerDependencies {
  readonly api: DiscordApi;
  readonly inProgress: QuestionsInProgress;
  readonly shownAnswers: ShownAnswers;
  readonly forgetExchange: ForgetExchange;
  readonly ledger: Pick<Ledger, 'forget'>;
  readonly tokens: RecentTokens;
  readonly untilDone: UntilDone;
  readonly log: Log;
}

export interface DeleteAnswer {
  /** Deletes messages of answers. What cannot be deleted stays, and is told in the log; true where all are gone. */
  messages(answer: Pick<ShownAnswer, 'questionId' | 'channelId' | 'isPrivate'>, messageIds: readonly string[]): Promise<boolean>;
  /**
   * Takes an answer away, and all that continued it: its messages, what is remembered of it, its buttons. Where the store fails,
   * it is forgotten as soon as that works. Never rejects.
   */
  answer(answer: Deletable): Promise<{ readonly areGone: boolean; readonly isForgotten: boolean }>;
  /** Takes an answer out of what is remembered, and all that continued it; resolves with them. Their messages stay. @throws when the store fails */
  forget(answer: Deletable): Promise<readonly Deletable[]>;
}

export const createDeleteAnswer = ({ api, inProgress, shownAnswers, forgetExchange, ledger, tokens, untilDone, log }: DeleteAnswerDependencies): DeleteAnswer => {
  const messages: DeleteAnswer['messages'] = async ({ questionId, channelId, isPrivate }, messageIds) => {
    let areGone = true;
    for (const messageId of messageIds) {
      const token = tokens.find(messageId);
      const byToken = token === undefined ? [] : [() => api.deleteReply(token, messageId)];
      // Nobody but its reader can delete a private message without the token that it was sent with; nor anybody's where no bot is.
      const ways = isPrivate ? byToken : [() => api.deleteMessage(channelId, messageId), ...byToken];
      let isGone = false;
      for (const [index, way] of ways.entries()) {
        try {
          await way();
          isGone = true;
        } catch (error) {
          // A token knows only what was written with it.
          isGone = index === 0 && judgeDeliveryError(error) === 'message-gone';
          log.debug({ questionId, channelId, reason: describeDeliveryError(error) }, 'a message of an answer could not be deleted');
        }
        if (isGone) break;
      }
      areGone &&= isGone;
    }
    return areGone;
  };

  const withContinuations = async (first: Deletable): Promise<readonly Deletable[]> => {
    const answers = [first];
    for (let next = first.continuedBy; next !== undefined; ) {
      // What is being written takes itself away when it has ended.
      findWriting(inProgress, controlId(next))?.cancel('question deleted');
      const answer: ShownAnswer | undefined = await shownAnswers.find(controlId(next));
      if (answer !== undefined) answers.push(answer);
      next = answer?.continuedBy;
    }
    return answers;
  };

  const forget: DeleteAnswer['forget'] = async (first) => {
    const answers = await withContinuations(first);
    for (const { conversationId, questionId } of answers) await forgetExchange(conversationId, questionId);
    for (const { questionId } of answers) await ledger.forget({ questionId });
    return answers;
  };

  const forgetAndDelete = async (first: Deletable): Promise<boolean> => {
    // Forgotten first: the next question may be on its way already.
    const answers = await forget(first);
    let areGone = true;
    for (const answer of answers) {
      const id = controlId(answer.questionId);
      // Until it was forgotten, behind others in its lane, another answer may have taken its place, in other messages.
      const now = await shownAnswers.find(id);
      await shownAnswers.drop(id);
      areGone = (await messages(answer, [...new Set([...answer.messageIds, ...(now?.messageIds ?? [])])])) && areGone;
    }
    return areGone;
  };

  return {
    messages,
    forget,
    answer: async (first) => {
      try {
        return { areGone: await forgetAndDelete(first), isForgotten: true };
      } catch (error) {
        const { questionId } = first;
        log.error({ questionId, reason: describeDeliveryError(error) }, 'a deleted question cannot be forgotten now; it is as soon as the store works');
        untilDone.later(questionId, () => forgetAndDelete(first));
        // What people see goes whatever the store does.
        return { areGone: await messages(first, first.messageIds), isForgotten: false };
      }
    },
  };
};
