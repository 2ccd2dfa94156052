import { createHash } from 'node:crypto';
import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';
import type { DiscordApi } from '../discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';

/** Discord's limit for a nonce. @see https://discord.com/developers/docs/resources/message#create-message */
const MAX_NONCE_LENGTH = 25;

/**
 * The same for each attempt to send the same part of the same answer: Discord then hands out the message that an earlier
 * attempt made, although its answer was lost on the way.
 */
export const nonceOf = (questionId: string, part: number): string =>
  createHash('sha256').update(`${questionId}:${part}`).digest('base64url').slice(0, MAX_NONCE_LENGTH);

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
  let reference = replyTo;
  return {
    paceKey: channelId,
    channelId,
    busyAfterMs: TYPING_AFTER_MS,
    busyEveryMs: TYPING_EVERY_MS,
    showBusy: () => api.sendTyping(channelId).catch(() => undefined),
    create: async (part, message) => {
      const nonce = nonceOf(questionId, part);
      const isReply = part === 0 && reference !== undefined;
      try {
        return await api.createMessage(channelId, message, { nonce, replyTo: isReply ? reference : undefined });
      } catch (error) {
        // Without the permission to read history a reply is refused, a plain message is not.
        const isReferenceRefused =
          error instanceof DiscordAPIError &&
          error.code === RESTJSONErrorCodes.CannotReplyWithoutPermissionToReadMessageHistory;
        if (!isReply || !isReferenceRefused) throw error;
        reference = undefined;
        return api.createMessage(channelId, message, { nonce });
      }
    },
    edit: (_part, messageId, message) => api.editMessage(channelId, messageId, message),
  };
};
