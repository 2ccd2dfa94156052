import { ChannelType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import { botMay, isSystemMessage, messageIn, requirePermission, visibleChannel } from './access.ts';
import { FormErrors, restError } from './errors.ts';
import { messageDefaults } from './mentions.ts';
import { readMessageInput } from './message-input.ts';
import { refuseEmpty, refuseUnsendable, restMessage, sendableFlags, storeFiles } from './outgoing.ts';
import { threadPayload } from './payloads.ts';
import type { ChannelRecord } from './records.ts';
import { archiveMinutes } from './routes-channels.ts';
import type { Answer, Call, Routes } from './router.ts';
import { created, ok } from './router.ts';
import { fieldsOf, integer, oneOf, text } from './shape.ts';
import type { ThreadFields } from './threads.ts';
import { activeThreads, startPost, startThread, startThreadFrom } from './threads.ts';
import type { World } from './world.ts';

const forums: ReadonlySet<ChannelType> = new Set([ChannelType.GuildForum, ChannelType.GuildMedia]);
const withThreads: ReadonlySet<ChannelType> = new Set([ChannelType.GuildText, ChannelType.GuildAnnouncement]);

export function threadRoutes(world: World): Routes {
  return {
    'POST /channels/:id/messages/:id/threads': fromMessage,
    'POST /channels/:id/threads': withoutMessage,
    'GET /channels/:id/threads/archived/public': (call, id) => archived(call, id, ChannelType.PublicThread),
    'GET /channels/:id/threads/archived/private': (call, id) => {
      requirePermission(world, visibleChannel(world, id), Permission.ManageThreads);
      return archived(call, id, ChannelType.PrivateThread);
    },
  };
}

/** https://docs.discord.com/developers/resources/channel#start-thread-from-message */
function fromMessage({ world, body }: Call, channelId: string, messageId: string): Answer {
  const channel = visibleChannel(world, channelId);
  const message = messageIn(channel, messageId, world);
  if (!withThreads.has(channel.type)) throw restError('wrongChannelKind');
  requirePermission(world, channel, Permission.CreatePublicThreads);
  const fields = threadFields(world, body);
  if (isSystemMessage(message)) throw restError('systemMessage');
  if (message.threadId !== undefined) throw restError('threadExists');
  refuseTooMany(world, channel);
  return created(threadPayload(startThreadFrom(world, message, fields), world.bot));
}

/** https://docs.discord.com/developers/resources/channel#start-thread-without-message */
function withoutMessage(call: Call, channelId: string): Answer {
  const { world, body } = call;
  const channel = visibleChannel(world, channelId);
  if (forums.has(channel.type)) return forumPost(call, channel);
  if (!withThreads.has(channel.type)) throw restError('wrongChannelKind');
  const fields = threadFields(world, body);
  // Private is the default of this route.
  const isPublic = fieldsOf(body)['type'] === ChannelType.PublicThread || fieldsOf(body)['type'] === ChannelType.AnnouncementThread;
  requirePermission(world, channel, isPublic ? Permission.CreatePublicThreads : Permission.CreatePrivateThreads);
  refuseTooMany(world, channel);
  const type = isPublic ? ChannelType.PublicThread : ChannelType.PrivateThread;
  return created(threadPayload(startThread(world, channel, { ...fields, type }), world.bot));
}

/** https://docs.discord.com/developers/resources/channel#start-thread-in-forum-or-media-channel */
function forumPost({ world, body, files }: Call, forum: ChannelRecord): Answer {
  requirePermission(world, forum, Permission.SendMessages);
  const fields = threadFields(world, body);
  const errors = new FormErrors();
  if (fieldsOf(body)['message'] === undefined) errors.required(['message']);
  const input = readMessageInput(errors, fieldsOf(body)['message'], files, { path: ['message'] });
  errors.throwIfAny();
  refuseEmpty(input);
  refuseUnsendable(world, forum, input, { checkPermissions: true });
  refuseTooMany(world, forum);
  const first = {
    content: input.content ?? '',
    flags: (input.flags ?? 0) & sendableFlags,
    embeds: input.embeds ?? [],
    components: input.components ?? [],
    attachments: storeFiles(world, forum.id, input.newFiles),
  };
  const thread = startPost(world, forum, fields, first, input.allowedMentions ?? messageDefaults);
  const message = world.messages.get(thread.id);
  return created({ ...threadPayload(thread, world.bot), message: message && restMessage(world, message) });
}

function threadFields(world: World, body: unknown): ThreadFields {
  const fields = fieldsOf(body);
  const errors = new FormErrors();
  const name = text(errors, ['name'], fields['name'], { min: 1, max: 100, required: true });
  const minutes = fields['auto_archive_duration'] ?? undefined;
  const autoArchiveMinutes = minutes === undefined ? undefined : oneOf(errors, ['auto_archive_duration'], minutes, archiveMinutes);
  const slowmodeSeconds = integer(errors, ['rate_limit_per_user'], fields['rate_limit_per_user'], { min: 0, max: 21_600 });
  if (name !== undefined && name.trim() === '') errors.required(['name']);
  errors.throwIfAny();
  return { name: (name ?? '').trim(), owner: world.bot, autoArchiveMinutes, slowmodeSeconds };
}

function refuseTooMany(world: World, channel: ChannelRecord): void {
  if (activeThreads(channel).length >= world.settings.maxActiveThreads) throw restError('maximumThreads');
}

function archived({ world, query }: Call, channelId: string, type: ChannelType): Answer {
  const channel = visibleChannel(world, channelId);
  if (!botMay(world, channel, Permission.ReadMessageHistory)) throw restError('missingAccess');
  const limit = Number(query.get('limit') ?? 50);
  const threads = [...(channel.guild?.threads.values() ?? [])].filter(
    (thread) => thread.parent === channel && thread.type === type && thread.thread?.metadata.archived,
  );
  return ok({
    threads: threads.slice(0, limit).map((thread) => threadPayload(thread, world.bot)),
    members: [],
    has_more: threads.length > limit,
  });
}
