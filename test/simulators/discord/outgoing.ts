import type { APIMessage } from 'discord-api-types/v10';
import { MessageFlags, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import { botMay } from './access.ts';
import { FormErrors, restError } from './errors.ts';
import type { MessageInput, NewFile } from './message-input.ts';
import { isBlank } from './message-input.ts';
import { messagePayload } from './message-payload.ts';
import type { MessageChanges } from './messages.ts';
import { readableWithoutIntent, spokenText } from './messages.ts';
import type { AttachmentRecord, ChannelRecord, MessageRecord } from './records.ts';
import type { World } from './world.ts';

export const sendableFlags = MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications | MessageFlags.IsComponentsV2;

/** What REST hands out: content only as the portal allows, whatever the gateway session asked for. */
export function restMessage(world: World, message: MessageRecord): APIMessage {
  const mayRead = (read: MessageRecord) => world.portal.messageContent || readableWithoutIntent(read, world.bot.id);
  return messagePayload(message, { gateway: false, mayRead });
}

/** What a message of the bot must pass, however it is sent. */
export function refuseUnsendable(
  world: World,
  channel: ChannelRecord,
  input: MessageInput,
  options: { readonly checkPermissions: boolean },
): void {
  refuseLargeFiles(world, channel, input.newFiles);
  if (options.checkPermissions) {
    if (input.newFiles.length > 0 && !botMay(world, channel, Permission.AttachFiles)) throw restError('missingPermissions');
    if (input.embeds?.length && !botMay(world, channel, Permission.EmbedLinks)) throw restError('missingPermissions');
  }
  refuseBlockedWords(channel, spokenText({ content: input.content ?? '', components: [...(input.components ?? [])] }));
}

export function refuseEmpty(input: MessageInput): void {
  const shown = input.embeds?.length || input.components?.length || input.newFiles.length > 0 || input.poll !== undefined;
  if (!shown && isBlank(input.content ?? '')) throw restError('emptyMessage');
}

/** Each file has its limit. https://docs.discord.com/developers/reference#uploading-files */
function refuseLargeFiles(world: World, channel: ChannelRecord, files: readonly NewFile[]): void {
  const limit = channel.guild?.attachmentSizeLimit ?? world.settings.attachmentSizeLimit;
  if (files.some((file) => file.bytes.byteLength > limit)) throw restError('tooLarge');
}

function refuseBlockedWords(channel: ChannelRecord, content: string): void {
  const words = channel.guild?.blockedWords ?? [];
  const lower = content.toLowerCase();
  if (words.some((word) => lower.includes(word.toLowerCase()))) throw restError('blockedByAutoModeration');
}

export function storeFiles(world: World, channelId: string, files: readonly NewFile[], ephemeral = false): AttachmentRecord[] {
  return files.map(({ name, bytes, contentType, description }) =>
    world.files.add(
      channelId,
      {
        name,
        bytes,
        ...(contentType !== undefined && contentType !== 'application/octet-stream' && { contentType }),
        ...(description !== undefined && { description }),
      },
      ephemeral,
    ),
  );
}

/** What an edit makes of a message. Where `attachments` is given, it lists everything that stays. */
export function changesBy(world: World, message: MessageRecord, input: MessageInput): MessageChanges {
  const kept = message.attachments.filter(({ id }) => input.keptAttachments?.has(id) ?? true);
  const flags = flagsAfter(message, input.flags);
  const changes: MessageChanges = {
    content: input.content,
    embeds: input.embeds,
    components: input.components,
    attachments: [...kept, ...storeFiles(world, message.channel.id, input.newFiles, message.ephemeral)],
    flags,
  };
  refuseContentUnderV2(message, changes, flags);
  const shown =
    (changes.embeds ?? message.embeds).length + (changes.components ?? message.components).length + (changes.attachments?.length ?? 0) > 0;
  if (!shown && isBlank(changes.content ?? message.content) && !message.poll) throw restError('emptyMessage');
  return changes;
}

/** SUPPRESS_EMBEDS can be turned, IS_COMPONENTS_V2 only on. */
function flagsAfter(message: MessageRecord, flags: number | undefined): number {
  if (flags === undefined) return message.flags;
  const turned = (message.flags & ~MessageFlags.SuppressEmbeds) | (flags & MessageFlags.SuppressEmbeds);
  return turned | (flags & MessageFlags.IsComponentsV2);
}

function refuseContentUnderV2(message: MessageRecord, changes: MessageChanges, flags: number): void {
  if (!(flags & MessageFlags.IsComponentsV2)) return;
  const errors = new FormErrors();
  const text = 'cannot be used with this flag; clear it in the same edit';
  const code = 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2';
  if ((changes.content ?? message.content) !== '') errors.add(['content'], code, `The 'content' field ${text}`);
  if ((changes.embeds ?? message.embeds).length > 0) errors.add(['embeds'], code, `The 'embeds' field ${text}`);
  errors.throwIfAny();
}
