import { userMention } from 'discord.js';
import { nonceOf } from '../rest/discord-api.ts';
import { lookFor } from './look-for.ts';
import { createPlainForm } from './plain-form.ts';
import { MESSAGE_LIMIT } from '../../markdown/split-message.ts';
import type { DiscordApi, OutgoingMessage, Sent } from '../rest/discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';

export interface ChannelPlace {
  readonly channelId: string;
  readonly questionId: string;
  /** The message to reply to; it may be gone by then. */
  readonly replyTo: string | undefined;
  /** Where the channel is a thread that begins at that message: the channel in which the message is. */
  readonly askedIn?: string | undefined;
  /** Who is named where Discord takes no reply: nobody could tell otherwise whom the message answers. */
  readonly askerId?: string;
  /** Messages of the answer that name them already. */
  readonly named?: readonly string[];
}

/** Typing shows for about ten seconds. @see https://discord.com/developers/docs/resources/channel#trigger-typing-indicator */
const TYPING_EVERY_MS = 8_500;
/** An answer that is there at once needs no announcement. */
const TYPING_AFTER_MS = 350;

/** In a line of its own: a heading or a block of code may begin behind it. */
const nameOf = (askerId: string): string => `${userMention(askerId)}\n`;

/** Whether a message begins with whom it answers. */
export const namesFirst = (content: string, askerId: string): boolean => content.startsWith(nameOf(askerId));

/** Beside the question, where its thread takes nothing. */
const createBesides = (api: DiscordApi, { channelId, questionId, replyTo }: Pick<ChannelPlace, 'channelId' | 'questionId' | 'replyTo'>): NonNullable<ReplyTarget['besides']> => {
  const form = createPlainForm();
  let sent = 0;
  return (message) => {
    const nonce = nonceOf(`${questionId}:beside`, sent, false);
    const reference = sent === 0 ? replyTo : undefined;
    sent += 1;
    return form.send(message, { replyTo: reference }, (asked, options) => api.createMessage(channelId, asked, { nonce, ...options }));
  };
};

export const createChannelTarget = (api: DiscordApi, { channelId, questionId, replyTo, askedIn, askerId, named: alreadyNamed = [] }: ChannelPlace): ReplyTarget => {
  /** What a thread begins at, everybody sees above it. */
  const origin = askedIn === undefined ? replyTo : undefined;
  const form = createPlainForm();
  const name = askerId === undefined ? '' : nameOf(askerId);
  /** Messages that name the asker because they reply to nothing. */
  const named = new Set(alreadyNamed);
  const withName = <Message extends OutgoingMessage>(message: Message): Message =>
    message.content.startsWith(name.trimEnd()) || message.content.length + name.length > MESSAGE_LIMIT ? message : { ...message, content: name + message.content };
  /** What the view knows nothing of. */
  const withoutName = (sent: Sent): Sent => (name !== '' && sent.content.startsWith(name) ? { ...sent, content: sent.content.slice(name.length) } : sent);
  const limitedPlace = { id: channelId, countsGlobally: true };
  /** Nonces of messages of which nobody knows whether they are there. */
  const unseen = new Set<string>();
  /** Messages that are known to be there, and stay. */
  const there = new Set<string>();
  const noting = async (nonce: string, creating: Promise<Sent>): Promise<Sent> => {
    unseen.add(nonce);
    const sent = await creating;
    unseen.delete(nonce);
    there.add(sent.messageId);
    return sent;
  };
  return {
    paceKey: channelId,
    channelId,
    place: { channelId, replyTo, ...(askedIn === undefined ? {} : { askedIn }), interaction: undefined, isPrivate: false, canSendMessages: true },
    placeOf: () => limitedPlace,
    growsForMs: undefined,
    canSendAnew: true,
    busyAfterMs: TYPING_AFTER_MS,
    busyEveryMs: TYPING_EVERY_MS,
    showBusy: () => api.sendTyping(channelId).catch(() => true),
    create: (part, message, { isAnew = false, ...how } = {}) => {
      const nonce = nonceOf(questionId, part, isAnew);
      const reference = part === 0 || isAnew ? origin : undefined;
      return form.send(message, { replyTo: reference }, async (asked, options) => {
        if (reference === undefined || options.replyTo !== undefined) {
          const sent = await noting(nonce, api.createMessage(channelId, asked, { nonce, ...how, ...options }));
          // The nonce may bring back one that was made when Discord took no reply.
          if (name === '' || !sent.content.startsWith(name) || asked.content.startsWith(name)) return sent;
          named.add(sent.messageId);
          return withoutName(sent);
        }
        const sent = await noting(nonce, api.createMessage(channelId, withName(asked), { nonce, ...how, ...options }));
        named.add(sent.messageId);
        return withoutName(sent);
      });
    },
    notice: async (message, isApart = false) => {
      const nonce = nonceOf(isApart ? `${questionId}:notice` : questionId, 0, false);
      try {
        const sent = await form.send(message, { replyTo: origin }, (asked, options) => api.createMessage(channelId, asked, { nonce, ...options }));
        // Who has the question may have begun its answer under that nonce.
        return sent.content.trim() === message.content.trim() ? sent.messageId : 'taken';
      } catch {
        return undefined;
      }
    },
    edit: (_part, messageId, message, how) =>
      form.send(message, {}, async (asked) => {
        there.add(messageId);
        return named.has(messageId) ? withoutName(await api.editMessage(channelId, messageId, withName(asked), how)) : api.editMessage(channelId, messageId, asked, how);
      }),
    remove: (_part, messageId, how) => api.deleteMessage(channelId, messageId, how),
    find: async (content) => {
      const found = await lookFor(async () => (await api.findMessage(channelId, questionId, content, askedIn !== undefined)) ?? (await api.findMessage(channelId, questionId, withName({ content }).content)));
      if (found !== undefined) there.add(found.messageId);
      return found;
    },
    findDrafts: async (components) => (await lookFor(() => api.findButtons(channelId, questionId, components))) ?? [],
    ...(askedIn === undefined ? {} : { besides: createBesides(api, { channelId: askedIn, questionId, replyTo }) }),
    clean: async () => {
      for (const nonce of unseen) api.forsakeMessage(channelId, nonce, (messageId) => there.has(messageId));
    },
    read: async (messageId) => {
      const content = await api.readMessage(channelId, messageId);
      return content === undefined ? undefined : withoutName({ content, messageId, bucket: undefined }).content;
    },
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
