import type { APIAttachment, APIMessage, APIMessageInteractionMetadata, APIUser } from 'discord-api-types/v10';
import { MessageReferenceType } from 'discord-api-types/v10';
import { memberPayload, threadPayload, userPayload } from './payloads.ts';
import { imageSize } from './images.ts';
import type { AttachmentRecord, GuildRecord, MessageRecord, UserRecord } from './records.ts';

export interface MessageReading {
  /** Gateway events carry the guild and the author's member; REST does not. */
  readonly gateway: boolean;
  /** Whether the reader gets the content of this message. */
  readonly mayRead: (message: MessageRecord) => boolean;
}

export function attachmentPayload(attachment: AttachmentRecord): APIAttachment {
  const url = attachment.url();
  return {
    id: attachment.id,
    filename: attachment.name,
    size: attachment.size,
    url,
    proxy_url: url,
    content_scan_version: 0,
    ...(attachment.contentType !== undefined && { content_type: attachment.contentType }),
    ...(attachment.description !== undefined && { description: attachment.description }),
    ...(attachment.ephemeral && { ephemeral: true }),
    ...(attachment.voice !== undefined && { duration_secs: attachment.voice.seconds, waveform: attachment.voice.waveform }),
    ...imageSize(attachment.bytes),
  } as APIAttachment;
}

/** https://docs.discord.com/developers/resources/message#message-object */
export function messagePayload(message: MessageRecord, reading: MessageReading, nested = false): APIMessage {
  const readable = reading.mayRead(message);
  const { guild } = message.channel;
  return {
    type: message.type,
    id: message.id,
    channel_id: message.channel.id,
    content: readable ? message.content : '',
    author: authorPayload(message),
    timestamp: message.timestamp,
    edited_timestamp: message.editedTimestamp,
    tts: false,
    mention_everyone: message.mentionsEveryone,
    mentions: message.mentionedUsers.map((user) => mentionPayload(user, guild, reading.gateway)),
    mention_roles: [...message.mentionedRoleIds],
    attachments: readable ? message.attachments.map(attachmentPayload) : [],
    embeds: readable ? [...message.embeds] : [],
    components: readable ? [...message.components] : [],
    flags: message.flags,
    pinned: message.pinned,
    ...(reading.gateway && !nested && gatewayFields(message)),
    ...(message.nonce !== undefined && { nonce: message.nonce }),
    ...(message.webhookId !== undefined && { webhook_id: message.webhookId }),
    ...(message.applicationId !== undefined && { application_id: message.applicationId }),
    ...(message.reactions.size > 0 && { reactions: reactionPayloads(message) }),
    ...(message.stickers.length > 0 && { sticker_items: message.stickers }),
    ...(readable && message.poll !== undefined && { poll: message.poll }),
    ...interactionFields(message),
    ...threadFields(message),
    ...referenceFields(message, reading, readable, nested),
  } as APIMessage;
}

function gatewayFields(message: MessageRecord): Record<string, unknown> {
  const { guild } = message.channel;
  const member = message.webhookId === undefined || message.interaction ? guild?.members.get(message.author.id) : undefined;
  return {
    channel_type: message.channel.type,
    ...(guild && { guild_id: guild.id }),
    ...(member && { member: memberPayload(member) }),
  };
}

function authorPayload(message: MessageRecord): APIUser {
  if (message.webhookName === undefined) return userPayload(message.author);
  return {
    id: message.webhookId ?? message.author.id,
    username: message.webhookName,
    discriminator: '0000',
    global_name: null,
    avatar: null,
    bot: true,
  };
}

function mentionPayload(user: UserRecord, guild: GuildRecord | undefined, gateway: boolean): APIUser {
  const member = gateway ? guild?.members.get(user.id) : undefined;
  return member ? { ...userPayload(user), member: memberPayload(member) } as APIUser : userPayload(user);
}

function reactionPayloads(message: MessageRecord): unknown[] {
  return [...message.reactions].map(([emoji, users]) => ({
    emoji: emojiPayload(emoji),
    count: users.size,
    count_details: { burst: 0, normal: users.size },
    me: false,
    me_burst: false,
    burst_colors: [],
  }));
}

export function emojiPayload(emoji: string): { id: string | null; name: string } {
  const custom = /^(?<name>\w+):(?<id>\d+)$/.exec(emoji);
  return custom?.groups ? { id: custom.groups['id']!, name: custom.groups['name']! } : { id: null, name: emoji };
}

function interactionFields(message: MessageRecord): Record<string, unknown> {
  const origin = message.interaction;
  if (!origin) return {};
  const metadata = {
    id: origin.id,
    type: origin.type,
    user: userPayload(origin.user),
    authorizing_integration_owners: origin.owners,
    ...(origin.originalResponseMessageId !== undefined &&
      origin.originalResponseMessageId !== message.id && { original_response_message_id: origin.originalResponseMessageId }),
  } as APIMessageInteractionMetadata;
  if (origin.commandName === undefined) return { interaction_metadata: metadata };
  const { id, type } = origin;
  return { interaction_metadata: metadata, interaction: { id, type, name: origin.commandName, user: userPayload(origin.user) } };
}

function threadFields(message: MessageRecord): Record<string, unknown> {
  const thread = message.threadId === undefined ? undefined : message.channel.guild?.threads.get(message.threadId);
  return thread ? { thread: threadPayload(thread) } : {};
}

function referenceFields(message: MessageRecord, reading: MessageReading, readable: boolean, nested: boolean): Record<string, unknown> {
  if (message.referenceId === undefined) return {};
  const guildId = message.channel.guild?.id;
  const message_reference = {
    type: message.snapshot ? MessageReferenceType.Forward : MessageReferenceType.Default,
    message_id: message.referenceId,
    channel_id: message.referenceChannelId ?? message.channel.id,
    ...(guildId !== undefined && { guild_id: guildId }),
  };
  if (message.snapshot) return { message_reference, message_snapshots: [snapshotPayload(message, readable)] };
  if (nested) return { message_reference };
  const target = message.reference;
  return { message_reference, referenced_message: target && !target.deleted ? messagePayload(target, reading, true) : null };
}

function snapshotPayload(message: MessageRecord, readable: boolean): unknown {
  const { source, content, embeds, attachments, stickers, flags, components, mentionedUsers, mentionedRoleIds } = message.snapshot!;
  return {
    message: {
      type: source.type,
      content: readable ? content : '',
      embeds: readable ? embeds : [],
      attachments: readable ? attachments.map(attachmentPayload) : [],
      timestamp: source.timestamp,
      edited_timestamp: source.editedTimestamp,
      flags,
      ...(stickers.length > 0 && { sticker_items: stickers }),
      mentions: mentionedUsers.map(userPayload),
      mention_roles: [...mentionedRoleIds],
      components: readable ? components : [],
    },
  };
}
