import { ChannelType, MessageType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import { restError } from './errors.ts';
import { canSee, canSend, permissionsIn } from './permissions.ts';
import type { ChannelRecord, GuildRecord, MessageRecord } from './records.ts';
import { isThread } from './records.ts';
import type { World } from './world.ts';

const withoutMessages: ReadonlySet<ChannelType> = new Set([ChannelType.GuildCategory, ChannelType.GuildForum, ChannelType.GuildMedia]);

/** A channel that the bot sees. */
export function visibleChannel(world: World, id: string): ChannelRecord {
  const channel = world.channels.get(id);
  if (!channel) throw restError('unknownChannel');
  const { guild } = channel;
  if (guild && (!guild.hasBot || guild.unavailable)) throw restError('missingAccess');
  if (!canSee(channel, world.bot.id, world.clock.now())) throw restError('missingAccess');
  return channel;
}

export function botGuild(world: World, id: string): GuildRecord {
  const guild = world.guilds.get(id);
  if (!guild) throw restError('unknownGuild');
  if (!guild.hasBot || guild.unavailable) throw restError('missingAccess');
  return guild;
}

export function botMay(world: World, channel: ChannelRecord, permission: bigint): boolean {
  return (permissionsIn(channel, world.bot.id, world.clock.now()) & permission) !== 0n;
}

export function requirePermission(world: World, channel: ChannelRecord, permission: bigint): void {
  if (!botMay(world, channel, permission)) throw restError('missingPermissions');
}

/** A channel that the bot may write to as it stands. */
export function writableChannel(world: World, id: string): ChannelRecord {
  const channel = visibleChannel(world, id);
  if (withoutMessages.has(channel.type)) throw restError('voiceNotText');
  if (!canSend(channel, world.bot.id, world.clock.now())) throw restError('missingPermissions');
  refuseBlockedDm(channel);
  if (isThread(channel) && channel.thread.metadata.locked && !botMay(world, channel, Permission.ManageThreads)) {
    throw restError(channel.thread.metadata.archived ? 'threadArchived' : 'threadLocked');
  }
  return channel;
}

function refuseBlockedDm(channel: ChannelRecord): void {
  if (channel.recipient?.blocksBot === 'no-mutual-guild') throw restError('noMutualGuild');
  if (channel.recipient?.blocksBot) throw restError('dmsBlocked');
}

/** Sending wakes an archived thread; nothing else does. */
export function refuseArchived(channel: ChannelRecord): void {
  if (channel.thread?.metadata.archived) throw restError('threadArchived');
}

export function messageIn(channel: ChannelRecord, id: string, world: World): MessageRecord {
  const message = world.messages.get(id);
  if (!message || message.channel !== channel || message.deleted || message.ephemeral) throw restError('unknownMessage');
  return message;
}

export function mayReadHistory(world: World, channel: ChannelRecord): boolean {
  const voice = channel.type === ChannelType.GuildVoice || channel.type === ChannelType.GuildStageVoice;
  return botMay(world, channel, Permission.ReadMessageHistory) && (!voice || botMay(world, channel, Permission.Connect));
}

const ordinary: ReadonlySet<MessageType> = new Set([
  MessageType.Default,
  MessageType.Reply,
  MessageType.ChatInputCommand,
  MessageType.ContextMenuCommand,
]);

export function isSystemMessage(message: MessageRecord): boolean {
  return !ordinary.has(message.type);
}
