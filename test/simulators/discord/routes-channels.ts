import { ChannelType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import { botMay, refuseArchived, requirePermission, visibleChannel } from './access.ts';
import { FormErrors, restError } from './errors.ts';
import { channelPayload } from './payloads.ts';
import { canSee } from './permissions.ts';
import { changeThreadMembers, channelChanged, deleteChannel, dmWith } from './places.ts';
import type { ChannelRecord, ThreadRecord } from './records.ts';
import { isThread } from './records.ts';
import type { Answer, Call, Routes } from './router.ts';
import { noContent, ok } from './router.ts';
import { fieldsOf, integer, oneOf, text } from './shape.ts';
import type { World } from './world.ts';

export const archiveMinutes = [60, 1440, 4320, 10_080] as const;

export function channelRoutes(world: World): Routes {
  return {
    'GET /channels/:id': (_call, id) => ok(channelPayload(visibleChannel(world, id), world.bot)),
    'PATCH /channels/:id': patch,
    'DELETE /channels/:id': (_call, id) => {
      const channel = visibleChannel(world, id);
      const payload = channelPayload(channel, world.bot);
      if (channel.guild) requirePermission(world, channel, channel.thread ? Permission.ManageThreads : Permission.ManageChannels);
      deleteChannel(world, channel);
      return ok(payload);
    },
    'POST /users/@me/channels': openDm,
    'PUT /channels/:id/thread-members/@me': (_call, id) => {
      const thread = visibleThread(world, id);
      refuseArchived(thread);
      changeThreadMembers(world, thread, { add: world.bot });
      return noContent;
    },
    'DELETE /channels/:id/thread-members/@me': (_call, id) => {
      const thread = visibleThread(world, id);
      changeThreadMembers(world, thread, { remove: world.bot });
      return noContent;
    },
    'PUT /channels/:id/thread-members/:id': addToThread,
    'DELETE /channels/:id/thread-members/:id': (_call, id, userId) => {
      const thread = visibleThread(world, id);
      const user = world.users.get(userId);
      if (!user) throw restError('unknownUser');
      requirePermission(world, thread, Permission.ManageThreads);
      changeThreadMembers(world, thread, { remove: user });
      return noContent;
    },
    'GET /channels/:id/thread-members': (_call, id) => {
      const thread = visibleThread(world, id);
      const members = [...thread.thread.members].map(([userId, joinedAt]) => ({
        id: thread.id,
        user_id: userId,
        join_timestamp: joinedAt,
        flags: 0,
      }));
      return ok(members);
    },
    'GET /channels/:id/thread-members/:id': (_call, id, userId) => {
      const thread = visibleThread(world, id);
      const joinedAt = thread.thread.members.get(userId);
      if (joinedAt === undefined) throw restError('unknownMember');
      return ok({ id: thread.id, user_id: userId, join_timestamp: joinedAt, flags: 0 });
    },
  };
}

export function visibleThread(world: World, id: string): ChannelRecord & { thread: ThreadRecord; parent: ChannelRecord } {
  const channel = visibleChannel(world, id);
  if (!isThread(channel)) throw restError('wrongChannelKind');
  return channel;
}

function addToThread({ world }: Call, id: string, userId: string): Answer {
  const thread = visibleThread(world, id);
  const user = world.users.get(userId);
  if (!user) throw restError('unknownUser');
  refuseArchived(thread);
  requirePermission(world, thread, Permission.SendMessagesInThreads);
  if (!canSee(thread.parent, user.id, world.clock.now())) throw restError('missingAccess');
  changeThreadMembers(world, thread, { add: user });
  return noContent;
}

function openDm({ world, body }: Call): Answer {
  const user = world.users.get(String(fieldsOf(body)['recipient_id']));
  if (!user || user.bot) throw restError('invalidRecipient');
  return ok(channelPayload(dmWith(world, user), world.bot));
}

/** https://docs.discord.com/developers/resources/channel#modify-channel */
function patch({ world, body }: Call, id: string): Answer {
  const channel = visibleChannel(world, id);
  const fields = fieldsOf(body);
  const errors = new FormErrors();
  const name = text(errors, ['name'], fields['name'], { min: 1, max: 100 });
  const topic = text(errors, ['topic'], fields['topic'], { max: channel.type === ChannelType.GuildForum ? 4096 : 1024 });
  const slowmode = integer(errors, ['rate_limit_per_user'], fields['rate_limit_per_user'], { min: 0, max: 21_600 });
  const minutes = fields['auto_archive_duration'] ?? undefined;
  if (minutes !== undefined) oneOf(errors, ['auto_archive_duration'], minutes, archiveMinutes);
  errors.throwIfAny();
  if (isThread(channel)) changeThread(world, channel, fields);
  else requirePermission(world, channel, Permission.ManageChannels);
  channel.name = name ?? channel.name;
  channel.topic = topic ?? channel.topic;
  channel.slowmodeSeconds = slowmode ?? channel.slowmodeSeconds;
  channelChanged(world, channel);
  return ok(channelPayload(channel, world.bot));
}

function changeThread(world: World, channel: ChannelRecord & { thread: ThreadRecord }, fields: Readonly<Record<string, unknown>>): void {
  const { metadata, ownerId } = channel.thread;
  const { archived, locked, auto_archive_duration: minutes } = fields;
  const moderates = botMay(world, channel, Permission.ManageThreads);
  const mayOpen = !metadata.locked && botMay(world, channel, Permission.SendMessagesInThreads);
  const opens = archived === false && metadata.archived;
  if (metadata.archived && !opens) throw restError('threadArchived');
  if (!moderates && !(opens ? mayOpen : ownerId === world.bot.id)) throw restError('missingPermissions');
  if (typeof locked === 'boolean' && locked !== metadata.locked && !moderates) throw restError('missingPermissions');
  if (typeof archived === 'boolean') metadata.archived = archived;
  if (typeof locked === 'boolean') metadata.locked = locked;
  if (typeof minutes === 'number') metadata.auto_archive_duration = minutes;
  metadata.archive_timestamp = world.timestamp();
}
