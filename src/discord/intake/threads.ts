import { ChannelType, PermissionFlagsBits } from 'discord.js';
import { threadTitle } from '../../conversation/threading.ts';
import { createChannelTarget } from '../reply/channel-target.ts';
import { plainThreadTitle } from '../texts/thread-texts.ts';
import { mentionsUs } from './addressed.ts';
import { isGuest } from './asked-by.ts';
import type { Message, RepliableInteraction } from 'discord.js';
import type { Place } from '../../conversation/ledger.ts';
import type { Question } from '../../conversation/question.ts';
import type { Threads } from '../../conversation/threading.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { StartThread } from '../rest/start-thread.ts';
import type { WithParentExchange } from './parent-exchange.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { StartedThreads } from './started-threads.ts';

/** A question, and the place for its answer. */
export interface Placed {
  readonly question: Question;
  readonly target: ReplyTarget;
}

/** Answers in threads of their own. */
export interface QuestionThreads {
  /** Whether a message that asks something is to get one: admins want that there, and as far as we know, Discord lets us. */
  isWanted(message: Message): boolean;
  /** The question of a message as it is asked in a thread that begins at it, and the place of its answer there. Nothing is begun yet. Never rejects. */
  place(question: Question): Promise<Placed>;
  /** The same of a command: where nobody else sees its answer, there is none. */
  isWantedBy(interaction: RepliableInteraction): boolean;
  /** The question of a command as it is asked in a thread that begins at the response, and the place of its answer there. */
  placeAt(question: Question, responseId: string): Placed;
  /** Begins it. @returns whether it is there. Never rejects */
  begin(question: Question, place: Pick<Place, 'channelId' | 'askedIn'>): Promise<boolean>;
}

export interface QuestionThreadsDependencies {
  readonly api: DiscordApi;
  readonly startThread: StartThread;
  readonly started: StartedThreads;
  readonly withParentExchange: WithParentExchange;
  /** What admins want; answered from memory. */
  readonly threadsIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => Threads;
  /** A thread is there. */
  readonly onBegun: (questionId: string, threadId: string) => void;
  /** For the admin's log: no message text. */
  readonly onRefused: (channelId: string, reason: string) => void;
}

/** Where messages have threads of their own. @see https://docs.discord.com/developers/topics/threads */
const WITH_THREADS = new Set<ChannelType>([ChannelType.GuildText, ChannelType.GuildAnnouncement]);

const NEEDED = [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.CreatePublicThreads, PermissionFlagsBits.SendMessagesInThreads];

/** As far as is known here; Discord has the last word. */
const mayHaveThread = (message: Message): boolean => {
  if (!message.inGuild() || !WITH_THREADS.has(message.channel.type)) return false;
  const permissions = message.channel.permissionsFor(message.client.user);
  return permissions === null || permissions.has(NEEDED);
};

export const createQuestionThreads = ({ api, startThread, started, withParentExchange, threadsIn, onBegun, onRefused }: QuestionThreadsDependencies): QuestionThreads => ({
  isWanted: (message) => {
    const threads = message.guildId === null ? 'off' : threadsIn({ guildId: message.guildId, conversationId: message.channelId });
    return (threads === 'always' || (threads === 'on_mention' && mentionsUs(message))) && mayHaveThread(message);
  },
  isWantedBy: (interaction) => {
    const { guildId, channelId, channel, appPermissions } = interaction;
    if (guildId === null || channelId === null || isGuest(interaction) || !WITH_THREADS.has(channel?.type ?? ChannelType.DM)) return false;
    return threadsIn({ guildId, conversationId: channelId }) === 'always' && appPermissions.has(NEEDED);
  },
  placeAt: (question, responseId) => {
    const { id, conversationId: askedIn } = question;
    started.note(responseId, askedIn);
    return { question: { ...question, conversationId: responseId }, target: createChannelTarget(api, { channelId: responseId, questionId: id, replyTo: responseId, askedIn }) };
  },
  place: async (question) => {
    const { id, conversationId: askedIn, asker } = question;
    started.note(id, askedIn);
    return { question: { ...(await withParentExchange(question, askedIn)), conversationId: id }, target: createChannelTarget(api, { channelId: id, questionId: id, replyTo: id, askedIn, askerId: asker.id }) };
  },
  begin: async ({ id, text, asker }, { channelId: messageId, askedIn = '' }) => {
    const plainTitle = plainThreadTitle(asker.name);
    const title = threadTitle(text);
    const reason = await startThread({ channelId: askedIn, messageId, title: title === '' ? plainTitle : title, plainTitle });
    if (reason === undefined) onBegun(id, messageId);
    else onRefused(askedIn, reason);
    return reason === undefined;
  },
});
