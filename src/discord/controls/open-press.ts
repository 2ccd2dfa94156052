import { setTimeout as sleep } from 'node:timers/promises';
import { PermissionFlagsBits } from 'discord.js';
import { ALREADY_WRITING_TEXT, ANSWER_CONTINUED_TEXT, ANSWER_FORGOTTEN_TEXT, ANSWER_REPLACED_TEXT, NOT_YOUR_ANSWER_TEXT } from '../texts/answer-texts.ts';
import { tell } from '../rest/respond.ts';
import { claimSoon } from './claim-soon.ts';
import { findWriting } from './control-buttons.ts';
import { canSendMessages } from '../intake/question-from-interaction.ts';
import { createChannelTarget } from '../reply/channel-target.ts';
import { createInteractionTarget } from '../reply/interaction-target.ts';
import type { MessageComponentInteraction } from 'discord.js';
import type { Exchange, History } from '../../conversation/history.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { QuestionInProgress, QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { AnswerControls } from '../reply/answer-buttons.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

/** Waited for an answer whose end is visible already, in milliseconds: Discord waits three seconds for us. */
const END_WITHIN_MS = 2_000;

export const tellInPrivate = (interaction: MessageComponentInteraction, content: string): Promise<void> => tell(interaction, content);

/** Where it stays as it is, whatever happens. */
const FOR_GOOD = new Set([ANSWER_FORGOTTEN_TEXT, ANSWER_REPLACED_TEXT, ANSWER_CONTINUED_TEXT]);

/** Says why a button does nothing. One that will never do anything again goes. */
export const refusePress = async (interaction: MessageComponentInteraction, why: string): Promise<void> => {
  // Whoever pressed it is told all the same.
  if (FOR_GOOD.has(why)) await interaction.update({ components: [] }).catch(() => undefined);
  await tellInPrivate(interaction, why);
};

/** An answer whose button was pressed by somebody who may. */
export interface Pressed {
  readonly answer: ShownAnswer;
  /** What is remembered of it; undefined when the question was not answered, or is not remembered. */
  readonly exchange: Exchange | undefined;
}

/**
 * Finds out what a button below an ended answer is about; a string when it cannot be used: that is what to tell.
 * @param isClaimed nobody else changes the answer from now on: what those have done to it who had it until then is done
 */
export type OpenPress = (interaction: MessageComponentInteraction, id: string, isClaimed?: boolean) => Promise<Pressed | string>;

export interface OpenPressDependencies {
  readonly inProgress: QuestionsInProgress;
  readonly controls: AnswerControls;
  readonly shownAnswers: ShownAnswers;
  readonly histories: HistoryStore;
}

export const createOpenPress = ({ inProgress, controls, shownAnswers, histories }: OpenPressDependencies): OpenPress => {
  /** Whether nobody writes the answer any more. Its last message is visible a moment before its end is known here. */
  const hasEnded = async (writing: QuestionInProgress, id: string): Promise<boolean> => {
    if (controls.isEnding(id)) await Promise.race([writing.ended, sleep(END_WITHIN_MS)]);
    return findWriting(inProgress, id) === undefined;
  };

  /** The answer that a message belongs to. Where it seems not to, it may be one that another answer to its question needed just now. */
  const findFor = async ({ message }: MessageComponentInteraction, id: string): Promise<ShownAnswer | undefined> => {
    const answer = await shownAnswers.find(id);
    if (answer === undefined || answer.messageIds.includes(message.id) || !(await claimSoon(shownAnswers, id))) return answer;
    await shownAnswers.release(id);
    return shownAnswers.find(id);
  };

  return async (interaction, id, isClaimed = false) => {
    const writing = isClaimed ? undefined : findWriting(inProgress, id);
    if (writing !== undefined) {
      if (!mayControl(interaction, writing.question.asker.id)) return NOT_YOUR_ANSWER_TEXT;
      if (!(await hasEnded(writing, id))) return ALREADY_WRITING_TEXT;
    }
    const answer = isClaimed ? await shownAnswers.find(id) : await findFor(interaction, id);
    if (answer === undefined || answer.channelId !== interaction.channelId) return ANSWER_FORGOTTEN_TEXT;
    if (!mayControl(interaction, answer.asker.id)) return NOT_YOUR_ANSWER_TEXT;
    if (!answer.messageIds.includes(interaction.message.id)) return ANSWER_REPLACED_TEXT;
    const { history } = await histories.load(answer.conversationId);
    const exchange = history.exchanges.find(({ id: questionId }) => questionId === answer.questionId);
    if (wasContinued(answer, history)) return ANSWER_CONTINUED_TEXT;
    return { answer, exchange };
  };
};

/** Whether there is an answer that goes on from this one: it quotes it, and would be left behind by another. */
export const wasContinued = ({ continuedBy }: ShownAnswer, { exchanges }: History): boolean =>
  continuedBy !== undefined && exchanges.some(({ id }) => id === continuedBy);

/** Whether somebody may use the buttons of an answer: who asked for it, and who moderates the channel. */
export const mayControl = ({ user, memberPermissions }: MessageComponentInteraction, askerId: string): boolean =>
  user.id === askerId || memberPermissions?.has(PermissionFlagsBits.ManageMessages) === true;

export interface PressedPlace {
  /** The message that the answer replies to, where it replies to one. */
  readonly replyTo: string | undefined;
  /** See `ShownAnswer`. */
  readonly askedIn?: string | undefined;
  /** A line above it, where everybody sees it. */
  readonly preface?: string | undefined;
  /** Where it takes the place of the message with the button, if it cannot be one of the channel's own: what is to come back when it fails. */
  readonly before?: string;
  /** Messages there that name whoever pressed it. */
  readonly named?: readonly string[];
  /** Tells Discord that the press was received; not called where the response itself does. */
  acknowledge(): Promise<unknown>;
}

/**
 * The place for what a button brings forth: the channel where we may write of our own accord, otherwise the response to
 * the press, which is private where the answer was, or is that answer's message.
 */
export const openPressedTarget = async (
  api: DiscordApi,
  interaction: MessageComponentInteraction,
  { channelId, isPrivate }: ShownAnswer,
  { replyTo, askedIn, preface, before, named = [], acknowledge }: PressedPlace,
): Promise<ReplyTarget> => {
  const { id, token, applicationId } = interaction;
  if (isPrivate || !canSendMessages(interaction)) {
    return createInteractionTarget(api, { interaction: { id, token, applicationId }, channelId, isPrivate, canSendMessages: false, before, preface });
  }
  await acknowledge();
  return { ...createChannelTarget(api, { channelId, questionId: id, replyTo, askedIn, askerId: interaction.user.id, named }), preface };
};
