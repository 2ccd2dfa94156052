import { ChannelType, GatewayDispatchEvents, GatewayIntentBits, Routes } from 'discord.js';
import { cleanLine } from '../../conversation/question.ts';
import { channelOf } from '../../conversation/scope.ts';
import { reading } from '../files/incoming-file.ts';
import { isForLater } from '../rest/delivery-error.ts';
import {
  AGE_RESTRICTED,
  BLANK,
  CLOSED_OR_GONE,
  FORBIDDEN,
  NOT_IN_TIME,
  ON_ANOTHER_SERVER,
  ON_A_SERVER,
  THREAD_STARTER,
  WITHHELD,
  tooManyLinksText,
} from '../texts/unseen-texts.ts';
import { isThread, mayRead } from './may-read.ts';
import { messageLinksIn } from './message-links.ts';
import { filesOf, forwardedFiles, isBlank } from './message-parts.ts';
import { NO_NAMES, channelsNamedIn, namesOn, unnamedIn, withNames } from './names-for-ids.ts';
import { quoted } from './question-from-message.ts';
import type { APIGuildMember, APIMessage, AnyThreadChannel, Channel, Client } from 'discord.js';
import type { FileOrigin } from '../../conversation/content.ts';
import type { Around, Surroundings, SurroundingsOf } from '../../conversation/ports.ts';
import type { LinkedMessage, Question, QuotedMessage, ThreadAround, Unseen } from '../../conversation/question.ts';
import type { FileReader, IncomingFile } from '../files/file-reader.ts';
import type { ChannelNow } from './may-read.ts';
import type { MessageLink } from './message-links.ts';

export interface SurroundingsDependencies {
  readonly client: Client;
  readonly openChannel: (channelId: string) => Channel | undefined;
  readonly rolesOf: (guildId: string, userId: string, isHurried: boolean) => Promise<readonly string[] | undefined>;
  readonly readFiles: FileReader;
  /** A message that discord.js and everybody here can read. */
  readonly readable: (raw: APIMessage) => APIMessage;
  /** Milliseconds for all that belongs to one question; only tests are in a hurry. */
  readonly patienceMs?: number;
}

/** Of the links of a question so many are followed. */
const MOST_LINKS = 5;
const PATIENCE_MS = 5_000;
/** And so many people are asked for whom it calls by their ids. */
const MOST_PEOPLE = 5;
/** First messages of threads that are remembered. */
const MOST_STARTERS = 500;
/** Discord allows five tags for a post, of 20 characters each. */
const MAX_TAG = 50;
const MAX_TITLE = 100;

/** A message that can be read, or why not. */
type Read = { readonly raw: APIMessage } | { readonly why: string };

const FORUMS: ReadonlySet<number> = new Set([ChannelType.GuildForum, ChannelType.GuildMedia]);

const allFilesOf = (raw: APIMessage, origin: FileOrigin): IncomingFile[] => [...filesOf(raw, origin), ...forwardedFiles(raw, origin)];

/**
 * What people see around a question: the messages that it links to, as far as its asker may read them, the thread that it was asked
 * in, and the names of those whom it calls by ids. Nothing is asked of Discord where there is none of them.
 */
export const createSurroundings = ({ client, openChannel, rolesOf, readFiles, readable, patienceMs = PATIENCE_MS }: SurroundingsDependencies): SurroundingsOf => {
  /** By the thread; undefined where there is none. What could not be read is not kept. */
  const starters = new Map<string, APIMessage | undefined>();
  for (const event of [GatewayDispatchEvents.MessageUpdate, GatewayDispatchEvents.MessageDelete, GatewayDispatchEvents.ThreadDelete] as const) {
    client.ws.on(event, ({ id }: { readonly id: string }) => starters.delete(id));
  }
  client.ws.on(GatewayDispatchEvents.MessageDeleteBulk, ({ ids }: { readonly ids: readonly string[] }) => {
    for (const id of ids) starters.delete(id);
  });

  const isWithheld = (raw: APIMessage): boolean => isBlank(raw) && !client.options.intents.has(GatewayIntentBits.MessageContent);
  const readChannel = (id: string, signal: AbortSignal): Promise<ChannelNow> => client.rest.get(Routes.channel(id), { signal }) as Promise<ChannelNow>;
  const readMessage = async (channelId: string, messageId: string, signal: AbortSignal): Promise<APIMessage> =>
    readable((await client.rest.get(Routes.channelMessage(channelId, messageId), { signal })) as APIMessage);

  const withParent = async (channelId: string, signal: AbortSignal): Promise<{ readonly channel: ChannelNow; readonly parent: ChannelNow | undefined }> => {
    const channel = await readChannel(channelId, signal);
    const parentId = isThread(channel) ? channel.parent_id : undefined;
    return { channel, parent: parentId ? await readChannel(parentId, signal) : undefined };
  };

  const isAgeRestricted = ({ channel, parent }: { readonly channel: ChannelNow; readonly parent: ChannelNow | undefined }): boolean => (parent ?? channel).nsfw === true;

  const isInThread = async (threadId: string, userId: string, signal: AbortSignal): Promise<boolean> => {
    try {
      await client.rest.get(Routes.threadMembers(threadId, userId), { signal });
      return true;
    } catch (error) {
      if (isForLater(error)) throw error;
      return false;
    }
  };

  const rolesOfAsker = async ({ by, asker }: Question, guildId: string): Promise<readonly string[] | undefined> =>
    (by?.id === asker.id ? by.roleIds() : undefined) ?? rolesOf(guildId, asker.id, by?.isHurried === true);

  /** Why the asker of a question, or we, may not read there; undefined where both may. */
  const refusalOf = async (question: Question, link: MessageLink, signal: AbortSignal): Promise<string | undefined> => {
    const { guildId, asker, conversationId } = question;
    const here = channelOf(conversationId);
    if (guildId === undefined) {
      if (link.guildId !== undefined) return ON_A_SERVER;
      return link.channelId === here ? undefined : FORBIDDEN;
    }
    const guild = client.guilds.cache.get(guildId);
    if (link.guildId !== guildId) return ON_ANOTHER_SERVER;
    if (guild === undefined) return CLOSED_OR_GONE;
    const there = await withParent(link.channelId, signal);
    // Whatever the link says of it.
    if (there.channel.guild_id !== guildId || (there.parent !== undefined && there.parent.guild_id !== guildId)) return ON_ANOTHER_SERVER;
    const roleIds = await rolesOfAsker(question, guildId);
    if (roleIds === undefined) return FORBIDDEN;
    const isAllowed = await mayRead(guild, there.channel, there.parent, { id: asker.id, roleIds }, () => isInThread(link.channelId, asker.id, signal));
    if (!isAllowed) return FORBIDDEN;
    if (isAgeRestricted(there) && !isAgeRestricted(await withParent(here, signal))) return AGE_RESTRICTED;
    return undefined;
  };

  /** Never rejects. */
  const follow = async (question: Question, link: MessageLink, signal: AbortSignal): Promise<Read> => {
    try {
      const why = await refusalOf(question, link, signal);
      if (why !== undefined) return { why };
      const raw = await readMessage(link.channelId, link.messageId, signal);
      if (isBlank(raw)) return { why: isWithheld(raw) ? WITHHELD : BLANK };
      return { raw };
    } catch (error) {
      return { why: signal.aborted || isForLater(error) ? NOT_IN_TIME : CLOSED_OR_GONE };
    }
  };

  const quote = (raw: APIMessage, { guildId, asker }: Question): QuotedMessage => {
    for (const id of channelsNamedIn(raw)) openChannel(id);
    return quoted(raw, namesOn(client, guildId, asker.id), client.user?.id ?? '');
  };

  interface Found extends Omit<Around, 'readFiles'> {
    readonly files: readonly IncomingFile[];
  }

  const followAll = async (question: Question, links: readonly MessageLink[], signal: AbortSignal): Promise<Found> => {
    const read = await Promise.all(links.slice(0, MOST_LINKS).map((link) => follow(question, link, signal)));
    const linked: LinkedMessage[] = [];
    const unseen: Unseen[] = [];
    const files: IncomingFile[] = [];
    for (const [index, one] of read.entries()) {
      const link = links[index]?.link ?? '';
      if ('why' in one) {
        unseen.push({ what: link, why: one.why, isTold: true });
        continue;
      }
      files.push(...allFilesOf(one.raw, `linked-${linked.length}`));
      linked.push({ link, ...quote(one.raw, question) });
    }
    unseen.push(...links.slice(MOST_LINKS, 2 * MOST_LINKS).map(({ link }) => ({ what: link, why: tooManyLinksText(MOST_LINKS), isTold: true as const })));
    return { ...(linked.length === 0 ? {} : { linked }), unseen, files };
  };

  /** A thread that was begun at a message has its id; of a forum's post, the message is in the thread itself. @see https://docs.discord.com/developers/topics/threads */
  const starterOf = async (thread: AnyThreadChannel, isPost: boolean, signal: AbortSignal): Promise<APIMessage | undefined> => {
    const { id, parentId } = thread;
    if (starters.has(id)) return starters.get(id);
    const channelId = isPost ? id : parentId;
    if (channelId === null || thread.type === ChannelType.PrivateThread) return undefined;
    const found = await readMessage(channelId, id, signal).catch((error: unknown) => {
      if (signal.aborted || isForLater(error)) throw error;
      // It was begun at no message, or that is gone.
      return undefined;
    });
    starters.set(id, found);
    const [oldest] = starters.keys();
    if (starters.size > MOST_STARTERS && oldest !== undefined) starters.delete(oldest);
    return found;
  };

  const lookAtThread = async (question: Question, thread: AnyThreadChannel, signal: AbortSignal): Promise<Found> => {
    const parent = thread.parentId === null ? undefined : openChannel(thread.parentId);
    const isPost = parent !== undefined && FORUMS.has(parent.type);
    const available = parent !== undefined && 'availableTags' in parent ? parent.availableTags : [];
    const tags = thread.appliedTags.flatMap((id) => available.find((tag) => tag.id === id)?.name ?? []).map((name) => cleanLine(name, MAX_TAG));
    const around: ThreadAround = { title: cleanLine(thread.name, MAX_TITLE), ...(tags.length === 0 ? {} : { tags }) };
    const unseen = (why: string): Found => ({ thread: around, unseen: [{ what: THREAD_STARTER, why }], files: [] });
    // The post itself asks.
    if (question.id === thread.id || question.firstAskedAs === thread.id) return { thread: around, unseen: [], files: [] };
    try {
      const raw = await starterOf(thread, isPost, signal);
      if (raw === undefined) return { thread: around, unseen: [], files: [] };
      if (isBlank(raw)) return isWithheld(raw) ? unseen(WITHHELD) : { thread: around, unseen: [], files: [] };
      return { thread: { ...around, starter: { ...quote(raw, question), id: raw.id } }, unseen: [], files: allFilesOf(raw, 'thread') };
    } catch {
      return unseen(NOT_IN_TIME);
    }
  };

  const threadOf = ({ guildId, conversationId }: Question): AnyThreadChannel | undefined => {
    const channel = guildId === undefined ? undefined : openChannel(channelOf(conversationId));
    return channel?.isThread() === true ? channel : undefined;
  };

  /** As people on the server read them; whoever is not there keeps their id. */
  const nameOf = async (guildId: string, userId: string, signal: AbortSignal): Promise<string | undefined> => {
    const known = client.guilds.cache.get(guildId)?.members.cache.get(userId);
    if (known !== undefined) return known.displayName;
    const { nick, user } = ((await client.rest.get(Routes.guildMember(guildId, userId), { signal }).catch(() => undefined)) ?? {}) as Partial<APIGuildMember>;
    return [nick, user?.global_name, user?.username].find((name) => typeof name === 'string');
  };

  const namePeople = async (guildId: string, ids: readonly string[], signal: AbortSignal): Promise<Pick<Around, 'named'>> => {
    const found = await Promise.all(ids.map(async (id) => [id, await nameOf(guildId, id, signal)] as const));
    const names = new Map(found.flatMap(([id, name]) => (name === undefined ? [] : [[id, name] as const])));
    return names.size === 0 ? {} : { named: (text) => withNames(text, { ...NO_NAMES, user: (id) => names.get(id) }) };
  };

  /** Commands and forms come without those whom their text mentions. */
  const peopleIn = ({ guildId, text }: Question): string[] => (guildId === undefined || !client.guilds.cache.has(guildId) ? [] : unnamedIn(text).slice(0, MOST_PEOPLE));

  interface Look {
    readonly links: readonly MessageLink[];
    readonly thread: AnyThreadChannel | undefined;
    readonly people: readonly string[];
  }

  const look = async (question: Question, { links, thread, people }: Look, signal: AbortSignal): Promise<Around> => {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const [ofThread, ofLinks, ofPeople] = await Promise.all([
      thread && lookAtThread(question, thread, patience),
      followAll(question, links, patience),
      people.length === 0 ? {} : namePeople(question.guildId ?? '', people, patience),
    ]);
    signal.throwIfAborted();
    const { files = [], unseen = [], ...threadAround } = ofThread ?? {};
    const { files: linkedFiles, unseen: unread, ...linked } = ofLinks;
    const own = question.filesAt === undefined ? [] : (JSON.parse(question.filesAt) as IncomingFile[]);
    const found = [...files, ...linkedFiles];
    // Files that are read in another way, as those that are kept here, are all of them.
    const canAdd = found.length > 0 && (question.readFiles === undefined || question.filesAt !== undefined);
    const { readFiles: readAll } = canAdd ? reading([...own, ...found], readFiles) : {};
    return { ...threadAround, ...linked, ...ofPeople, unseen: [...unseen, ...unread], ...(readAll === undefined ? {} : { readFiles: readAll }) };
  };

  return (question): Surroundings | undefined => {
    // What is asked anew has them from the first time.
    const { linked, thread: known, unseen } = question;
    if (linked !== undefined || known !== undefined || unseen !== undefined) return undefined;
    const links = messageLinksIn(question.text);
    const thread = threadOf(question);
    const people = peopleIn(question);
    const isMore = links.length > 0 || people.length > 0;
    if (!isMore && thread === undefined) return undefined;
    return {
      key: [thread?.id ?? '', ...links.map(({ link }) => link), ...people].join(' '),
      isThread: thread !== undefined,
      isMore,
      look: (isThreadKnown, signal) => look(question, { links, thread: isThreadKnown ? undefined : thread, people }, signal),
    };
  };
};
