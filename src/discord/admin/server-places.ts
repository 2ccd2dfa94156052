import { ChannelType } from 'discord.js';
import type { Client } from 'discord.js';
import type { KeptChannels } from '../gateway/kept-channels.ts';
import type { ChannelPlace, SettingPlace } from '../../policy/server-settings.ts';

/** What there is on a server, as far as settings name it. */
export interface ServerPlaces {
  /** The place of a channel: a category is one of its own, a thread is its channel. Undefined where it is not on the server. */
  placeOf(guildId: string, channelId: string): Exclude<SettingPlace, { readonly level: 'server' }> | undefined;
  /** What holds there is looked for by this. */
  chainPlace(place: SettingPlace): Partial<ChannelPlace>;
  hasRole(guildId: string, roleId: string): boolean;
}

export const createServerPlaces = (client: Client, channels: Pick<KeptChannels, 'open'>): ServerPlaces => ({
  placeOf: (guildId, channelId) => {
    const channel = channels.open(channelId);
    if (channel === undefined || channel.isDMBased() || channel.guildId !== guildId) return undefined;
    if (channel.type === ChannelType.GuildCategory) return { level: 'category', id: channelId };
    if (!channel.isThread()) return { level: 'channel', id: channelId };
    return channel.parentId === null ? undefined : { level: 'channel', id: channel.parentId };
  },
  chainPlace: (place) => {
    if (place.level === 'server') return {};
    if (place.level === 'category') return { categoryId: place.id };
    const channel = channels.open(place.id);
    const categoryId = channel === undefined || channel.isDMBased() || channel.isThread() ? undefined : (channel.parentId ?? undefined);
    return { channelId: place.id, categoryId };
  },
  hasRole: (guildId, roleId) => roleId !== guildId && client.guilds.cache.get(guildId)?.roles.cache.has(roleId) === true,
});
