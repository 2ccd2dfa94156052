import { askedBefore } from '../../conversation/asked-before.ts';
import { siblingPlace } from '../../conversation/siblings.ts';
import { isCutOff, offerButtons } from '../controls/control-buttons.ts';
import { prefaceAbove } from '../controls/regenerate-button.ts';
import { noncesOf } from './find-question.ts';
import { createChannelTarget } from '../reply/channel-target.ts';
import { createResumedTarget } from '../reply/resumed-target.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { ShowSibling } from '../controls/show-sibling.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { LostMessages } from '../rest/lost-messages.ts';

export interface FinishTurnDependencies {
  readonly api: DiscordApi;
  readonly shownAnswers: Pick<ShownAnswers, 'find' | 'save'>;
  readonly histories: Pick<HistoryStore, 'load' | 'change'>;
  readonly showSibling: ShowSibling;
  readonly lostMessages: Pick<LostMessages, 'leftBehind'>;
  readonly log: Log;
}

/**
 * Shows what an answer was turned to, in its messages and those that were made since. False where something of the one before it is left. Rejects
 * with a `Failure` where that cannot be, or when the store fails.
 */
export type FinishTurn = (id: string, pressId: string) => Promise<boolean>;

export const createFinishTurn = ({ api, shownAnswers, histories, showSibling, lostMessages, log }: FinishTurnDependencies): FinishTurn => {
  return async (id, pressId) => {
    const answer = await shownAnswers.find(id);
    const { history } = answer === undefined ? { history: undefined } : await histories.load(answer.conversationId);
    const exchange = history?.exchanges.find(({ id: questionId }) => questionId === answer?.questionId);
    if (answer === undefined || exchange === undefined) return true;
    const { channelId, replyTo, askedIn, asker, messageIds, noticeIds = [], questionId, conversationId } = answer;
    const words = messageIds.filter((messageId) => !noticeIds.includes(messageId));
    const place = { ...createChannelTarget(api, { channelId, questionId: pressId, replyTo, askedIn, askerId: asker.id }), preface: prefaceAbove(answer, askedBefore(exchange.turns[0])) };
    const target = createResumedTarget(place, { removed: () => undefined }, words, false, () => lostMessages.leftBehind(channelId, noncesOf(pressId)));
    const wasCutOff = isCutOff(exchange.stopReason);
    const buttons = offerButtons(id, { isEdited: false, isCutOff: wasCutOff, sibling: siblingPlace(exchange) });
    const { messageIds: shown, isTidy } = await showSibling({ target, askerId: asker.id, exchange, buttons });
    if (!isTidy) return false;
    await shownAnswers.save(id, { ...answer, messageIds: [...shown, ...noticeIds], isCutOff: wasCutOff });
    await histories.change(conversationId, questionId, (found) => ({ ...found, replyMessageIds: shown }));
    log.info({ questionId, channelId }, 'another answer to a question, to which somebody had turned, is shown to its end');
    return true;
  };
};
