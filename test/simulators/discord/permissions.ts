import { ChannelType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import type { ChannelRecord, GuildRecord, MemberRecord } from './records.ts';
import { isThread } from './records.ts';

// https://docs.discord.com/developers/topics/permissions#permission-hierarchy

/** What a careful invite link asks for. */
export const invitePermissions =
  Permission.ViewChannel |
  Permission.SendMessages |
  Permission.SendMessagesInThreads |
  Permission.ReadMessageHistory |
  Permission.EmbedLinks |
  Permission.AttachFiles |
  Permission.CreatePublicThreads |
  Permission.AddReactions;

/** What @everyone may do in a new server; MentionEveryone is part of it. */
export const newGuildPermissions =
  invitePermissions |
  Permission.MentionEveryone |
  Permission.CreatePrivateThreads |
  Permission.UseApplicationCommands |
  Permission.UseExternalApps |
  Permission.UseExternalEmojis |
  Permission.ChangeNickname |
  Permission.CreateInstantInvite |
  Permission.Connect |
  Permission.Speak;

export const dmPermissions =
  Permission.ViewChannel |
  Permission.SendMessages |
  Permission.ReadMessageHistory |
  Permission.EmbedLinks |
  Permission.AttachFiles |
  Permission.AddReactions |
  Permission.PinMessages |
  Permission.UseExternalEmojis |
  Permission.UseApplicationCommands |
  Permission.MentionEveryone;

const all = Object.values(Permission).reduce((sum, bit) => sum | bit, 0n);
const timedOut = Permission.ViewChannel | Permission.ReadMessageHistory;

export function guildPermissions(guild: GuildRecord, member: MemberRecord): bigint {
  if (guild.ownerId === member.user.id) return all;
  let permissions = guild.roles.get(guild.id)?.permissions ?? 0n;
  for (const roleId of member.roleIds) permissions |= guild.roles.get(roleId)?.permissions ?? 0n;
  return permissions & Permission.Administrator ? all : permissions;
}

/** What a user may do in a channel; 0n where they are not there at all. */
export function permissionsIn(channel: ChannelRecord, userId: string, now: number): bigint {
  const { guild } = channel;
  if (!guild) return channel.people?.every(({ id }) => id !== userId) ? 0n : dmPermissions;
  const member = guild.members.get(userId);
  if (!member) return 0n;
  const base = guildPermissions(guild, member);
  if (base === all) return all;
  const permissions = withImplicitDenials(withOverwrites(base, isThread(channel) ? channel.parent : channel, guild, member));
  return member.timedOutUntil !== undefined && member.timedOutUntil > now ? permissions & timedOut : permissions;
}

function withOverwrites(base: bigint, channel: ChannelRecord, guild: GuildRecord, member: MemberRecord): bigint {
  let permissions = applied(base, channel.overwrites.get(guild.id));
  let allow = 0n;
  let deny = 0n;
  for (const roleId of member.roleIds) {
    const overwrite = channel.overwrites.get(roleId);
    allow |= overwrite?.allow ?? 0n;
    deny |= overwrite?.deny ?? 0n;
  }
  permissions = (permissions & ~deny) | allow;
  return applied(permissions, channel.overwrites.get(member.user.id));
}

function applied(permissions: bigint, overwrite: { allow: bigint; deny: bigint } | undefined): bigint {
  return overwrite ? (permissions & ~overwrite.deny) | overwrite.allow : permissions;
}

function withImplicitDenials(permissions: bigint): bigint {
  return permissions & Permission.ViewChannel ? permissions : 0n;
}

export function canSee(channel: ChannelRecord, userId: string, now: number): boolean {
  const permissions = permissionsIn(channel, userId, now);
  if (!(permissions & Permission.ViewChannel)) return false;
  if (!isThread(channel) || channel.type !== ChannelType.PrivateThread) return true;
  return channel.thread.members.has(userId) || (permissions & Permission.ManageThreads) !== 0n;
}

/** SEND_MESSAGES means nothing in threads. https://docs.discord.com/developers/topics/threads#permissions */
export function canSend(channel: ChannelRecord, userId: string, now: number): boolean {
  const needed = isThread(channel) ? Permission.SendMessagesInThreads : Permission.SendMessages;
  return (permissionsIn(channel, userId, now) & needed) !== 0n;
}
