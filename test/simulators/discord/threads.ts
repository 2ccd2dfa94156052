import { ChannelType, MessageFlags, MessageType } from 'discord-api-types/v10';
import type { AllowedMentions } from './mentions.ts';
import { messageDefaults } from './mentions.ts';
import type { Draft } from './messages.ts';
import { dispatchMessage, post } from './messages.ts';
import { addThread } from './places.ts';
import type { ChannelRecord, MessageRecord, UserRecord } from './records.ts';
import type { World } from './world.ts';

export interface ThreadFields {
  readonly name: string;
  readonly owner: UserRecord;
  readonly autoArchiveMinutes?: number | undefined;
  readonly slowmodeSeconds?: number | undefined;
  /** Of a forum's post, by their names. */
  readonly tags?: readonly string[] | undefined;
}

/** The thread of a message has the message's id. https://docs.discord.com/developers/topics/threads */
export function startThreadFrom(world: World, message: MessageRecord, fields: ThreadFields): ChannelRecord {
  const { channel } = message;
  const type = channel.type === ChannelType.GuildAnnouncement ? ChannelType.AnnouncementThread : ChannelType.PublicThread;
  const thread = addThread(world, channel, { ...fields, id: message.id, type });
  message.threadId = thread.id;
  message.flags |= MessageFlags.HasThread;
  dispatchMessage(world, 'MESSAGE_UPDATE', message);
  post(world, { channel: thread, author: fields.owner, content: '', type: MessageType.ThreadStarterMessage, reference: message }, messageDefaults);
  return thread;
}

export function startThread(world: World, parent: ChannelRecord, fields: ThreadFields & { readonly type: ChannelType; readonly withBot?: boolean }) {
  const thread = addThread(world, parent, fields);
  if (fields.type === ChannelType.PublicThread) {
    const { owner, name } = fields;
    const notice = { type: MessageType.ThreadCreated, referenceId: thread.id, referenceChannelId: thread.id };
    post(world, { channel: parent, author: owner, content: name, ...notice }, messageDefaults);
  }
  return thread;
}

/** A forum post: the thread and its first message share an id. */
export function startPost(
  world: World,
  forum: ChannelRecord,
  fields: ThreadFields,
  first: Omit<Draft, 'channel' | 'author' | 'id'>,
  allowed: AllowedMentions = messageDefaults,
): ChannelRecord {
  const thread = addThread(world, forum, { ...fields, type: ChannelType.PublicThread });
  post(world, { ...first, channel: thread, author: fields.owner, id: thread.id }, allowed);
  return thread;
}

export function activeThreads(channel: ChannelRecord): ChannelRecord[] {
  return [...(channel.guild?.threads.values() ?? [])].filter((thread) => !thread.thread?.metadata.archived);
}
