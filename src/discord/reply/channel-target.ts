import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';
import { nonceOf } from './nonce.ts';
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

/**
 * Whether a message was refused for what it replies to: without the permission to read history no reply is allowed, a
 * system message takes none, and the question may be gone although we asked Discord not to mind.
 */
const isReferenceRefused = (error: unknown): boolean => {
  if (!(error instanceof DiscordAPIError)) return false;
  const { code, rawError } = error;
  if (code === RESTJSONErrorCodes.CannotReplyWithoutPermissionToReadMessageHistory || code === RESTJSONErrorCodes.UnknownMessage) return true;
  return code === RESTJSONErrorCodes.InvalidFormBodyOrContentType && 'errors' in rawError && Object.hasOwn(Object(rawError.errors), 'message_reference');
};

export const createChannelTarget = (api: DiscordApi, { channelId, questionId, replyTo }: ChannelPlace): ReplyTarget => {
  let reference = replyTo;
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
    create: async (part, message, { isAnew = false, ...how } = {}) => {
      const options = { nonce: nonceOf(questionId, part, isAnew), ...how };
      const isReply = (part === 0 || isAnew) && reference !== undefined;
      try {
        return await api.createMessage(channelId, message, isReply ? { ...options, replyTo: reference } : options);
      } catch (error) {
        if (!isReply || !isReferenceRefused(error)) throw error;
        reference = undefined;
        return api.createMessage(channelId, message, options);
      }
    },
    edit: (_part, messageId, message, signal) => api.editMessage(channelId, messageId, message, signal),
    remove: (_part, messageId) => api.deleteMessage(channelId, messageId),
  };
};
