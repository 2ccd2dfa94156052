import { createResumedTarget } from '../reply/resumed-target.ts';
import { namesFirst } from '../reply/channel-target.ts';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import { persist } from '../rest/persist.ts';
import { Failure } from '../../conversation/failure.ts';
import { askedBefore } from '../../conversation/asked-before.ts';
import { showing, siblingPlace } from '../../conversation/siblings.ts';
import { ALREADY_WRITING_TEXT, ANSWER_FORGOTTEN_TEXT, SIBLING_GONE_TEXT, SIBLING_LATER_TEXT, SIBLING_NOT_SHOWN_TEXT } from '../texts/answer-texts.ts';
import { claimSoon } from './claim-soon.ts';
import { isCutOff, offerButtons, pageIn } from './control-buttons.ts';
import { openPressedTarget, refusePress, tellInPrivate } from './open-press.ts';
import { wordsBefore, prefaceAbove } from './regenerate-button.ts';
import type { MessageComponentInteraction } from 'discord.js';
import type { Exchange } from '../../conversation/history.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { OnComponent } from '../intake/on-interaction.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { OpenPress } from './open-press.ts';
import type { ShowSibling } from './show-sibling.ts';

export interface PageButtonDependencies {
  readonly api: DiscordApi;
  readonly openPress: OpenPress;
  readonly histories: Pick<HistoryStore, 'change'>;
  readonly shownAnswers: ShownAnswers;
  readonly showSibling: ShowSibling;
  readonly log: Log;
}

/** How long messages that nobody is to see any more are taken away while Discord is failing, in milliseconds. */
const TAKE_BACK_WITHIN_MS = 90_000;

/** The messages that it stands in, without those that tell why another attempt failed. */
const wordsOf = ({ messageIds, noticeIds = [] }: ShownAnswer): readonly string[] => messageIds.filter((messageId) => !noticeIds.includes(messageId));

/**
 * ‹ and ›: another answer to the same question takes the place of the one that is shown, in its messages and in what is
 * remembered. The button says which: pressed again where that was interrupted half-way, it puts both in order.
 */
export const createPageButton = ({ api, openPress, histories, shownAnswers, showSibling, log }: PageButtonDependencies): OnComponent => {
  /** Out of its lane, where another answer may be under way for minutes: what others do to the conversation meanwhile stays. */
  const change = ({ conversationId, questionId }: ShownAnswer, how: (exchange: Exchange) => Exchange | undefined): Promise<Exchange | undefined> =>
    histories.change(conversationId, questionId, how);

  /** @param onMade hears of each message that is made for it */
  const placeOf = async (interaction: MessageComponentInteraction, answer: ShownAnswer, exchange: Exchange, onMade: (messageId: string) => void): Promise<ReplyTarget> => {
    const { user, message } = interaction;
    const target = await openPressedTarget(api, interaction, answer, {
      replyTo: answer.replyTo,
      askedIn: answer.askedIn,
      preface: prefaceAbove(answer, askedBefore(exchange.turns[0])),
      before: wordsBefore(answer, message),
      named: namesFirst(message.content, user.id) ? [message.id] : [],
      acknowledge: () => interaction.deferUpdate(),
    });
    if (target.place.interaction !== undefined) return target;
    const making: ReplyTarget = {
      ...target,
      create: async (...args) => {
        const sent = await target.create(...args);
        onMade(sent.messageId);
        return sent;
      },
    };
    return createResumedTarget(making, { removed: () => undefined }, wordsOf(answer), false);
  };

  /** It was forgotten meanwhile, and its messages, where they went with it, were taken away: those that were made since would stay. */
  const takeBack = async (interaction: MessageComponentInteraction, answer: ShownAnswer, { id, target, messageIds }: { readonly id: string; readonly target: ReplyTarget; readonly messageIds: readonly string[] }): Promise<void> => {
    await shownAnswers.drop(id);
    for (const messageId of messageIds.filter((made) => !answer.messageIds.includes(made))) {
      const error = await persist([() => target.remove(1, messageId)], TAKE_BACK_WITHIN_MS);
      if (error !== undefined) log.warn({ questionId: answer.questionId, reason: describeDeliveryError(error) }, 'an answer that was to go could not be deleted');
    }
    await tellInPrivate(interaction, SIBLING_GONE_TEXT);
  };

  const turnTo = async (interaction: MessageComponentInteraction, answer: ShownAnswer, { id, number }: { readonly id: string; readonly number: number }): Promise<void> => {
    let before = number;
    const exchange = await change(answer, (found) => {
      before = siblingPlace(found).number;
      return showing(found, number);
    });
    if (exchange === undefined) return refusePress(interaction, SIBLING_GONE_TEXT);
    const wasCutOff = isCutOff(exchange.stopReason);
    let isNoted = false;
    const made: string[] = [];
    try {
      const target = await placeOf(interaction, answer, exchange, (messageId) => made.push(messageId));
      const buttons = offerButtons(id, { isEdited: false, isCutOff: wasCutOff, sibling: siblingPlace(exchange) });
      // In several messages it could be half there when the process ends, and its buttons not at all.
      if (target.place.interaction === undefined) {
        await shownAnswers.noteTurn(id, interaction.id);
        isNoted = true;
      }
      const { messageIds, isTidy } = await showSibling({ target, askerId: answer.asker.id, exchange, buttons });
      // What is left of the one before it stays known, to the next turn and to the next process.
      const left = isTidy || target.place.interaction !== undefined ? [] : wordsOf(answer).filter((messageId) => !messageIds.includes(messageId));
      const hasMoved = messageIds.join() !== exchange.replyMessageIds.join();
      if (hasMoved || wasCutOff !== answer.isCutOff) await shownAnswers.save(id, { ...answer, messageIds: [...left, ...messageIds, ...(answer.noticeIds ?? [])], isCutOff: wasCutOff });
      if (hasMoved && (await change(answer, (found) => ({ ...found, replyMessageIds: messageIds }))) === undefined) await takeBack(interaction, answer, { id, target, messageIds });
      if (left.length === 0) await shownAnswers.forgetTurn(id);
    } catch (error) {
      log.warn({ questionId: answer.questionId, reason: describeDeliveryError(error) }, 'another answer to a question could not be shown');
      // What was made is known to whoever goes on.
      if (made.length > 0) await shownAnswers.save(id, { ...answer, messageIds: [...new Set([...wordsOf(answer), ...made, ...(answer.noticeIds ?? [])])] });
      // Some of it may be there: it is noted, and goes on when Discord does.
      if (isNoted && error instanceof Failure && isForLater(error.cause)) return tellInPrivate(interaction, SIBLING_LATER_TEXT);
      // What is gone on from is what people see.
      await change(answer, (found) => showing(found, before));
      await shownAnswers.forgetTurn(id);
      await tellInPrivate(interaction, SIBLING_NOT_SHOWN_TEXT);
    }
    return undefined;
  };

  return async (interaction, text) => {
    const page = pageIn(text);
    if (page === undefined) return refusePress(interaction, ANSWER_FORGOTTEN_TEXT);
    const pressed = await openPress(interaction, page.id);
    if (typeof pressed === 'string') return refusePress(interaction, pressed);
    if (pressed.exchange === undefined) return refusePress(interaction, ANSWER_FORGOTTEN_TEXT);
    if (!(await claimSoon(shownAnswers, page.id))) return refusePress(interaction, ALREADY_WRITING_TEXT);
    try {
      // What was turned to a moment ago may have changed its messages.
      await turnTo(interaction, (await shownAnswers.find(page.id)) ?? pressed.answer, page);
    } finally {
      await shownAnswers.release(page.id);
    }
  };
};
