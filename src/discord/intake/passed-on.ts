import { GatewayDispatchEvents, MessageReferenceType, SnowflakeUtil } from 'discord.js';
import type { APIMessage, Client, Message } from 'discord.js';

/**
 * What people pass on comes without a word of theirs: where they add some, Discord's clients send them as a message of its own, right
 * behind it. Of both together, only that one calls us.
 */
export interface PassedOn {
  /** What the author of a message has passed on right before it on a server, as Discord sent it; of a message that asks nothing of its own kind. */
  before(message: Message): APIMessage | undefined;
  /** A message was heard, or read from a page. Cheap: it is called for each message of all servers. */
  note(raw: APIMessage): void;
  /** It is asked itself, by its own door. */
  take(message: Message): void;
  /** A page of messages from there on has what belongs to a question. */
  since(questionId: string): string;
}

/** Members in channels of whom something is kept, the longest ago first to go. */
const MOST_KEPT = 200;
/** Of each. */
const MOST_OF_ONE = 4;

/** Where the milliseconds of an id begin. @see https://docs.discord.com/developers/reference#snowflakes */
const MILLISECONDS = 22n;

const keyOf = (channelId: string, authorId: string): string => `${channelId} ${authorId}`;

/** @param withinMs how far apart the two may be; 0: each is a message of its own */
export const trackPassedOn = (client: Client, withinMs: number): PassedOn => {
  const kept = new Map<string, readonly APIMessage[]>();

  const drop = (ids: ReadonlySet<string>): void => {
    for (const [key, messages] of kept) {
      const rest = messages.filter(({ id }) => !ids.has(id));
      if (rest.length === 0) kept.delete(key);
      else if (rest.length < messages.length) kept.set(key, rest);
    }
  };

  const note = (raw: APIMessage): void => {
    if (withinMs === 0 || raw.message_reference?.type !== MessageReferenceType.Forward || raw.author.bot === true) return;
    const key = keyOf(raw.channel_id, raw.author.id);
    const others = (kept.get(key) ?? []).filter(({ id }) => id !== raw.id);
    kept.delete(key);
    kept.set(key, [...others, raw].slice(-MOST_OF_ONE));
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
  };

  client.ws.on(GatewayDispatchEvents.MessageCreate, note);
  client.ws.on(GatewayDispatchEvents.MessageDelete, ({ id }: { readonly id: string }) => drop(new Set([id])));
  client.ws.on(GatewayDispatchEvents.MessageDeleteBulk, ({ ids }: { readonly ids: readonly string[] }) => drop(new Set(ids)));

  return {
    note,
    take: ({ id }) => drop(new Set([id])),
    before: (message) => {
      // A reply says what it is about, and so does what passes something on itself.
      if (!message.inGuild() || message.reference !== null) return undefined;
      const isRightBefore = ({ id }: APIMessage): boolean => BigInt(id) < BigInt(message.id) && message.createdTimestamp - SnowflakeUtil.timestampFrom(id) <= withinMs;
      return kept.get(keyOf(message.channelId, message.author.id))?.findLast(isRightBefore);
    },
    since: (questionId) => {
      const from = BigInt(questionId) - (BigInt(withinMs) << MILLISECONDS) - 1n;
      return String(from > 0n ? from : 0n);
    },
  };
};
