import { Routes } from 'discord.js';
import { NoDelivery } from '../rest/delivery-error.ts';
import { readableApiMessage } from './plausible-events.ts';
import type { APIMessage, Client, Message } from 'discord.js';
import type { KeptChannels } from './kept-channels.ts';
import type { RightBefore } from '../intake/right-before.ts';
import type { ReferencedMessages } from '../intake/referenced-message.ts';

/** A message as Discord tells it, and as discord.js knows it. */
export interface ReadMessage {
  readonly raw: APIMessage;
  /** The same as an event would have brought it, with its author's name and roles on the server. */
  open(): Promise<Message>;
  /** The same without those, for which Discord has to be asked. */
  glimpse(): Promise<Message>;
}

/** Reads messages that no event brought. All reject with discord.js's own errors, or with {@link NoDelivery} where there is no message in the answer. */
export interface ReadBack {
  /** At most a page of the messages of a channel behind the given id, oldest first. Empty without the permission to read its history. */
  page(channelId: string, afterId: string): Promise<readonly ReadMessage[]>;
  /**
   * All messages of a channel behind the given id, oldest first, a page at a time. None without the permission to read its history. What
   * is no list is no page.
   */
  pages(channelId: string, afterId: string): AsyncIterable<readonly ReadMessage[]>;
  message(channelId: string, messageId: string): Promise<ReadMessage>;
  /** A message that is known already, as discord.js knows it. */
  opened(raw: APIMessage): Promise<Message>;
}

/** @see https://discord.com/developers/docs/resources/message#get-channel-messages */
const PAGE = 100;

const OK = 200;

/** Whether it can be told what it is, and whose. */
const isMessage = (value: unknown): value is APIMessage => {
  const { id, author } = (value ?? {}) as { readonly id?: unknown; readonly author?: { readonly id?: unknown } | null };
  return typeof id === 'string' && /^\d{1,20}$/u.test(id) && typeof author?.id === 'string';
};

const byId = (one: APIMessage, other: APIMessage): number => (BigInt(one.id) < BigInt(other.id) ? -1 : 1);

export const createReadBack = (client: Client, channels: KeptChannels, referencedMessages: ReferencedMessages, rightBefore: Pick<RightBefore, 'note'>): ReadBack => {
  const reading = (raw: APIMessage): ReadMessage => {
    const glimpse = async (): Promise<Message> => {
      const channel = channels.open(raw.channel_id) ?? (await client.channels.fetch(raw.channel_id));
      if (channel === null || !channel.isTextBased()) throw new Error('A message outside of text channels.');
      // What discord.js itself does with a message that it fetched; only so is there also the raw one, which it drops.
      const message = channel.messages['_add'](raw, false) as Message;
      if (raw.referenced_message) referencedMessages.note(message, raw.referenced_message);
      return message;
    };
    const open = async (): Promise<Message> => {
      const message = await glimpse();
      // The event has the member in it, the REST route has not.
      if (message.inGuild()) await message.guild.members.fetch(raw.author.id).catch(() => undefined);
      return message;
    };
    return { raw, glimpse, open };
  };
  /** The rest of what is listed says nothing. */
  const read = async (channelId: string, afterId: string): Promise<{ readonly messages: readonly ReadMessage[]; readonly isFull: boolean; readonly isList: boolean }> => {
    const query = new URLSearchParams({ after: afterId, limit: String(PAGE) });
    const listed: unknown = await client.rest.get(Routes.channelMessages(channelId), { query });
    const all: readonly unknown[] = Array.isArray(listed) ? listed : [];
    const messages = all.filter(isMessage).map((raw) => readableApiMessage({ ...raw, channel_id: channelId }));
    for (const raw of messages) rightBefore.note(raw);
    return { messages: messages.toSorted(byId).map(reading), isFull: all.length >= PAGE, isList: Array.isArray(listed) };
  };
  return {
    // Something else than a list says no more than an empty one.
    page: async (channelId, afterId) => (await read(channelId, afterId)).messages,
    pages: async function* (channelId, afterId) {
      for (let after: string | undefined = afterId; after !== undefined; ) {
        const { messages, isFull, isList } = await read(channelId, after);
        if (!isList) throw new NoDelivery(OK);
        yield messages;
        const last = messages.at(-1)?.raw.id;
        // Each page has to lead on, whatever a server makes of `after`.
        after = isFull && last !== undefined && BigInt(last) > BigInt(after) ? last : undefined;
      }
    },
    opened: (raw) => reading(raw).open(),
    message: async (channelId, messageId) => {
      const raw: unknown = await client.rest.get(Routes.channelMessage(channelId, messageId));
      if (!isMessage(raw)) throw new NoDelivery(OK);
      return reading(readableApiMessage({ ...raw, channel_id: channelId }));
    },
  };
};
