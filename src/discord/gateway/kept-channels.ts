import { GatewayDispatchEvents } from 'discord.js';
import { ChannelText, keptOf } from '../intake/channel-text.ts';
import { isOverheard, mayBeOurs } from '../intake/addressed.ts';
import { channelsNamedIn } from '../intake/names-for-ids.ts';
import { onRawEvent } from './plausible-events.ts';
import type { APIChannel, APIThreadChannel, Channel, Client, GatewayGuildCreateDispatchData, GatewayThreadListSyncDispatchData } from 'discord.js';
import type { ListensIn, RawMessage } from '../intake/addressed.ts';
import type { KeptChannel } from '../intake/channel-text.ts';
import type { Packet } from './plausible-events.ts';

/** The channels of all servers, most of them as text. */
export interface KeptChannels {
  /** discord.js's own channel, made of what is kept; undefined where nothing is. */
  open(channelId: string): Channel | undefined;
  /** Channels and threads of a server, told of by discord.js from now on, in which something was said after that message. */
  moved(guildId: string, sinceId: string): readonly string[];
  /** Whether a thread is one that we have begun, and that was not put away. */
  isOwnThread(channelId: string): boolean;
  /** Nothing is kept of a server any more. */
  forgetServer(guildId: string): void;
  /** The threads of a channel that are kept as text. */
  threadsOf(channelId: string): readonly string[];
}

/** What nobody here reads. It is made into objects that are dropped at once, or kept for ever. */
const UNUSED = { emojis: [], stickers: [], presences: [], voice_states: [], stage_instances: [], guild_scheduled_events: [], soundboard_sounds: [] };

/**
 * discord.js makes objects of all channels that Discord tells it of: some two kilobytes each, for ever, most of which nobody ever
 * asks anything in. So it is told of a channel when something is asked there; until then the channel is kept as text. This reads
 * each event before discord.js does, and takes out of it what it need not know yet.
 * @param listensIn whether in a channel also what is not addressed to us may be a question
 */
export const createKeptChannels = (client: Client, listensIn: ListensIn): KeptChannels => {
  const byGuild = new Map<string, ChannelText>();
  const isOpen = (id: string): boolean => client.channels.cache.has(id);
  const ourId = (): string => client.user?.id ?? '';

  const openIn = (guildId: string, channelId: string): Channel | undefined => {
    const opened = client.channels.cache.get(channelId);
    if (opened !== undefined) return opened;
    const guild = client.guilds.cache.get(guildId);
    const text = byGuild.get(guildId);
    const kept = guild && text?.find(channelId);
    if (kept === undefined) return undefined;
    text?.remove(channelId);
    // A thread's permissions are those of its channel.
    if (kept.parent_id) openIn(guildId, kept.parent_id);
    return (client.channels['_add'](kept as never, guild as never) as Channel | null) ?? undefined;
  };

  const ownThreads = new Set<string>();
  const noteThread = ({ id, owner_id: ownerId, thread_metadata: metadata }: KeptChannel): void => {
    if (metadata === undefined) return;
    if (ownerId === ourId() && !metadata.archived) ownThreads.add(id);
    else ownThreads.delete(id);
  };

  const keep = (guildId: string, channel: APIChannel): void => {
    const text = byGuild.get(guildId) ?? new ChannelText([]);
    byGuild.set(guildId, text);
    text.put(keptOf(channel, ourId()));
  };

  const onGuild = (packet: Packet): void => {
    const data = packet.d as GatewayGuildCreateDispatchData & { readonly unavailable?: boolean };
    if (data.unavailable === true) return;
    const [channels, threads] = [data.channels ?? [], data.threads ?? []] as APIChannel[][] as [APIChannel[], APIChannel[]];
    for (const thread of threads) noteThread(thread as KeptChannel);
    byGuild.set(data.id, new ChannelText([...channels, ...threads].filter(({ id }) => !isOpen(id)).map((channel) => keptOf(channel, ourId()))));
    packet.d = { ...data, ...UNUSED, channels: channels.filter(({ id }) => isOpen(id)), threads: threads.filter(({ id }) => isOpen(id)) };
  };

  /** Created or changed. discord.js makes nothing of a channel without a type. */
  const onChannel = (packet: Packet): void => {
    const data = packet.d as APIChannel & { readonly guild_id?: string | null; readonly thread_metadata?: APIThreadChannel['thread_metadata'] };
    noteThread(data as KeptChannel);
    if (!data.guild_id || isOpen(data.id)) return;
    if (data.thread_metadata?.archived === true) byGuild.get(data.guild_id)?.remove(data.id);
    else keep(data.guild_id, data);
    packet.d = { ...data, type: undefined };
  };

  const onThreads = (packet: Packet): void => {
    const data = packet.d as GatewayThreadListSyncDispatchData;
    for (const thread of data.threads) {
      noteThread(thread as KeptChannel);
      if (!isOpen(thread.id)) keep(data.guild_id, thread);
    }
    packet.d = { ...data, threads: data.threads.filter(({ id }) => isOpen(id)) };
  };

  const onMessage = (packet: Packet): void => {
    const data = packet.d as RawMessage & { readonly guild_id?: string | null; readonly channel_type?: number };
    const { guild_id: guildId, channel_id: channelId, content, embeds, components, message_snapshots: passedOn, referenced_message: original } = data;
    if (!guildId) return;
    if (mayBeOurs(data, ourId()) || isOverheard(data, guildId, listensIn)) {
      openIn(guildId, channelId);
      for (const id of channelsNamedIn([content, embeds, components, passedOn, original])) openIn(guildId, id);
    }
    // Of an event that tells the channel's type, discord.js would make a channel that has nothing else.
    if (!isOpen(channelId)) packet.d = { ...data, channel_type: undefined };
  };

  const handlers: Partial<Record<string, (packet: Packet) => void>> = {
    [GatewayDispatchEvents.GuildCreate]: onGuild,
    [GatewayDispatchEvents.GuildDelete]: ({ d }) => {
      const { id, unavailable } = d as { id: string; unavailable?: boolean };
      if (unavailable !== true) byGuild.delete(id);
    },
    [GatewayDispatchEvents.ChannelCreate]: onChannel,
    [GatewayDispatchEvents.ChannelUpdate]: onChannel,
    [GatewayDispatchEvents.ThreadCreate]: onChannel,
    [GatewayDispatchEvents.ThreadUpdate]: onChannel,
    [GatewayDispatchEvents.ThreadListSync]: onThreads,
    [GatewayDispatchEvents.ChannelDelete]: ({ d }) => byGuild.get((d as { guild_id?: string }).guild_id ?? '')?.remove((d as { id: string }).id),
    [GatewayDispatchEvents.ThreadDelete]: ({ d }) => {
      const { id, guild_id: guildId = '' } = d as { id: string; guild_id?: string };
      ownThreads.delete(id);
      byGuild.get(guildId)?.remove(id);
    },
    [GatewayDispatchEvents.MessageCreate]: onMessage,
    [GatewayDispatchEvents.MessageUpdate]: onMessage,
    [GatewayDispatchEvents.InteractionCreate]: ({ d }) => {
      const { guild_id: guildId, channel_id: channelId, data } = d as { guild_id?: string; channel_id?: string; data?: unknown };
      if (guildId === undefined || channelId === undefined) return;
      for (const id of [channelId, ...channelsNamedIn([data])]) openIn(guildId, id);
    },
  };
  onRawEvent(client, (packet) => {
    if (Object.hasOwn(handlers, packet.t)) handlers[packet.t]?.(packet);
  });

  return {
    open: (channelId) => {
      const opened = client.channels.cache.get(channelId);
      if (opened !== undefined) return opened;
      const [guildId] = [...byGuild].find(([, text]) => text.find(channelId) !== undefined) ?? [];
      return guildId === undefined ? undefined : openIn(guildId, channelId);
    },
    moved: (guildId, sinceId) => {
      const since = BigInt(sinceId);
      const ids = byGuild.get(guildId)?.ids((last) => last !== '' && BigInt(last) > since) ?? [];
      return ids.filter((id) => openIn(guildId, id) !== undefined);
    },
    forgetServer: (guildId) => void byGuild.delete(guildId),
    isOwnThread: (channelId) => ownThreads.has(channelId),
    threadsOf: (channelId) => [...byGuild.values()].flatMap((text) => text.ids((_last, parent) => parent === channelId)),
  };
};
