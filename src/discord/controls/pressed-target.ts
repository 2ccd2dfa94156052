import { canSendMessages } from '../intake/question-from-interaction.ts';
import { createChannelTarget } from '../reply/channel-target.ts';
import { createInteractionTarget } from '../reply/interaction-target.ts';
import type { MessageComponentInteraction } from 'discord.js';
import type { ShownAnswer } from '../../conversation/shown-answer.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

export interface PressedPlace {
  /** The message that the answer replies to, where it replies to one. */
  readonly replyTo: string | undefined;
  /** A line above it, where everybody sees it. */
  readonly preface?: string | undefined;
  /** Where it takes the place of the message with the button, if it cannot be one of the channel's own: what is to come back when it fails. */
  readonly before?: string;
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
  { replyTo, preface, before, acknowledge }: PressedPlace,
): Promise<ReplyTarget> => {
  const { id, token, applicationId } = interaction;
  if (isPrivate || !canSendMessages(interaction)) {
    return createInteractionTarget(api, { interaction: { id, token, applicationId }, channelId, isPrivate, canSendMessages: false, before });
  }
  await acknowledge();
  return { ...createChannelTarget(api, { channelId, questionId: id, replyTo, askerId: interaction.user.id }), preface };
};
