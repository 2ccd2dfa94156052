import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';
import { judgeDeliveryError } from '../rest/delivery-error.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';

/** So many refusals of the full form in a row are no accident: the rest of the answer begins with the plain one. */
const REFUSALS_UNTIL_PLAIN = 2;

/**
 * Whether a reply was refused for what it replies to: without the permission to read history none is allowed, a system
 * message takes none, and the question may be gone although we asked Discord not to mind.
 */
const isReferenceRefused = (error: unknown): boolean =>
  error instanceof DiscordAPIError &&
  (error.code === RESTJSONErrorCodes.CannotReplyWithoutPermissionToReadMessageHistory ||
    error.code === RESTJSONErrorCodes.UnknownMessage ||
    (error.code === RESTJSONErrorCodes.InvalidFormBodyOrContentType && Object.hasOwn(Object((error.rawError as { errors?: unknown }).errors), 'message_reference')));

export interface FormOptions {
  readonly replyTo?: string | undefined;
}

export interface PlainForm {
  /** Where replies are refused, messages reply to nothing from then on. */
  send<Result>(message: OutgoingMessage, options: FormOptions, request: (message: OutgoingMessage, options: FormOptions) => Promise<Result>): Promise<Result>;
}

const hasUploads = ({ files = [] }: OutgoingMessage): boolean => files.length > 0;

const plain = ({ content }: OutgoingMessage): OutgoingMessage => ({ content });

/**
 * Sends messages once more in a plainer form when they are refused for a reason that we do not know: without buttons, then as
 * nothing but their text, without what they reply to. What has uploads is not sent so, as a part of it would be lost.
 */
export const createPlainForm = (): PlainForm => {
  let refusals = 0;
  let takesReplies = true;
  return {
    send: async (message, { replyTo }, request) => {
      const options = takesReplies && replyTo !== undefined ? { replyTo } : {};
      const canBePlainer = (message.components !== undefined || message.files !== undefined || options.replyTo !== undefined) && !hasUploads(message);
      if (canBePlainer && refusals >= REFUSALS_UNTIL_PLAIN) return request(plain(message), {});
      const hasMore = message.components !== undefined || message.files !== undefined;
      try {
        const result = await request(message, options);
        refusals = 0;
        return result;
      } catch (error) {
        if (options.replyTo !== undefined && isReferenceRefused(error)) {
          takesReplies = false;
          return request(message, {});
        }
        if (!canBePlainer || judgeDeliveryError(error) !== 'refused') throw error;
        refusals += 1;
        if (!hasMore || options.replyTo === undefined) return request(plain(message), {});
        return request(plain(message), options).catch((again: unknown) => {
          if (judgeDeliveryError(again) !== 'refused') throw again;
          return request(plain(message), {});
        });
      }
    },
  };
};
