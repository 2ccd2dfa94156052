import { ChannelType, Events, GatewayDispatchEvents, PermissionFlagsBits } from 'discord.js';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import { nonceOf } from '../rest/discord-api.ts';
import { patiently } from '../rest/persist.ts';
import { greetingText } from '../texts/greeting-texts.ts';
import { onRawEvent } from './plausible-events.ts';
import type { APIChannel, Client, GatewayGuildCreateDispatchData } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { GatewayCursor } from './gateway-cursor.ts';
import type { KeptChannels } from './kept-channels.ts';

/** A server that has added us. */
export interface JoinedServer {
  readonly guildId: string;
  readonly shardId: number;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly joinedAt: number;
  /** Channels that take messages, the one for such news first, then as people see them. */
  readonly channelIds: readonly string[];
}

const TEXT = new Set<number>([ChannelType.GuildText, ChannelType.GuildAnnouncement]);

const readJoined = (data: Partial<GatewayGuildCreateDispatchData>, shardId: number): JoinedServer | undefined => {
  const joinedAt = Date.parse(String(data.joined_at));
  if (data.unavailable === true || Number.isNaN(joinedAt) || typeof data.id !== 'string') return undefined;
  const news = data.system_channel_id;
  const placeOf = (channel: APIChannel): number => (channel.id === news ? -1 : ((channel as { readonly position?: number }).position ?? 0));
  const channels = (data.channels ?? []).filter(({ type }) => TEXT.has(type)) as APIChannel[];
  return { guildId: data.id, shardId, joinedAt, channelIds: channels.toSorted((one, other) => placeOf(one) - placeOf(other)).map(({ id }) => id) };
};

/** Hears of each server, when a session begins too, once discord.js knows it. To be called before anything else reads what Discord tells of channels. */
export const hearServers = (client: Client): ((listener: (server: JoinedServer) => void) => void) => {
  let hear: (server: JoinedServer) => void = () => {};
  onRawEvent(client, ({ t, d }, shardId) => {
    const server = t === GatewayDispatchEvents.GuildCreate ? readJoined(d as Partial<GatewayGuildCreateDispatchData>, shardId) : undefined;
    if (server !== undefined) setImmediate(() => hear(server));
  });
  return (listener) => {
    hear = listener;
  };
};

export interface GreetServersDependencies {
  readonly client: Client;
  readonly api: Pick<DiscordApi, 'createMessage'>;
  readonly channels: Pick<KeptChannels, 'open'>;
  readonly cursor: Pick<GatewayCursor, 'listenedUntil'>;
  /** Of any number of processes, and for so many milliseconds, one gets true. */
  readonly claim: (key: string, word: string, ttlMs: number) => Promise<boolean>;
  readonly historyMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** Who was added longer ago, in milliseconds, has been found by then. */
const OLDEST_MS = 24 * 60 * 60_000;
const CHANNELS_TRIED = 3;
/** Before each further attempt while Discord fails, in milliseconds: it is said once, or never. */
const AGAIN_MS: readonly number[] = [2_000, 10_000, 60_000];

/** Says once, where a server has added us since we last listened, how to ask, what is stored, and who decides. Never rejects. */
export const createGreetServer = ({ client, api, channels, cursor, claim, historyMs, now, log }: GreetServersDependencies) => {
  const mayWrite = (channelId: string): boolean => {
    const channel = channels.open(channelId);
    const { me } = (channel !== undefined && 'guild' in channel && channel.guild.members) || {};
    if (channel === undefined || channel.isDMBased() || !me) return false;
    const everybody = channel.permissionsFor(channel.guild.roles.everyone);
    // A channel that is hidden from people is for something else.
    return everybody.has(PermissionFlagsBits.ViewChannel) && channel.permissionsFor(me).has([PermissionFlagsBits.ViewChannel, PermissionFlagsBits.SendMessages]);
  };

  return async ({ guildId, shardId, joinedAt, channelIds }: JoinedServer): Promise<void> => {
    if (joinedAt < Math.max(cursor.listenedUntil(shardId), now() - OLDEST_MS)) return;
    try {
      // Who added us while we were away is told of before all else is there.
      if (!client.isReady()) await new Promise((resolve) => client.once(Events.ClientReady, resolve));
      const open = channelIds.filter(mayWrite).slice(0, CHANNELS_TRIED);
      if (open.length === 0) return void log.info({ guildId }, 'added to a server, which has no channel that I may write to');
      const key = `greeted:${guildId}:${joinedAt}`;
      if (!(await claim(key, '1', OLDEST_MS))) return;
      for (const [index, channelId] of open.entries()) {
        try {
          await patiently(AGAIN_MS, () => api.createMessage(channelId, { content: greetingText(historyMs) }, { nonce: nonceOf(key, index, false) }), false);
          return void log.info({ guildId, channelId }, 'added to a server, and said how to ask');
        } catch (error) {
          if (isForLater(error)) throw error;
          log.debug({ guildId, channelId, reason: describeDeliveryError(error) }, 'a channel of a new server takes no message');
        }
      }
    } catch (error) {
      log.info({ guildId, reason: describeDeliveryError(error) }, 'added to a server, and could not say how to ask there');
    }
  };
};
