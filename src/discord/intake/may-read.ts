import { ChannelType, PermissionFlagsBits } from 'discord.js';
import type { APIOverwrite, Guild } from 'discord.js';

/** A channel or thread as Discord tells it now: what is kept of it says nothing of what other members may. */
export interface ChannelNow {
  readonly id: string;
  readonly type: number;
  readonly guild_id?: string | undefined;
  readonly parent_id?: string | null | undefined;
  readonly nsfw?: boolean | undefined;
  readonly permission_overwrites?: readonly APIOverwrite[] | undefined;
}

/** Who wants to read. */
export interface Reader {
  readonly id: string;
  readonly roleIds: readonly string[];
}

const ALL = PermissionFlagsBits.Administrator;
const NEEDED = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory;

const THREADS: ReadonlySet<number> = new Set([ChannelType.AnnouncementThread, ChannelType.PublicThread, ChannelType.PrivateThread]);
/** Whoever may not connect there may do nothing else there either. */
const VOICE: ReadonlySet<number> = new Set([ChannelType.GuildVoice, ChannelType.GuildStageVoice]);

export const isThread = ({ type }: Pick<ChannelNow, 'type'>): boolean => THREADS.has(type);

const changedBy = (permissions: bigint, overwrites: readonly APIOverwrite[]): bigint => {
  const deny = overwrites.reduce((sum, one) => sum | BigInt(one.deny), 0n);
  const allow = overwrites.reduce((sum, one) => sum | BigInt(one.allow), 0n);
  return (permissions & ~deny) | allow;
};

/**
 * What somebody may do in a channel; of a thread, in its parent.
 * @see https://docs.discord.com/developers/topics/permissions#permission-overwrites
 */
const permissionsIn = ({ id: guildId, ownerId, roles }: Pick<Guild, 'id' | 'ownerId' | 'roles'>, { permission_overwrites: overwrites = [] }: ChannelNow, { id, roleIds }: Reader): bigint => {
  if (id === ownerId) return ALL;
  const held = [guildId, ...roleIds].reduce((sum, roleId) => sum | (roles.cache.get(roleId)?.permissions.bitfield ?? 0n), 0n);
  if ((held & PermissionFlagsBits.Administrator) !== 0n) return ALL;
  const of = (isMeant: (overwrite: APIOverwrite) => boolean): readonly APIOverwrite[] => overwrites.filter(isMeant);
  const forEverybody = changedBy(held, of((overwrite) => overwrite.id === guildId));
  const forRoles = changedBy(forEverybody, of((overwrite) => overwrite.id !== guildId && roleIds.includes(overwrite.id)));
  return changedBy(forRoles, of((overwrite) => overwrite.id === id));
};

const hasAll = (permissions: bigint, needed: bigint): boolean => permissions === ALL || (permissions & needed) === needed;

/**
 * Whether somebody may read what was said in a channel before.
 * @param parent of a thread, the channel that it is in
 * @param isInThread whether they were added to a private thread; asked only where that decides
 */
export const mayRead = async (guild: Pick<Guild, 'id' | 'ownerId' | 'roles'>, channel: ChannelNow, parent: ChannelNow | undefined, reader: Reader, isInThread: () => Promise<boolean>): Promise<boolean> => {
  if (isThread(channel) && parent === undefined) return false;
  const place = parent ?? channel;
  const permissions = permissionsIn(guild, place, reader);
  if (!hasAll(permissions, VOICE.has(place.type) ? NEEDED | PermissionFlagsBits.Connect : NEEDED)) return false;
  return channel.type !== ChannelType.PrivateThread || hasAll(permissions, PermissionFlagsBits.ManageThreads) || isInThread();
};
