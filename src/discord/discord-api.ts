import { MessageFlags, RequestMethod, Routes } from 'discord.js';
import type { APIMessageTopLevelComponent, REST, RawFile, RouteLike } from 'discord.js';

/** What the headers of an answer say of the route's rate-limit bucket. */
export interface BucketState {
  readonly remaining: number;
  /** Milliseconds until the bucket is full again. */
  readonly resetAfterMs: number;
}

export interface Sent {
  readonly messageId: string;
  /** The text as Discord keeps it. */
  readonly content: string;
  readonly bucket: BucketState | undefined;
}

export interface OutgoingMessage {
  readonly content: string;
  readonly files?: readonly RawFile[] | undefined;
  /** Rows of buttons below it. Absent: none, also where an edit finds some. */
  readonly components?: readonly APIMessageTopLevelComponent[] | undefined;
}

/** Where an interaction is answered. Its token is a secret: it may write in the asker's name for 15 minutes. */
export interface InteractionAddress {
  readonly id: string;
  readonly token: string;
  readonly applicationId: string;
}

/** The REST calls that answers are made of, without discord.js's caches in between. All reject with its own errors. */
export interface DiscordApi {
  createMessage(channelId: string, message: OutgoingMessage, options: { nonce: string; replyTo?: string | undefined }): Promise<Sent>;
  editMessage(channelId: string, messageId: string, message: OutgoingMessage): Promise<Sent>;
  deleteMessage(channelId: string, messageId: string): Promise<void>;
  sendTyping(channelId: string): Promise<void>;
  deferReply(interaction: InteractionAddress, isPrivate: boolean): Promise<void>;
  replyAtOnce(interaction: InteractionAddress, message: OutgoingMessage, isPrivate: boolean): Promise<Sent>;
  editReply(interaction: InteractionAddress, messageId: '@original' | string, message: OutgoingMessage): Promise<Sent>;
  followUp(interaction: InteractionAddress, message: OutgoingMessage, isPrivate: boolean): Promise<Sent>;
}

/** Nobody is pinged, whatever a model or a member wrote. Said anew in each edit: an edit without it parses mentions again. */
const NO_MENTIONS = { parse: [], replied_user: false };

const numberHeader = (headers: Headers, name: string): number | undefined => {
  const value = headers.get(name);
  return value === null || value === '' ? undefined : Number(value);
};

const bucketState = (headers: Headers): BucketState | undefined => {
  const remaining = numberHeader(headers, 'x-ratelimit-remaining');
  const resetAfter = numberHeader(headers, 'x-ratelimit-reset-after');
  return remaining === undefined || resetAfter === undefined ? undefined : { remaining, resetAfterMs: resetAfter * 1000 };
};

const messageOf = (value: unknown): { id: string; content: string } => {
  const { id, content } = value as { id?: unknown; content?: unknown };
  return { id: String(id), content: String(content ?? '') };
};

export const createDiscordApi = (rest: REST): DiscordApi => {
  const request = async (method: RequestMethod, fullRoute: RouteLike, body: unknown, options: { files?: readonly RawFile[] | undefined; isWithoutBotToken?: boolean; query?: URLSearchParams } = {}) =>
    rest.queueRequest({
      method,
      fullRoute,
      body,
      ...(options.files === undefined ? {} : { files: [...options.files] }),
      ...(options.query === undefined ? {} : { query: options.query }),
      ...(options.isWithoutBotToken === true ? { auth: false } : {}),
    });

  const send = async (...args: Parameters<typeof request>): Promise<Sent> => {
    const response = await request(...args);
    const { id, content } = messageOf(await response.json());
    return { messageId: id, content, bucket: bucketState(response.headers as unknown as Headers) };
  };

  const discard = async (...args: Parameters<typeof request>): Promise<void> => {
    const response = await request(...args);
    await response.arrayBuffer();
  };

  const payload = ({ content, components }: OutgoingMessage, flags = 0) => ({
    content,
    allowed_mentions: NO_MENTIONS,
    flags: MessageFlags.SuppressEmbeds | flags,
    ...(components === undefined ? {} : { components }),
  });
  const edited = ({ content, components = [] }: OutgoingMessage) => ({ content, allowed_mentions: NO_MENTIONS, components });
  const callbackRoute = ({ id, token }: InteractionAddress) => Routes.interactionCallback(id, token);
  const privacy = (isPrivate: boolean): number => (isPrivate ? MessageFlags.Ephemeral : 0);
  const anonymous = (message: OutgoingMessage) => ({ files: message.files, isWithoutBotToken: true });

  return {
    createMessage: (channelId, message, { nonce, replyTo }) =>
      send(
        RequestMethod.Post,
        Routes.channelMessages(channelId),
        {
          ...payload(message),
          nonce,
          enforce_nonce: true,
          ...(replyTo === undefined ? {} : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
        },
        { files: message.files },
      ),
    editMessage: (channelId, messageId, message) =>
      send(RequestMethod.Patch, Routes.channelMessage(channelId, messageId), edited(message), { files: message.files }),
    deleteMessage: (channelId, messageId) =>
      discard(RequestMethod.Delete, Routes.channelMessage(channelId, messageId), undefined),
    sendTyping: (channelId) => discard(RequestMethod.Post, Routes.channelTyping(channelId), undefined),
    deferReply: (interaction, isPrivate) =>
      discard(
        RequestMethod.Post,
        callbackRoute(interaction),
        { type: 5, data: { flags: privacy(isPrivate) } },
        { isWithoutBotToken: true },
      ),
    replyAtOnce: async (interaction, message, isPrivate) => {
      const response = await request(
        RequestMethod.Post,
        callbackRoute(interaction),
        { type: 4, data: payload(message, privacy(isPrivate)) },
        { ...anonymous(message), query: new URLSearchParams({ with_response: 'true' }) },
      );
      const body = (await response.json()) as { resource?: { message?: unknown } };
      const { id, content } = messageOf(body.resource?.message ?? { id: '@original', content: message.content });
      return { messageId: id, content, bucket: undefined };
    },
    editReply: (interaction, messageId, message) =>
      send(
        RequestMethod.Patch,
        Routes.webhookMessage(interaction.applicationId, interaction.token, messageId),
        edited(message),
        anonymous(message),
      ),
    followUp: (interaction, message, isPrivate) =>
      send(
        RequestMethod.Post,
        Routes.webhook(interaction.applicationId, interaction.token),
        payload(message, privacy(isPrivate)),
        { ...anonymous(message), query: new URLSearchParams({ wait: 'true' }) },
      ),
  };
};
