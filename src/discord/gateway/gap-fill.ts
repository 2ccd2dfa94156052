import { setTimeout as sleep } from 'node:timers/promises';
import { PermissionFlagsBits, SnowflakeUtil } from 'discord.js';
import { isForUs } from '../intake/addressed.ts';
import { describeDeliveryError, isForLater, judgeDeliveryError } from '../rest/delivery-error.ts';
import type { Client, Guild } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { Bursts } from '../intake/bursts.ts';
import type { Intake } from '../intake/intake.ts';
import type { KeptChannels } from './kept-channels.ts';
import type { EarlierDirectChannels } from './earlier-sessions.ts';
import type { GatewayCursor } from './gateway-cursor.ts';
import type { ListensIn } from '../intake/addressed.ts';
import type { OnMessage } from '../intake/on-message.ts';
import type { ReadBack, ReadMessage } from './read-back.ts';

export interface GapFillDependencies {
  readonly client: Client;
  readonly channels: KeptChannels;
  readonly cursor: GatewayCursor;
  readonly earlierDirectChannels: EarlierDirectChannels;
  readonly readBack: ReadBack;
  readonly onMessage: OnMessage;
  /** Whether it may be more of what its author asks at this moment, although it is not addressed to us. */
  readonly mayBeMore: Bursts['mayBeMore'];
  readonly listensIn: ListensIn;
  /** Whether somebody has taken it on already. May reject. */
  readonly isKnown: (messageId: string) => Promise<boolean>;
  readonly intake: Intake;
  /** How old a missed message may be to be answered still, in milliseconds. */
  readonly youngMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** Finds what was said to us while nobody listened, and brings it to the usual door; what an earlier process may not have heard, and what could not be read at once, also later. Never rejects. */
export type FillGap = (shardId: number) => Promise<void>;

/** Channels that are read at the same time. How many there are, and how long they are, is bounded by the age of what can be answered still. */
const AT_ONCE = 5;
/** What could not be read is tried again so often, until it is too old: Discord may be down for a while. */
const NEXT_ROUND_MS = 10_000;

/** The same where Discord refuses that for a reason that nobody knows. */
const STRANGE_ROUNDS = 4;

/**
 * And where we may not read what Discord has told us of, or do not find the last message that it has told us of: once more, as that
 * may be a slip. Refusals count, and messages are deleted.
 */
const CLOSED_ROUNDS = 2;

interface Gap {
  readonly sinceId: string;
  /** The last message of each channel, where Discord has told that. */
  readonly lastIds: ReadonlyMap<string, string>;
}

const mayPass = (error: unknown, round: number): boolean => isForLater(error) || round < (judgeDeliveryError(error) === 'refused' ? STRANGE_ROUNDS : CLOSED_ROUNDS);

const shuffled = (ids: readonly string[]): readonly string[] =>
  ids
    .map((id) => ({ id, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ id }) => id);

const NEEDED = [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.ReadMessageHistory];

/** The channels and threads of a server in which something was said after `sinceId`, by what Discord told at the beginning of the session. */
const movedChannels = (guild: Guild, sinceId: string): { readonly id: string; readonly lastMessageId: string }[] =>
  [...guild.channels.cache.values()].flatMap((channel) => {
    if (!('lastMessageId' in channel) || channel.lastMessageId === null || BigInt(channel.lastMessageId) <= BigInt(sinceId)) return [];
    const { me } = guild.members;
    return me === null || channel.permissionsFor(me).has(NEEDED) ? [{ id: channel.id, lastMessageId: channel.lastMessageId }] : [];
  });

export const createFillGap = ({ client, channels, cursor, earlierDirectChannels, readBack, onMessage, mayBeMore, listensIn, isKnown, intake, youngMs, now, log }: GapFillDependencies): FillGap => {
  /** The direct channels that were looked into. */
  const direct = new Set<string>();

  /** Most of them have been answered; nothing more is asked of Discord for those. Where the store does not tell, their claims will. */
  const isOver = ({ raw }: ReadMessage): Promise<boolean> => isKnown(raw.id).catch(() => false);

  /** Whether it is for us, and new. */
  const hear = async (message: ReadMessage): Promise<boolean> => {
    const { raw, glimpse, open } = message;
    if (raw.author.bot === true || !intake.isOpen()) return false;
    // Of a direct channel, Discord has to be asked even for what it is; of a server's, all lines of chat would be looked up.
    const isDirect = direct.has(raw.channel_id);
    if (isDirect && (await isOver(message))) return false;
    const glimpsed = await glimpse();
    if (!isForUs(glimpsed) && !mayBeMore(glimpsed) && !(glimpsed.inGuild() && listensIn(glimpsed.guildId, glimpsed.channelId))) return false;
    if (!isDirect && (await isOver(message))) return false;
    onMessage(await open()).catch((error: unknown) => log.error({ reason: describeDeliveryError(error) }, 'a missed message could not be handled'));
    return true;
  };

  const lookInto = async (channelId: string, sinceId: string): Promise<{ readonly found: number; readonly newest: string }> => {
    let [found, newest] = [0, sinceId];
    for await (const page of readBack.pages(channelId, sinceId)) {
      for (const message of page) {
        newest = message.raw.id;
        try {
          if (await hear(message)) found += 1;
        } catch (error) {
          // What nobody can make a message of, now or later, keeps none of the others from being heard.
          if (!(error instanceof TypeError)) throw error;
          log.warn({ channelId, messageId: message.raw.id, reason: describeDeliveryError(error) }, 'a missed message could not be read');
        }
      }
      if (!intake.isOpen()) break;
    }
    return { found, newest };
  };

  /** The channels that could not be read now, but perhaps can later. */
  const lookIntoEach = async (channelIds: readonly string[], { sinceId, lastIds }: Gap, round: number): Promise<string[]> => {
    const waiting = [...channelIds];
    const failed: string[] = [];
    const work = async (): Promise<void> => {
      for (let channelId = waiting.shift(); channelId !== undefined && intake.isOpen(); channelId = waiting.shift()) {
        try {
          const { found, newest } = await lookInto(channelId, sinceId);
          if (found > 0) log.debug({ channelId, found }, 'messages to me from before this session');
          const isShort = BigInt(newest) < BigInt(lastIds.get(channelId) ?? sinceId);
          if (isShort && round < CLOSED_ROUNDS) failed.push(channelId);
        } catch (error) {
          if (mayPass(error, round)) failed.push(channelId);
          else log.debug({ channelId, reason: describeDeliveryError(error) }, 'a channel could not be looked into');
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return failed;
  };

  /** None of them waits for those of another list, nor always for the same of its own: processes that die soon begin with others each time. */
  const lookIntoAll = async (lists: readonly (readonly string[])[], gap: Gap): Promise<readonly string[]> =>
    (await Promise.all(lists.map((channelIds) => lookIntoEach(shuffled(channelIds), gap, 1)))).flat();

  const channelsOf = async (shardId: number, sinceId: string): Promise<Pick<Gap, 'lastIds'> & { readonly ofServers: readonly string[]; readonly ofMembers: readonly string[] }> => {
    for (const { id, shardId: itsShard } of client.guilds.cache.values()) if (itsShard === shardId) channels.moved(id, sinceId);
    const moved = [...client.guilds.cache.filter((guild) => guild.shardId === shardId).values()].flatMap((guild) => movedChannels(guild, sinceId));
    // Direct messages come to the first shard.
    const ofMembers = shardId === 0 ? await cursor.directChannels() : [];
    for (const channelId of ofMembers) direct.add(channelId);
    return { ofServers: moved.map(({ id }) => id), ofMembers, lastIds: new Map(moved.map(({ id, lastMessageId }) => [id, lastMessageId])) };
  };

  /** Again and again, until all that the first round has left could be read or what is in them is too old. */
  const lookAgain = async (channelIds: readonly string[], gap: Gap): Promise<void> => {
    let left = channelIds;
    for (let round = 2; left.length > 0 && intake.isOpen() && round <= youngMs / NEXT_ROUND_MS; round += 1) {
      await sleep(NEXT_ROUND_MS, undefined, { ref: false });
      left = await lookIntoEach(left, gap, round);
    }
    if (left.length > 0) log.warn({ channels: left.length }, 'some channels could not be looked into after a gap');
  };

  const lookIntoEarlier = async (shardId: number, sinceId: string): Promise<void> => {
    const reading: Promise<void>[] = [];
    for await (const channelIds of earlierDirectChannels(shardId, sinceId)) {
      for (const channelId of channelIds) {
        direct.add(channelId);
        cursor.noteDirect(channelId);
      }
      // Something was said in each.
      const first = String(BigInt(sinceId) + 1n);
      const gap = { sinceId, lastIds: new Map(channelIds.map((id) => [id, first])) };
      // None waits for one that cannot be read now.
      reading.push(lookIntoAll([channelIds], gap).then((left) => lookAgain(left, gap)));
    }
    await Promise.all(reading);
  };

  const failed = (error: unknown): void => log.error({ reason: String(error) }, 'what was said to me while I was not connected could not be looked for');

  return async (shardId) => {
    const gap = cursor.gap(shardId);
    if (gap === undefined) return;
    let [earlier, again] = [Promise.resolve(), Promise.resolve()];
    try {
      const young = String(SnowflakeUtil.generate({ timestamp: now() - youngMs, increment: 0n, processId: 0n, workerId: 0n }));
      const sinceId = BigInt(gap) > BigInt(young) ? gap : young;
      const { ofServers, ofMembers, lastIds } = await channelsOf(shardId, sinceId);
      log.info({ shardId, channels: ofServers.length + ofMembers.length }, 'looking for what was said to me while I was not connected');
      earlier = lookIntoEarlier(shardId, sinceId).catch(failed);
      again = lookAgain(await lookIntoAll([ofServers, ofMembers], { sinceId, lastIds }), { sinceId, lastIds }).catch(failed);
    } catch (error) {
      failed(error);
    }
    // Whether another process is gone shows late, and so does what could not be read; what comes behind this does not wait for it.
    void Promise.all([earlier, again]).then(() => {
      if (intake.isOpen()) cursor.filled(shardId);
    });
  };
};
