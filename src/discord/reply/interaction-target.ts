import { DiscordAPIError, RESTJSONErrorCodes, SnowflakeUtil } from 'discord.js';
import { withoutOtherFiles } from '../discord-api.ts';
import { describeDeliveryError, judgeDeliveryError } from './delivery-error.ts';
import { nonceOf } from './nonce.ts';
import { persist } from './persist.ts';
import { createPlainForm } from './plain-form.ts';
import type { DiscordApi, InteractionAddress, OutgoingMessage, Sent } from '../discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';

export interface InteractionPlace {
  readonly interaction: InteractionAddress;
  readonly channelId: string;
  /** Whether only the asker sees the answer. */
  readonly isPrivate: boolean;
  /** Whether the bot itself may write in the channel, beyond what the interaction allows. */
  readonly canSendMessages: boolean;
  /** See {@link ReplyTarget}. */
  readonly preface?: string | undefined;
  /** What the message says whose button was pressed, where the answer takes its place; nothing else can be there then. */
  readonly before?: string | undefined;
  /** Messages of the answer that are the channel's own, where some are there already. */
  readonly inChannel?: readonly string[];
}

/** Discord waits three seconds for the first response; an answer that is there sooner is that response itself. */
const DEFER_AFTER_MS = 400;

/** The token lives for 15 minutes; the last of them is kept for the end. */
const TOKEN_USE_MS = 14 * 60_000;

/** How long a response that says nothing is taken back while Discord refuses that, in milliseconds. */
const TAKE_BACK_MS = 10_000;

/** Discord carries out no first response that comes later than this after the command, so none that was sent earlier shows up then. In milliseconds. */
const RESPONSE_WITHIN_MS = 3_000;

/** How long the token of an interaction works, in milliseconds. */
const TOKEN_MS = 15 * 60 * 1000;

const isDiscordError = (error: unknown, ...codes: readonly (number | string)[]): error is DiscordAPIError =>
  error instanceof DiscordAPIError && codes.includes(error.code);

const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

/** The response's token no longer works: 15 minutes went by, or it was never acknowledged in time. */
export const isTokenDead = (error: unknown): boolean =>
  isDiscordError(
    error,
    RESTJSONErrorCodes.InvalidWebhookToken,
    RESTJSONErrorCodes.UnknownInteraction,
    RESTJSONErrorCodes.UnknownWebhook,
  ) &&
  // Under another status, a code is not what Discord means by it.
  (error.status === UNAUTHORIZED || error.status === NOT_FOUND);

/**
 * The response of an interaction. Where the bot may write in the channel itself, everything behind the first message goes
 * there: such messages have a nonce, which follow-ups have not, and outlive the token. Elsewhere the response is all there
 * is: whatever dies, writing it again changes nothing, where a follow-up would be there twice.
 * @see https://discord.com/developers/docs/interactions/receiving-and-responding
 */
export const createInteractionTarget = (
  api: DiscordApi,
  { interaction, channelId, isPrivate, canSendMessages, preface, before, inChannel: alreadyInChannel = [] }: InteractionPlace,
): ReplyTarget => {
  let acknowledgement: Promise<void> | undefined;
  const isInPlace = before !== undefined;
  const canLeaveToken = canSendMessages && !isPrivate && !isInPlace;
  /** Messages that are the channel's own, whatever their part. */
  const inChannel = new Set(alreadyInChannel);
  let hasTokenDied = false;
  /**
   * A first response was sent, whatever Discord said to that, and what it shows is not known to be the answer: it "thinks", or
   * has a beginning with a button.
   */
  let mayHaveResponse = false;
  /** When the last one was sent. */
  let respondedAt = 0;
  /** Something of the answer is the channel's own: nothing is announced any more. */
  let hasLeft = false;
  let takingBack: Promise<unknown> | undefined;

  /** A repeated acknowledgement is refused although the first one worked: that is a success. */
  const acknowledge = (send: () => Promise<void>): Promise<void> => {
    if (acknowledgement !== undefined) return acknowledgement;
    // In place, it is the message with the button: nothing of ours, which could be taken back.
    mayHaveResponse = !isInPlace;
    respondedAt = performance.now();
    acknowledgement = send().catch((error: unknown) => {
      if (isDiscordError(error, RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged)) return;
      acknowledgement = undefined;
      throw error;
    });
    return acknowledgement;
  };

  const announce = (): Promise<void> => acknowledge(() => (isInPlace ? api.deferUpdate(interaction) : api.deferReply(interaction, isPrivate)));

  /** By the token while it lives, as the channel's own after that. */
  const orInChannel = async <Result>(byToken: () => Promise<Result>, byChannel: () => Promise<Result>): Promise<Result> => {
    if (hasTokenDied && canLeaveToken) return byChannel();
    try {
      return await byToken();
    } catch (error) {
      if (!isTokenDead(error) || !canLeaveToken) throw error;
      hasTokenDied = true;
      return byChannel();
    }
  };

  const form = createPlainForm();

  const respond = async (message: OutgoingMessage, signal: AbortSignal | undefined): Promise<Sent> => {
    if (isInPlace) await announce();
    else if (acknowledgement === undefined) {
      let sent: Awaited<ReturnType<typeof api.replyAtOnce>> | undefined;
      await acknowledge(async () => {
        sent = await api.replyAtOnce(interaction, message, isPrivate);
        mayHaveResponse = false;
      });
      if (sent !== undefined) return sent;
    }
    await acknowledgement;
    // What was attached to another answer goes with it.
    const edited = await api.editReply(interaction, '@original', isInPlace ? withoutOtherFiles(message) : message, signal);
    mayHaveResponse = false;
    return edited;
  };

  const removeResponse = async (): Promise<void> => {
    try {
      await api.deleteReply(interaction, '@original');
    } catch (error) {
      if (isTokenDead(error) && performance.now() - respondedAt > RESPONSE_WITHIN_MS) return;
      // Whoever has the token needs no permission: that is a refusal like others.
      throw judgeDeliveryError(error) === 'no-access' ? new Error(describeDeliveryError(error), { cause: error }) : error;
    }
  };

  /**
   * What was only announced, or begun unseen, would look for ever as if it still grew.
   * @returns why it is still there; undefined where it is not
   */
  const takeBack = (): Promise<unknown> => {
    const remove = async (): Promise<unknown> => {
      await acknowledgement?.catch(() => undefined);
      const error = await persist([removeResponse], TAKE_BACK_MS);
      mayHaveResponse = error !== undefined;
      return error;
    };
    takingBack ??= remove().finally(() => (takingBack = undefined));
    return takingBack;
  };

  return {
    paceKey: interaction.id,
    channelId,
    place: {
      channelId,
      replyTo: undefined,
      interaction: { ...interaction, expiresAt: SnowflakeUtil.timestampFrom(interaction.id) + TOKEN_MS },
      isPrivate,
      canSendMessages,
    },
    placeOf: (part, isAnew) => ((part > 0 || isAnew || hasTokenDied) && canLeaveToken ? channelId : interaction.id),
    growsForMs: canLeaveToken ? undefined : TOKEN_USE_MS,
    maxMessages: canLeaveToken ? undefined : 1,
    canSendAnew: canLeaveToken,
    preface,
    before,
    busyAfterMs: DEFER_AFTER_MS,
    busyEveryMs: undefined,
    showBusy: async () => {
      if (!hasLeft) await announce().catch(() => undefined);
    },
    create: async (part, message, { isAnew = false, ...how } = {}) => {
      const sendInChannel = async (asked: OutgoingMessage): Promise<Sent> => {
        const sent = await api.createMessage(channelId, asked, { nonce: nonceOf(interaction.id, part, isAnew), ...how });
        inChannel.add(sent.messageId);
        hasLeft = true;
        if (mayHaveResponse) void takeBack();
        return sent;
      };
      const create = (byToken: boolean) =>
        form.send(message, {}, (asked) => (byToken ? orInChannel(() => respond(asked, how.signal), () => sendInChannel(asked)) : sendInChannel(asked)));
      if (canLeaveToken && (part > 0 || isAnew)) return create(false);
      try {
        return await create(true);
      } catch (error) {
        if (!canLeaveToken || judgeDeliveryError(error) !== 'refused') throw error;
        return create(false);
      }
    },
    edit: (_part, messageId, message, signal) =>
      form.send(message, {}, (asked) => {
        const editInChannel = () => api.editMessage(channelId, messageId, asked, signal);
        return inChannel.has(messageId) ? editInChannel() : orInChannel(() => api.editReply(interaction, messageId, asked, signal), editInChannel);
      }),
    remove: (_part, messageId) => {
      const removeInChannel = () => api.deleteMessage(channelId, messageId);
      return inChannel.has(messageId) ? removeInChannel() : orInChannel(() => api.deleteReply(interaction, messageId), removeInChannel);
    },
    isThere: async (messageId) => {
      try {
        if (!inChannel.has(messageId)) return (await api.getReply(interaction)).messageId === messageId;
        await api.readMessage(channelId, messageId);
        return true;
      } catch {
        return false;
      }
    },
    besides: async (message) => {
      await takingBack;
      // Whatever of it was refused, an acknowledgement is what a further message needs.
      await announce();
      const sent = await api.followUp(interaction, message, isPrivate);
      // The first one takes the place of a response that "thinks"; one that shows a beginning would stay above it.
      const isResponse = ({ messageId }: Sent): boolean => messageId === sent.messageId;
      if (mayHaveResponse && (await api.getReply(interaction).then(isResponse, () => true))) mayHaveResponse = false;
      if (mayHaveResponse) await takeBack();
      return sent;
    },
    clean: async () => {
      const error = mayHaveResponse ? await takeBack() : undefined;
      if (error !== undefined) throw error as Error;
    },
  };
};
