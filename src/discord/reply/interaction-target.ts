import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';
import { nonceOf } from './channel-target.ts';
import type { DiscordApi, InteractionAddress } from '../discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';

export interface InteractionPlace {
  readonly interaction: InteractionAddress;
  readonly channelId: string;
  /** Whether only the asker sees the answer. */
  readonly isPrivate: boolean;
  /** Whether the bot itself may write in the channel, beyond what the interaction allows. */
  readonly canSendMessages: boolean;
}

/** Discord waits three seconds for the first response; an answer that is there sooner is that response itself. */
const DEFER_AFTER_MS = 400;

const isDiscordError = (error: unknown, ...codes: readonly (number | string)[]): boolean =>
  error instanceof DiscordAPIError && codes.includes(error.code);

/** The response's token no longer works: 15 minutes went by, or it was never acknowledged in time. */
const isTokenDead = (error: unknown): boolean =>
  isDiscordError(
    error,
    RESTJSONErrorCodes.InvalidWebhookToken,
    RESTJSONErrorCodes.UnknownInteraction,
    RESTJSONErrorCodes.UnknownWebhook,
  );

/**
 * @see https://discord.com/developers/docs/interactions/receiving-and-responding
 */
export const createInteractionTarget = (
  api: DiscordApi,
  { interaction, channelId, isPrivate, canSendMessages }: InteractionPlace,
): ReplyTarget => {
  let acknowledgement: Promise<void> | undefined;
  const canLeaveToken = canSendMessages && !isPrivate;

  /** A repeated acknowledgement is refused although the first one worked: that is a success. */
  const acknowledge = (send: () => Promise<void>): Promise<void> =>
    (acknowledgement ??= send().catch((error: unknown) => {
      if (isDiscordError(error, RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged)) return;
      acknowledgement = undefined;
      throw error;
    }));

  const sendInChannel = (part: number, message: Parameters<ReplyTarget['create']>[1]) =>
    api.createMessage(channelId, message, { nonce: nonceOf(interaction.id, part) });

  return {
    paceKey: interaction.id,
    channelId,
    busyAfterMs: DEFER_AFTER_MS,
    busyEveryMs: undefined,
    showBusy: () => acknowledge(() => api.deferReply(interaction, isPrivate)).catch(() => undefined),
    create: async (part, message) => {
      try {
        if (part > 0) {
          return canLeaveToken ? await sendInChannel(part, message) : await api.followUp(interaction, message, isPrivate);
        }
        if (acknowledgement === undefined) {
          let sent: Awaited<ReturnType<typeof api.replyAtOnce>> | undefined;
          await acknowledge(async () => {
            sent = await api.replyAtOnce(interaction, message, isPrivate);
          });
          if (sent !== undefined) return sent;
        }
        await acknowledgement;
        return await api.editReply(interaction, '@original', message);
      } catch (error) {
        if (!isTokenDead(error) || !canLeaveToken) throw error;
        return sendInChannel(part, message);
      }
    },
    edit: async (part, messageId, message) => {
      if (part > 0 && canLeaveToken) return api.editMessage(channelId, messageId, message);
      try {
        return await api.editReply(interaction, messageId, message);
      } catch (error) {
        if (!isTokenDead(error) || !canLeaveToken) throw error;
        return api.editMessage(channelId, messageId, message);
      }
    },
  };
};
