import { isForRest } from '../../conversation/continuation.ts';
import { hasVisibleText } from '../../conversation/question.ts';
import { prefaceLine } from '../reply/preface.ts';
import { ALREADY_WRITING_TEXT, ANSWER_FORGOTTEN_TEXT, NOT_YOUR_PRICE_TEXT } from '../texts/answer-texts.ts';
import { byUser } from '../intake/asked-by.ts';
import { claimSoon } from './claim-soon.ts';
import { openPressedTarget, refusePress } from './open-press.ts';
import type { MessageComponentInteraction } from 'discord.js';
import type { Question } from '../../conversation/question.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { AcceptPress } from '../intake/accept-question.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { OnComponent } from '../intake/on-interaction.ts';
import type { QuestionAgain } from './ask-again.ts';
import type { OpenPress, PressedPlace } from './open-press.ts';

export interface RegenerateDependencies {
  readonly api: DiscordApi;
  readonly acceptPress: AcceptPress;
  readonly openPress: OpenPress;
  readonly questionAgain: QuestionAgain;
  readonly shownAnswers: ShownAnswers;
}

/** What was asked by a command stands above each answer to it that others see; nobody has asked for the rest of an answer in these words. */
export const prefaceAbove = ({ replyTo, isPrivate, asker }: ShownAnswer, { text }: Pick<Question, 'text'>): string | undefined =>
  replyTo === undefined && !isPrivate && hasVisibleText(text) && !isForRest(text) ? prefaceLine(asker.id, text) : undefined;

/** What only told of a failure is not worth being kept, nor is why an earlier attempt failed. */
export const wordsBefore = ({ noticeIds = [] }: ShownAnswer, { id, content }: MessageComponentInteraction['message']): string =>
  noticeIds.includes(id) ? '' : content.replace(/\n-# ⚠️ [^\n]*$/u, '');

/**
 * Regenerate: the question is asked once more, with what was said before it. The new answer is a new message, and the old
 * one stays until that is whole: when the model fails, nothing is lost. A private one is written over, and comes back then.
 * @param more with `isConfirmed`, the press says yes to what its files cost, which is its asker's alone
 */
export const createRegenerateButton =
  ({ api, acceptPress, openPress, questionAgain, shownAnswers }: RegenerateDependencies, more: Pick<Question, 'isConfirmed'> = {}): OnComponent =>
  async (interaction, id) => {
    const pressed = await openPress(interaction, id);
    if (typeof pressed === 'string') return refusePress(interaction, pressed);
    if (more.isConfirmed === true && interaction.user.id !== pressed.answer.asker.id) return refusePress(interaction, NOT_YOUR_PRICE_TEXT);
    if (!(await claimSoon(shownAnswers, id))) return refusePress(interaction, ALREADY_WRITING_TEXT);
    try {
      const claimed = await openPress(interaction, id, true);
      if (typeof claimed === 'string') return await refusePress(interaction, claimed);
      const { answer, exchange } = claimed;
      const before = await questionAgain(answer, exchange, interaction.id);
      if (before === undefined) return await refusePress(interaction, ANSWER_FORGOTTEN_TEXT);
      const question = { ...before, ...more, by: byUser(interaction) };
      const place: PressedPlace = {
        replyTo: answer.replyTo,
        askedIn: answer.askedIn,
        preface: prefaceAbove(answer, question),
        before: wordsBefore(answer, interaction.message),
        acknowledge: () => interaction.deferUpdate(),
      };
      const why = await acceptPress(question, () => openPressedTarget(api, interaction, answer, place));
      if (why !== undefined) await refusePress(interaction, why);
    } finally {
      await shownAnswers.release(id);
    }
  };
