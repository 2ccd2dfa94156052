import { GatewayDispatchEvents, MessageReferenceType, SnowflakeUtil } from 'discord.js';
import type { APIMessage, Client, Message } from 'discord.js';
import type { RawMessage } from './addressed.ts';

/**
 * What people show comes without a word of theirs: Discord's clients send what they forward, and what they say of it, as two messages,
 * and pictures, or all but the end of a long text, are often sent before the question about them. Of both together, only the second calls us.
 */
export interface RightBefore {
  /** What the author of a message has shown right before it on a server, as Discord sent it; it belongs to that message from then on. */
  of(message: Message): APIMessage | undefined;
  /** A message was heard, or read from a page. Cheap: it is called for each message of all servers. */
  note(raw: RawMessage): void;
  /** It is asked itself, by its own door. */
  take(message: Message): void;
  /** A page of messages from there on has what belongs to a question. */
  since(questionId: string): string;
}

interface Shown {
  readonly raw: APIMessage;
  /** The message that it belongs to. */
  of?: string;
}

/** Members in channels of whom something is kept, the longest ago first to go. */
const MOST_KEPT = 200;
/** Of each. */
const MOST_OF_ONE = 4;

const SNOWFLAKE = /^\d{1,20}$/u;

/** Where the milliseconds of an id begin. @see https://docs.discord.com/developers/reference#snowflakes */
const MILLISECONDS = 22n;

const hasAny = (list: unknown): boolean => Array.isArray(list) && list.length > 0;

export const passesOn = ({ message_reference: reference }: Pick<RawMessage, 'message_reference'>): boolean => reference?.type === MessageReferenceType.Forward;

/** What is so long is the first piece of something longer: Discord cuts what is pasted into pieces of about this length. */
export const NEARLY_FULL = 1_900;

const isFirstPiece = ({ content }: RawMessage): boolean => typeof content === 'string' && (content.length >= NEARLY_FULL || content.trimEnd().endsWith(':'));

/** Whether a message shows something to nobody in particular. */
const showsSomething = (raw: RawMessage): boolean =>
  passesOn(raw) || ((hasAny(raw.attachments) || isFirstPiece(raw)) && !raw.message_reference && !hasAny(raw.mentions) && !hasAny(raw.mention_roles) && !raw.mention_everyone);

/** @param withinMs how far apart the two may be; 0: each is a message of its own */
export const trackRightBefore = (client: Client, withinMs: number): RightBefore => {
  const kept = new Map<string, readonly Shown[]>();

  const drop = (ids: ReadonlySet<string>): void => {
    for (const [key, all] of kept) {
      const rest = all.filter(({ raw }) => !ids.has(raw.id));
      if (rest.length === 0) kept.delete(key);
      else if (rest.length < all.length) kept.set(key, rest);
    }
  };

  const note = (raw: RawMessage): void => {
    if (withinMs === 0 || !showsSomething(raw) || !SNOWFLAKE.test(raw.id) || typeof raw.author?.id !== 'string' || raw.author.bot === true) return;
    const key = `${raw.channel_id} ${raw.author.id}`;
    const others = (kept.get(key) ?? []).filter((shown) => shown.raw.id !== raw.id);
    kept.delete(key);
    kept.set(key, [...others, { raw: raw as APIMessage }].slice(-MOST_OF_ONE));
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
  };

  client.ws.on(GatewayDispatchEvents.MessageCreate, note);
  client.ws.on(GatewayDispatchEvents.MessageDelete, ({ id }: { readonly id: string }) => drop(new Set([id])));
  client.ws.on(GatewayDispatchEvents.MessageDeleteBulk, ({ ids }: { readonly ids: readonly string[] }) => drop(new Set(ids)));

  return {
    note,
    take: ({ id }) => drop(new Set([id])),
    of: (message) => {
      // A reply says what it is about, and so does what passes something on itself.
      if (!message.inGuild() || message.reference !== null) return undefined;
      const isRightBefore = ({ raw: { id }, of }: Shown): boolean =>
        (of ?? message.id) === message.id && BigInt(id) < BigInt(message.id) && message.createdTimestamp - SnowflakeUtil.timestampFrom(id) <= withinMs;
      const shown = kept.get(`${message.channelId} ${message.author.id}`)?.findLast(isRightBefore);
      if (shown !== undefined) shown.of = message.id;
      return shown?.raw;
    },
    since: (questionId) => {
      const from = BigInt(questionId) - (BigInt(withinMs) << MILLISECONDS) - 1n;
      return String(from > 0n ? from : 0n);
    },
  };
};
