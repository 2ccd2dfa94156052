import { Routes } from 'discord.js';
import { readableApiMessage } from './plausible-events.ts';
import type { APIMessage, Client, Message } from 'discord.js';
import type { KeptChannels } from './kept-channels.ts';
import type { ReferencedMessages } from '../intake/referenced-message.ts';

/** A message as Discord tells it, and as discord.js knows it. */
export interface ReadMessage {
  readonly raw: APIMessage;
  /** The same as an event would have brought it, with its author's name and roles on the server. */
  open(): Promise<Message>;
  /** The same without those, for which Discord has to be asked. */
  glimpse(): Promise<Message>;
}

/** Reads messages that no event brought. All reject with discord.js's own errors. */
export interface ReadBack {
  /** At most a page of the messages of a channel behind the given id, oldest first. Empty without the permission to read its history. */
  page(channelId: string, afterId: string): Promise<readonly ReadMessage[]>;
  /** All messages of a channel behind the given id, oldest first, a page at a time. None without the permission to read its history. */
  pages(channelId: string, afterId: string): AsyncIterable<readonly ReadMessage[]>;
  message(channelId: string, messageId: string): Promise<ReadMessage>;
  /** A message that is known already, as discord.js knows it. */
  opened(raw: APIMessage): Promise<Message>;
}

/** @see https://discord.com/developers/docs/resources/message#get-channel-messages */
const PAGE = 100;

const byId = (one: APIMessage, other: APIMessage): number => (BigInt(one.id) < BigInt(other.id) ? -1 : 1);

export const createReadBack = (client: Client, channels: KeptChannels, referencedMessages: ReferencedMessages): ReadBack => {
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
  const page = async (channelId: string, afterId: string): Promise<readonly ReadMessage[]> => {
    const query = new URLSearchParams({ after: afterId, limit: String(PAGE) });
    const messages = (await client.rest.get(Routes.channelMessages(channelId), { query })) as APIMessage[];
    return messages.map(readableApiMessage).toSorted(byId).map(reading);
  };
  return {
    page,
    pages: async function* (channelId, afterId) {
      for (let after: string | undefined = afterId; after !== undefined; ) {
        const messages = await page(channelId, after);
        yield messages;
        const last = messages.at(-1)?.raw.id;
        // Each page has to lead on, whatever a server makes of `after`.
        after = messages.length >= PAGE && last !== undefined && BigInt(last) > BigInt(after) ? last : undefined;
      }
    },
    opened: (raw) => reading(raw).open(),
    message: async (channelId, messageId) => reading(readableApiMessage((await client.rest.get(Routes.channelMessage(channelId, messageId))) as APIMessage)),
  };
};
