import { lookFor } from './look-for.ts';
import { nonceOf } from './nonce.ts';
import { createPlainForm } from './plain-form.ts';
import type { DiscordApi } from '../discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';

export interface ChannelPlace {
  readonly channelId: string;
  readonly questionId: string;
  /** The message to reply to; it may be gone by then. */
  readonly replyTo: string | undefined;
}

/** Typing shows for about ten seconds. @see https://discord.com/developers/docs/resources/channel#trigger-typing-indicator */
const TYPING_EVERY_MS = 8_500;
/** An answer that is there at once needs no announcement. */
const TYPING_AFTER_MS = 350;

export const createChannelTarget = (api: DiscordApi, { channelId, questionId, replyTo }: ChannelPlace): ReplyTarget => {
  const form = createPlainForm();
  return {
    paceKey: channelId,
    channelId,
    place: { channelId, replyTo, interaction: undefined, isPrivate: false, canSendMessages: true },
    placeOf: () => channelId,
    growsForMs: undefined,
    canSendAnew: true,
    busyAfterMs: TYPING_AFTER_MS,
    busyEveryMs: TYPING_EVERY_MS,
    showBusy: () => api.sendTyping(channelId).catch(() => undefined),
    create: (part, message, { isAnew = false, ...how } = {}) => {
      const nonce = nonceOf(questionId, part, isAnew);
      const reference = part === 0 || isAnew ? replyTo : undefined;
      return form.send(message, { replyTo: reference }, (asked, options) => api.createMessage(channelId, asked, { nonce, ...how, ...options }));
    },
    edit: (_part, messageId, message, signal) => form.send(message, {}, (asked) => api.editMessage(channelId, messageId, asked, signal)),
    remove: (_part, messageId) => api.deleteMessage(channelId, messageId),
    find: (content) => lookFor(() => api.findMessage(channelId, questionId, content)),
    findDraft: (components) => lookFor(() => api.findButton(channelId, questionId, components)),
    isThere: async (messageId) => {
      try {
        await api.readMessage(channelId, messageId);
        return true;
      } catch {
        return false;
      }
    },
  };
};
