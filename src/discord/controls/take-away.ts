import { describeDeliveryError, judgeDeliveryError } from '../reply/delivery-error.ts';
import { controlId } from './control-buttons.ts';
import { findWriting } from './find-writing.ts';
import type { ForgetExchange } from '../../conversation/forget.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log.ts';
import type { DiscordApi } from '../discord-api.ts';
import type { Running } from '../running.ts';
import type { RecentTokens } from './recent-tokens.ts';

export interface TakeAwayDependencies {
  readonly api: DiscordApi;
  readonly running: Running;
  readonly shownAnswers: ShownAnswers;
  readonly forgetExchange: ForgetExchange;
  readonly tokens: RecentTokens;
  readonly log: Log;
}

export interface TakeAway {
  /** Deletes messages of answers. What cannot be deleted stays, and is told in the log; true where all are gone. */
  messages(answer: Pick<ShownAnswer, 'questionId' | 'channelId' | 'isPrivate'>, messageIds: readonly string[]): Promise<boolean>;
  /** Takes an answer away, and all that continued it: its messages, what is remembered of it, its buttons. True as above. */
  answer(answer: ShownAnswer): Promise<boolean>;
}

export const createTakeAway = ({ api, running, shownAnswers, forgetExchange, tokens, log }: TakeAwayDependencies): TakeAway => {
  const messages: TakeAway['messages'] = async ({ questionId, channelId, isPrivate }, messageIds) => {
    let areGone = true;
    for (const messageId of messageIds) {
      const token = isPrivate ? tokens.find(messageId) : undefined;
      // Nobody but its reader can delete a private message without the token that it was sent with.
      if (isPrivate && token === undefined) {
        areGone = false;
        continue;
      }
      try {
        await (token === undefined ? api.deleteMessage(channelId, messageId) : api.deleteReply(token, messageId));
      } catch (error) {
        areGone &&= judgeDeliveryError(error) === 'message-gone';
        log.debug({ questionId, channelId, reason: describeDeliveryError(error) }, 'a message of an answer could not be deleted');
      }
    }
    return areGone;
  };

  const withContinuations = async (first: ShownAnswer): Promise<readonly ShownAnswer[]> => {
    const answers = [first];
    for (let next = first.continuedBy; next !== undefined; ) {
      // What is being written takes itself away when it has ended.
      findWriting(running, controlId(next))?.cancel('question deleted');
      const answer: ShownAnswer | undefined = await shownAnswers.find(controlId(next));
      if (answer !== undefined) answers.push(answer);
      next = answer?.continuedBy;
    }
    return answers;
  };

  return {
    messages,
    answer: async (first) => {
      const answers = await withContinuations(first);
      // Forgotten first: the next question may be on its way already.
      for (const { conversationId, questionId } of answers) await forgetExchange(conversationId, questionId);
      for (const { questionId } of answers) await shownAnswers.drop(controlId(questionId));
      let areGone = true;
      for (const answer of answers) areGone = (await messages(answer, answer.messageIds)) && areGone;
      return areGone;
    },
  };
};
