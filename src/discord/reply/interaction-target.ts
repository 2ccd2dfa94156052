import { RateLimitError, SnowflakeUtil } from 'discord.js';
import { isChannelGone, isForLater, isTokenDead, judgeDeliveryError } from '../rest/delivery-error.ts';
import { createFirstResponse } from './first-response.ts';
import { nonceOf } from '../rest/discord-api.ts';
import { lookFor } from './look-for.ts';
import { createPlainForm } from './plain-form.ts';
import { persist } from '../rest/persist.ts';
import type { DiscordApi, InteractionAddress, OutgoingMessage, Sent } from '../rest/discord-api.ts';
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

/** How long each message that nobody knew of is taken away while Discord refuses that, in milliseconds. */
const CLEAN_MS = 10_000;

/** How long the token of an interaction works, in milliseconds. */
const TOKEN_MS = 15 * 60 * 1000;

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
  const isInPlace = before !== undefined;
  const canLeaveToken = canSendMessages && !isPrivate && !isInPlace;
  /** Messages that are the channel's own, whatever their part. */
  const inChannel = new Set(alreadyInChannel);
  let hasTokenDied = false;
  /** Something of the answer is the channel's own: nothing is announced any more. */
  let hasLeft = false;
  /** A message of the channel may be there, or come yet, which only its nonce keeps from being there twice. */
  let mayBeInChannel = false;
  /**
   * The buttons of messages of the channel that failed, by nonce. One may be there all the same, whatever the last word on it
   * was: discord.js repeats requests.
   */
  const unseen = new Map<string, OutgoingMessage['components']>();
  const response = createFirstResponse(api, { interaction, isPrivate, isInPlace });

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

  /** What has gone with its channel nobody took away: that is told by the channel alone. */
  const withChannel = async (messageId: string, error: unknown): Promise<never> => {
    const why: unknown = judgeDeliveryError(error) === 'message-gone' ? await api.readMessage(channelId, messageId).catch((refusal: unknown) => refusal) : undefined;
    throw (isChannelGone(why) ? why : error) as Error;
  };

  /** Messages of the channel that nobody knew of. The response has the same buttons. */
  const findDrafts = async (components: NonNullable<OutgoingMessage['components']>): Promise<readonly string[]> => {
    if (unseen.size === 0) return [];
    const found = (await lookFor(() => api.findButtons(channelId, interaction.id, components))) ?? [];
    const drafts = found.filter((messageId) => !inChannel.has(messageId) && messageId !== response.messageId);
    for (const messageId of drafts) inChannel.add(messageId);
    return drafts;
  };

  /** The answer stands elsewhere by now: what was made under other nonces, and never told, goes. */
  const removeUnseen = async (): Promise<readonly unknown[]> => {
    const errors: unknown[] = [];
    for (const components of unseen.values()) {
      for (const messageId of await findDrafts(components ?? [])) errors.push(await persist([() => api.deleteMessage(channelId, messageId)], CLEAN_MS));
    }
    return errors;
  };

  const form = createPlainForm();
  const [byToken, byChannel] = [{ id: interaction.id, countsGlobally: false }, { id: channelId, countsGlobally: true }];

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
    placeOf: (part, isAnew) => ((part > 0 || isAnew || hasTokenDied) && canLeaveToken ? byChannel : byToken),
    growsForMs: canLeaveToken ? undefined : TOKEN_USE_MS,
    maxMessages: canLeaveToken ? undefined : 1,
    canSendAnew: canLeaveToken,
    preface,
    before,
    busyAfterMs: DEFER_AFTER_MS,
    busyEveryMs: undefined,
    showBusy: async () => {
      if (!hasLeft) await response.announce().catch(() => undefined);
      return true;
    },
    create: async (part, message, { isAnew = false, ...how } = {}) => {
      const sendInChannel = async (asked: OutgoingMessage): Promise<Sent> => {
        const nonce = nonceOf(interaction.id, part, isAnew);
        const sent = await api.createMessage(channelId, asked, { nonce, ...how }).catch((error: unknown) => {
          mayBeInChannel ||= isForLater(error) && !(error instanceof RateLimitError);
          if (!unseen.has(nonce)) unseen.set(nonce, message.components);
          throw error;
        });
        unseen.delete(nonce);
        inChannel.add(sent.messageId);
        hasLeft = true;
        void response.takeBack();
        return sent;
      };
      const create = (byToken: boolean) =>
        form.send(message, {}, (asked) => (byToken ? orInChannel(() => response.show(asked, how.signal), () => sendInChannel(asked)) : sendInChannel(asked)));
      if (canLeaveToken && (part > 0 || isAnew || mayBeInChannel)) return create(false);
      try {
        return await create(true);
      } catch (error) {
        if (!canLeaveToken || judgeDeliveryError(error) !== 'refused') throw error;
        return create(false);
      }
    },
    notice: (message) => response.begin(message),
    edit: (_part, messageId, message, how) =>
      form.send(message, {}, (asked) => {
        const editInChannel = () => api.editMessage(channelId, messageId, asked, how);
        const editReply = async (): Promise<Sent> => {
          const sent = await api.editReply(interaction, messageId, asked, how?.signal);
          // Its first response: all else of an answer is the channel's own.
          response.shown(sent.messageId);
          return sent;
        };
        return inChannel.has(messageId) ? editInChannel() : orInChannel(editReply, editInChannel).catch((error: unknown) => withChannel(messageId, error));
      }),
    remove: (_part, messageId, how) => {
      const removeInChannel = () => api.deleteMessage(channelId, messageId, how);
      return inChannel.has(messageId) ? removeInChannel() : orInChannel(() => api.deleteReply(interaction, messageId), removeInChannel);
    },
    read: async (messageId) => {
      const readInChannel = () => api.readMessage(channelId, messageId);
      return inChannel.has(messageId) ? readInChannel() : orInChannel(async () => (await api.getReply(interaction, messageId)).content, readInChannel);
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
    find: async (content) => {
      const inResponse = hasTokenDied ? undefined : await response.find(content);
      if (inResponse !== undefined || unseen.size === 0) return inResponse;
      const found = await lookFor(() => api.findMessage(channelId, interaction.id, content));
      if (found !== undefined) inChannel.add(found.messageId);
      return found;
    },
    findDrafts,
    besides: response.follow,
    clean: async () => {
      const errors = [await response.takeBack(), ...(await removeUnseen())].filter((error) => error !== undefined);
      for (const nonce of unseen.keys()) api.forsakeMessage(channelId, nonce, (messageId) => inChannel.has(messageId));
      if (errors.length > 0) throw errors[0] as Error;
    },
  };
};
