import { MessageReferenceType, SnowflakeUtil } from 'discord.js';
import { originOf } from '../../conversation/question.ts';
import { channelOf } from '../../conversation/scope.ts';
import { isByPerson } from './addressed.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { QuestionListener } from '../../conversation/question-events.ts';
import type { Message } from 'discord.js';

/** What is answered in a channel without being addressed to us. */
export interface AnsweredUnasked {
  readonly to: 'mentions' | 'follow-ups' | 'everything';
  /** How long after an answer a question follows it, in milliseconds. */
  readonly withinMs: number;
  /** Admins have decided that it is mentions alone. */
  readonly isDecided?: boolean;
}

/** Messages that nobody has addressed to us, and that are questions for us all the same where admins say so. */
export interface Overhearing {
  /** Whether there may be any in a channel; called for each message of all servers, cheap. */
  listensIn(guildId: string, channelId: string): boolean;
  /** Whether a message is one. A promise only soon after the start of the process. Never rejects. */
  isAsked(message: Message): boolean | Promise<boolean>;
  /** Whether a message is in a thread that we have begun: what is said there is said to us, if not to somebody else. */
  isInOwnThread(message: Message): boolean;
  /** The question that somebody was answered last in a channel, where that is known. */
  lastAnswered(channelId: string, askerId: string): string | undefined;
  /** Hears of answers, which questions follow. */
  readonly heard: QuestionListener;
}

export interface OverhearingOptions {
  readonly answersTo: (guildId: string, channelId: string) => AnsweredUnasked;
  /** Whether a thread is one that we have begun. Cheap, as the other. */
  readonly isOwnThread: (channelId: string) => boolean;
  /** Whether Discord shows us what such messages say. */
  readonly readsMessageContent: boolean;
  readonly histories: Pick<HistoryStore, 'load'>;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly now: () => number;
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
}

/** Members in channels whose last answer is known here. */
const MOST_KNOWN = 10_000;

/** Replies to others, and what calls somebody else, are none of our business. */
export const isToOthers = ({ mentions, reference }: Message): boolean =>
  reference?.type === MessageReferenceType.Default || mentions.everyone || mentions.users.size > 0 || mentions.roles.size > 0;

export const createOverhearing = ({ answersTo, isOwnThread, readsMessageContent, histories, now, monotonicNow }: OverhearingOptions): Overhearing => {
  const startedAt = monotonicNow();
  /** When somebody was answered last in a channel, in milliseconds since the epoch, and what; the longest ago first. */
  const answered = new Map<string, { readonly at: number; readonly questionId: string }>();

  /** Clocks may be seconds apart; what is heard behind an answer was said behind it. */
  const follows = ({ createdTimestamp }: Message, at: number, withinMs: number): boolean => createdTimestamp - at <= withinMs;

  /** What an earlier process has answered is only known from what is remembered of the conversation. */
  const followsEarlier = async (message: Message, withinMs: number): Promise<boolean> => {
    try {
      const { history } = await histories.load(message.channelId);
      const last = history.exchanges.findLast(({ askerId, replyMessageIds }) => askerId === message.author.id && replyMessageIds.length > 0)?.replyMessageIds.at(-1);
      return last !== undefined && BigInt(message.id) > BigInt(last) && follows(message, SnowflakeUtil.timestampFrom(last), withinMs);
    } catch {
      return false;
    }
  };

  /** Where admins want nothing but mentions to be answered, and have said so, that holds in our threads, too. */
  const isOurs = (guildId: string, channelId: string): boolean => isOwnThread(channelId) && answersTo(guildId, channelId).isDecided !== true;

  return {
    listensIn: (guildId, channelId) => readsMessageContent && (isOurs(guildId, channelId) || answersTo(guildId, channelId).to !== 'mentions'),
    isInOwnThread: ({ guildId, channelId }) => guildId !== null && isOurs(guildId, channelId),
    isAsked: (message) => {
      if (!readsMessageContent || !message.inGuild()) return false;
      const { to: everywhere, withinMs } = answersTo(message.guildId, message.channelId);
      const to = isOurs(message.guildId, message.channelId) ? 'everything' : everywhere;
      if (to === 'mentions' || !isByPerson(message) || isToOthers(message)) return false;
      if (to === 'everything') return true;
      const at = answered.get(`${message.channelId} ${message.author.id}`)?.at;
      if (at !== undefined) return follows(message, at, withinMs);
      return monotonicNow() - startedAt <= withinMs && followsEarlier(message, withinMs);
    },
    lastAnswered: (channelId, askerId) => answered.get(`${channelId} ${askerId}`)?.questionId,
    heard: (event) => {
      if (event.type !== 'delivered') return;
      const { guildId, conversationId, asker, isShared } = event.question;
      if (!readsMessageContent || guildId === undefined || !isShared) return;
      const key = `${channelOf(conversationId)} ${asker.id}`;
      answered.delete(key);
      answered.set(key, { at: now(), questionId: originOf(event.question) });
      if (answered.size > MOST_KNOWN) answered.delete(answered.keys().next().value ?? '');
    },
  };
};
