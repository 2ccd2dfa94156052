import { hash } from 'node:crypto';
import { MessageFlags, RequestMethod, Routes } from 'discord.js';
import { bucketState } from './buckets.ts';
import { NoDelivery } from './delivery-error.ts';
import { persist, waitOutLimits } from './persist.ts';
import type { APIMessage, APIMessageTopLevelComponent, RawFile, RouteLike } from 'discord.js';
import type { BucketState } from './buckets.ts';
import type { DiscordRequests, RestResponse } from './discord-requests.ts';
import type { Turn } from './global-limit.ts';
import type { LostMessages } from './lost-messages.ts';

export interface Sent {
  readonly messageId: string;
  /** The text as Discord keeps it. */
  readonly content: string;
  /** The ids of the buttons that Discord keeps below it; undefined where it does not say. */
  readonly buttons?: readonly string[] | undefined;
  /** It only announces what is still to be said. */
  readonly isThinking?: boolean | undefined;
  readonly bucket: BucketState | undefined;
}

/** A message that is there. */
export type FoundMessage = Pick<Sent, 'messageId' | 'buttons'>;

export interface OutgoingMessage {
  readonly content: string;
  /** Beside the text. Absent: none, but an edit leaves those that are there; an empty list takes them away. */
  readonly files?: readonly RawFile[] | undefined;
  /** Rows of buttons below it. Absent: none, also where an edit finds some. */
  readonly components?: readonly APIMessageTopLevelComponent[] | undefined;
}

/** The message, for the place of one that may have had files. */
export const withoutOtherFiles = (message: OutgoingMessage): OutgoingMessage => ({ ...message, files: message.files ?? [] });

/** Where an interaction is answered. Its token is a secret: it may write in the asker's name for 15 minutes. */
export interface InteractionAddress {
  readonly id: string;
  readonly token: string;
  readonly applicationId: string;
}

export interface RequestHow {
  readonly signal?: AbortSignal | undefined;
  /** Its caller waited for it, waits out rate limits, and sends something newer then. Without, the request waits for one. */
  readonly turn?: Turn | undefined;
}

export interface CreateOptions extends RequestHow {
  readonly nonce: string;
  readonly replyTo?: string | undefined;
}

/** The REST calls that answers are made of, without discord.js's caches in between. All reject with its own errors. */
export interface DiscordApi {
  createMessage(channelId: string, message: OutgoingMessage, options: CreateOptions): Promise<Sent>;
  editMessage(channelId: string, messageId: string, message: OutgoingMessage, how?: RequestHow): Promise<Sent>;
  /** Puts other buttons below a message, and leaves its text as it is. */
  editButtons(channelId: string, messageId: string, components: NonNullable<OutgoingMessage['components']>): Promise<void>;
  deleteMessage(channelId: string, messageId: string, how?: RequestHow): Promise<BucketState | undefined>;
  /**
   * What was asked for under a nonce may be there, or come yet, and is not wanted any more: it goes as soon as an event tells of it.
   * @param isKept whether it is wanted all the same, as somebody has found it
   */
  forsakeMessage(channelId: string, nonce: string, isKept: (messageId: string) => boolean): void;
  /** Begins a thread at a message of a server; the thread has the message's id. Limits are told, not waited for. */
  startThread(channelId: string, messageId: string, name: string, signal: AbortSignal): Promise<void>;
  /** Limits are told, not waited for. */
  renameThread(threadId: string, name: string): Promise<void>;
  /** Puts an emoji below a message; twice is once. */
  react(channelId: string, messageId: string, emoji: string): Promise<void>;
  /** Only where no answer has to wait for it, and few others are on their way; false where it was not sent. */
  sendTyping(channelId: string): Promise<boolean>;
  deferReply(interaction: InteractionAddress, isPrivate: boolean): Promise<void>;
  /** Says that the press of a button was received; from then on, the first response is the message that has the button. */
  deferUpdate(interaction: InteractionAddress): Promise<void>;
  replyAtOnce(interaction: InteractionAddress, message: OutgoingMessage, isPrivate: boolean): Promise<Sent>;
  editReply(
    interaction: InteractionAddress,
    messageId: '@original' | string,
    message: OutgoingMessage,
    signal?: AbortSignal,
  ): Promise<Sent>;
  /** As {@link DiscordApi.editButtons}, by the interaction that wrote the message. */
  editReplyButtons(interaction: InteractionAddress, messageId: string, components: NonNullable<OutgoingMessage['components']>): Promise<void>;
  deleteReply(interaction: InteractionAddress, messageId: '@original' | string): Promise<BucketState | undefined>;
  /** The first response of an interaction as it is now, or another message that it wrote. */
  getReply(interaction: InteractionAddress, messageId?: string): Promise<Sent>;
  /** One more message behind the first response. It has no nonce: it is not to be repeated where its outcome is unknown. */
  followUp(interaction: InteractionAddress, message: OutgoingMessage, isPrivate: boolean): Promise<Sent>;
  /**
   * A bot's message with that text, among the first hundred behind a question; undefined where there is none. It
   * replies to the question, or to nothing and is so long that it is no other's.
   * @param isAlone what replies to nothing there is no other's
   */
  findMessage(channelId: string, questionId: string, content: string, isAlone?: boolean): Promise<FoundMessage | undefined>;
  /** The ids of the messages with one of these buttons, among the first hundred behind a question. */
  findButtons(channelId: string, questionId: string, components: NonNullable<OutgoingMessage['components']>): Promise<readonly string[]>;
  /** Resolves with its text when the message is there, and can be read; with undefined where Discord does not tell that. */
  readMessage(channelId: string, messageId: string): Promise<string | undefined>;
}

/** Nobody is pinged, whatever a model or a member wrote. Said anew in each edit: an edit without it parses mentions again. */
const NO_MENTIONS = { parse: [], replied_user: false };

/** A shorter text may well be said twice in a channel, unless it says to whom. In characters. */
const TELLING_LENGTH = 200;

const SNOWFLAKE = /^\d{1,20}$/u;

const CUSTOM_ID = /(?<="custom_id":")[^"]+/gu;

/** The ids of all buttons in rows of components. */
export const buttonIds = (components: unknown): readonly string[] => JSON.stringify(components)?.match(CUSTOM_ID) ?? [];

/** @throws {NoDelivery} when it is none */
const messageOf = (value: unknown, asked: OutgoingMessage, status: number): Omit<Sent, 'bucket'> => {
  const { id, content, components, flags } = (value ?? {}) as { id?: unknown; content?: unknown; components?: unknown; flags?: unknown };
  if (typeof id !== 'string' || !SNOWFLAKE.test(id)) throw new NoDelivery(status);
  const buttons = Array.isArray(components) ? buttonIds(components) : undefined;
  const isThinking = typeof flags === 'number' && (flags & MessageFlags.Loading) !== 0;
  return { messageId: id, content: typeof content === 'string' ? content : asked.content, buttons, ...(isThinking ? { isThinking } : {}) };
};

/** What Discord sent along; undefined where that is no JSON. */
const bodyOf = async (response: RestResponse): Promise<unknown> => {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const NO_CONTENT = 204;

/** No limit is waited out for longer, in milliseconds; what is said then may be said later. */
const LONGEST_LIMIT_MS = 90_000;

interface RequestOptions extends RequestHow {
  readonly files?: readonly RawFile[] | undefined;
  readonly isWithoutBotToken?: boolean;
  readonly query?: URLSearchParams;
}

/** How long a message that came too late is tried to be deleted, in milliseconds. */
const FORSAKEN_MS = 10 * 60_000;

/** Signs of typing on their way at a time: each costs what an answer does, and goes out just when there are most of these to be sent. */
const MOST_TYPING = 3;

export const createDiscordApi = (requests: DiscordRequests, lost: Pick<LostMessages, 'forsake'>): DiscordApi => {
  let typing = 0;
  const request = async (method: RequestMethod, fullRoute: RouteLike, body: unknown, options: RequestOptions = {}) => {
    const asked = {
      method,
      fullRoute,
      body,
      ...(options.files === undefined || options.files.length === 0 ? {} : { files: [...options.files] }),
      ...(options.query === undefined ? {} : { query: options.query }),
      ...(options.isWithoutBotToken === true ? { auth: false } : {}),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    return requests.send(asked, options.turn);
  };

  const send = async (message: OutgoingMessage, ...args: Parameters<typeof request>): Promise<Sent> => {
    const response = await request(...args);
    return { ...messageOf(await bodyOf(response), message, response.status), bucket: bucketState(response.headers as unknown as Headers) };
  };

  const discard = async (...args: Parameters<typeof request>): Promise<BucketState | undefined> => {
    const response = await request(...args);
    await response.arrayBuffer();
    return bucketState(response.headers as unknown as Headers);
  };

  /** Whatever else says that it did as asked may not be Discord: asked once more, that says that the message is gone. */
  const remove = async (fullRoute: RouteLike, options: RequestOptions = {}): Promise<BucketState | undefined> => {
    const response = await request(RequestMethod.Delete, fullRoute, undefined, options);
    await response.arrayBuffer();
    if (response.status !== NO_CONTENT) throw new NoDelivery(response.status);
    return bucketState(response.headers as unknown as Headers);
  };

  /** Names the uploads. An edit takes away the files that it does not list, so that it can be repeated. */
  const attachments = (files: OutgoingMessage['files']) =>
    files === undefined ? {} : { attachments: files.map(({ name }, index) => ({ id: String(index), filename: name })) };
  const payload = ({ content, files, components }: OutgoingMessage, flags = 0) => ({
    content,
    allowed_mentions: NO_MENTIONS,
    flags: MessageFlags.SuppressEmbeds | flags,
    ...attachments(files),
    ...(components === undefined ? {} : { components }),
  });
  /** The first edit of a deferred response is the first that can say anything of previews. */
  const edited = ({ content, files, components = [] }: OutgoingMessage) => ({
    content,
    allowed_mentions: NO_MENTIONS,
    flags: MessageFlags.SuppressEmbeds,
    ...attachments(files),
    components,
  });
  const callbackRoute = ({ id, token }: InteractionAddress) => Routes.interactionCallback(id, token);
  const privacy = (isPrivate: boolean): number => (isPrivate ? MessageFlags.Ephemeral : 0);
  const anonymous = (message: OutgoingMessage) => ({ files: message.files, isWithoutBotToken: true });
  const getReply = ({ applicationId, token }: InteractionAddress, messageId = '@original'): Promise<Sent> =>
    send({ content: '' }, RequestMethod.Get, Routes.webhookMessage(applicationId, token, messageId), undefined, { isWithoutBotToken: true });

  const pageBehind = async (channelId: string, messageId: string): Promise<readonly (Partial<APIMessage> | null)[]> => {
    const query = new URLSearchParams({ after: messageId, limit: '100' });
    const page = await bodyOf(await request(RequestMethod.Get, Routes.channelMessages(channelId), undefined, { query }));
    return (Array.isArray(page) ? page : []) as (Partial<APIMessage> | null)[];
  };

  return {
    createMessage: (channelId, message, { nonce, replyTo, ...how }) => {
      const create = () =>
        send(
          message,
          RequestMethod.Post,
          Routes.channelMessages(channelId),
          {
            ...payload(message),
            nonce,
            enforce_nonce: true,
            ...(replyTo === undefined ? {} : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
          },
          { files: message.files, ...how },
        );
      return how.turn === undefined ? waitOutLimits(LONGEST_LIMIT_MS, create) : create();
    },
    editMessage: (channelId, messageId, message, how) =>
      send(message, RequestMethod.Patch, Routes.channelMessage(channelId, messageId), edited(message), { files: message.files, ...how }),
    editButtons: async (channelId, messageId, components) => {
      const body = { components, allowed_mentions: NO_MENTIONS };
      await waitOutLimits(LONGEST_LIMIT_MS, () => discard(RequestMethod.Patch, Routes.channelMessage(channelId, messageId), body));
    },
    deleteMessage: (channelId, messageId, how) => remove(Routes.channelMessage(channelId, messageId), how),
    forsakeMessage: (channelId, nonce, isKept) =>
      lost.forsake(nonce, (messageId) => {
        if (!isKept(messageId)) void persist([() => remove(Routes.channelMessage(channelId, messageId))], FORSAKEN_MS);
      }),
    startThread: async (channelId, messageId, name, signal) => {
      await discard(RequestMethod.Post, Routes.threads(channelId, messageId), { name }, { signal });
    },
    renameThread: async (threadId, name) => {
      await discard(RequestMethod.Patch, Routes.channel(threadId), { name });
    },
    react: async (channelId, messageId, emoji) => {
      await waitOutLimits(LONGEST_LIMIT_MS, () => discard(RequestMethod.Put, Routes.channelMessageOwnReaction(channelId, messageId, encodeURIComponent(emoji)), undefined));
    },
    sendTyping: async (channelId) => {
      const turn = typing < MOST_TYPING ? requests.turnIfIdle() : undefined;
      if (turn === undefined) return false;
      typing += 1;
      try {
        await discard(RequestMethod.Post, Routes.channelTyping(channelId), undefined, { turn });
      } finally {
        typing -= 1;
      }
      return true;
    },
    deferReply: async (interaction, isPrivate) => {
      await discard(
        RequestMethod.Post,
        callbackRoute(interaction),
        { type: 5, data: { flags: privacy(isPrivate) } },
        { isWithoutBotToken: true },
      );
    },
    deferUpdate: async (interaction) => {
      await discard(RequestMethod.Post, callbackRoute(interaction), { type: 6 }, { isWithoutBotToken: true });
    },
    replyAtOnce: async (interaction, message, isPrivate) => {
      const response = await request(
        RequestMethod.Post,
        callbackRoute(interaction),
        { type: 4, data: payload(message, privacy(isPrivate)) },
        { ...anonymous(message), query: new URLSearchParams({ with_response: 'true' }) },
      );
      const body = (await bodyOf(response)) as { resource?: { message?: unknown } | null } | null | undefined;
      // Where it is not told, it can be asked for: without an id of its own, nobody could find it later.
      if (body?.resource?.message === undefined) return getReply(interaction);
      return { ...messageOf(body.resource.message, message, response.status), bucket: undefined };
    },
    editReply: (interaction, messageId, message, signal) =>
      send(
        message,
        RequestMethod.Patch,
        Routes.webhookMessage(interaction.applicationId, interaction.token, messageId),
        edited(message),
        { ...anonymous(message), signal },
      ),
    editReplyButtons: async ({ applicationId, token }, messageId, components) => {
      const body = { components, allowed_mentions: NO_MENTIONS };
      await waitOutLimits(LONGEST_LIMIT_MS, () => discard(RequestMethod.Patch, Routes.webhookMessage(applicationId, token, messageId), body, { isWithoutBotToken: true }));
    },
    deleteReply: ({ applicationId, token }, messageId) => remove(Routes.webhookMessage(applicationId, token, messageId), { isWithoutBotToken: true }),
    getReply,
    followUp: (interaction, message, isPrivate) =>
      waitOutLimits(LONGEST_LIMIT_MS, () =>
        send(
          message,
          RequestMethod.Post,
          Routes.webhook(interaction.applicationId, interaction.token),
          payload(message, privacy(isPrivate)),
          { ...anonymous(message), query: new URLSearchParams({ wait: 'true' }) },
        ),
      ),
    findButtons: async (channelId, questionId, components) => {
      const ids = buttonIds(components);
      const messages = ids.length === 0 ? [] : await pageBehind(channelId, questionId);
      const found = messages.filter((one) => buttonIds(one?.components).some((id) => ids.includes(id)));
      return found.flatMap((one) => (typeof one?.id === 'string' ? [one.id] : []));
    },
    findMessage: async (channelId, questionId, content, isAlone = false) => {
      const messages = await pageBehind(channelId, questionId);
      const isTelling = isAlone || content.length >= TELLING_LENGTH || content.startsWith('<@');
      const isIts = ({ interaction_metadata: metadata, message_reference: reference }: Partial<APIMessage>): boolean =>
        // What responds to somebody's command or press is of that alone, whatever it says.
        (metadata?.id ?? reference?.message_id ?? (isTelling ? questionId : '')) === questionId;
      const found = messages.find((one) => one?.author?.bot === true && isIts(one) && String(one.content).trim() === content.trim());
      return typeof found?.id === 'string' ? { messageId: found.id, buttons: buttonIds(found.components) } : undefined;
    },
    readMessage: async (channelId, messageId) => {
      const body = (await bodyOf(await request(RequestMethod.Get, Routes.channelMessage(channelId, messageId), undefined))) as { content?: unknown } | null | undefined;
      return typeof body?.content === 'string' ? body.content : undefined;
    },
  };
};

/** Discord's limit for a nonce. @see https://discord.com/developers/docs/resources/message#create-message */
const MAX_NONCE_LENGTH = 25;

/**
 * The same for each attempt to send the same part of the same answer: Discord then hands out the message that an earlier
 * attempt made, although its answer was lost on the way. A part that is sent anew is another message.
 */
export const nonceOf = (questionId: string, part: number, isAnew: boolean): string =>
  hash('sha256', `${questionId}:${part}${isAnew ? ':anew' : ''}`, 'base64url').slice(0, MAX_NONCE_LENGTH);
