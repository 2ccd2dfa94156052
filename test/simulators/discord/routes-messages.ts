import { MessageFlags, MessageType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import {
  botMay,
  isSystemMessage,
  mayReadHistory,
  messageIn,
  refuseArchived,
  requirePermission,
  visibleChannel,
  writableChannel,
} from './access.ts';
import { FormErrors, formError, RestError, restError } from './errors.ts';
import { messageDefaults } from './mentions.ts';
import type { MessageInput, ReferenceInput } from './message-input.ts';
import { readMessageInput } from './message-input.ts';
import { edit, post, readableWithoutIntent, remove, removeMany, startTyping } from './messages.ts';
import { Nonces } from './nonces.ts';
import { changesBy, refuseEmpty, refuseUnsendable, restMessage, sendableFlags, storeFiles } from './outgoing.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { ChannelRecord, MessageRecord } from './records.ts';
import type { Answer, Call, Routes } from './router.ts';
import { noContent, ok } from './router.ts';
import { fieldsOf, isFields } from './shape.ts';
import { createdAt, isSnowflake } from './snowflakes.ts';
import type { World } from './world.ts';

const HOUR = 60 * 60_000;
const TWO_WEEKS = 14 * 24 * HOUR;

/** https://docs.discord.com/developers/resources/message#message-object-message-types, those that are not deletable */
const undeletable: ReadonlySet<MessageType> = new Set([
  MessageType.RecipientAdd,
  MessageType.RecipientRemove,
  MessageType.Call,
  MessageType.ChannelNameChange,
  MessageType.ChannelIconChange,
  MessageType.GuildDiscoveryDisqualified,
  MessageType.GuildDiscoveryRequalified,
  MessageType.GuildDiscoveryGracePeriodInitialWarning,
  MessageType.GuildDiscoveryGracePeriodFinalWarning,
  MessageType.ThreadStarterMessage,
]);

export function messageRoutes(world: World, limiter: RateLimiter): Routes {
  const nonces = new Nonces(world);
  return {
    'POST /channels/:id/messages': (call, channelId) => create(call, channelId, nonces),
    'GET /channels/:id/messages': list,
    'GET /channels/:id/messages/:id': (call, channelId, messageId) => {
      const channel = visibleChannel(world, channelId);
      if (!mayReadHistory(world, channel)) throw restError('missingAccess');
      return ok(restMessage(world, messageIn(channel, messageId, call.world)));
    },
    'PATCH /channels/:id/messages/:id': (call, channelId, messageId) => patch(call, channelId, messageId, limiter),
    'DELETE /channels/:id/messages/:id': (_call, channelId, messageId) => {
      const channel = visibleChannel(world, channelId);
      const message = messageIn(channel, messageId, world);
      refuseArchived(channel);
      if (message.author !== world.bot) requirePermission(world, channel, Permission.ManageMessages);
      if (undeletable.has(message.type)) throw restError('systemMessage');
      remove(world, message);
      return noContent;
    },
    'POST /channels/:id/messages/bulk-delete': bulkDelete,
    'POST /channels/:id/typing': (_call, channelId) => {
      startTyping(world, writableChannel(world, channelId), world.bot);
      return noContent;
    },
  };
}

/** https://docs.discord.com/developers/resources/message#create-message */
function create({ world, body, files }: Call, channelId: string, nonces: Nonces): Answer {
  const channel = writableChannel(world, channelId);
  const input = checked(body, files);
  const reference = input.reference && resolveReference(world, channel, input.reference);
  if (!reference?.forward) refuseEmpty(input);
  refuseUnsendable(world, channel, input, { checkPermissions: true });
  const deduplicated = input.enforceNonce && input.nonce !== undefined ? nonces.find(input.nonce) : undefined;
  if (deduplicated) return ok(restMessage(world, deduplicated));
  const message = post(
    world,
    {
      channel,
      author: world.bot,
      content: input.content ?? '',
      type: reference && !reference.forward ? MessageType.Reply : MessageType.Default,
      flags: ((input.flags ?? 0) & sendableFlags) | (reference?.forward ? MessageFlags.HasSnapshot : 0),
      embeds: input.embeds ?? [],
      components: input.components ?? [],
      attachments: storeFiles(world, channel.id, input.newFiles),
      reference: reference?.message,
      snapshot: reference?.forward ? snapshotOf(reference.message) : undefined,
      nonce: input.nonce,
      poll: input.poll,
    },
    input.allowedMentions ?? messageDefaults,
  );
  if (input.nonce !== undefined) nonces.add(input.nonce, message);
  return ok(restMessage(world, message));
}

function checked(body: unknown, files: Call['files'], flagsBefore = 0): MessageInput {
  const errors = new FormErrors();
  const input = readMessageInput(errors, body, files, { flagsBefore });
  errors.throwIfAny();
  return input;
}

function resolveReference(world: World, channel: ChannelRecord, input: ReferenceInput): { message: MessageRecord; forward: boolean } | undefined {
  const message = world.messages.get(input.messageId);
  const wrongChannel = message && !input.forward && message.channel !== channel;
  if (!message || message.deleted || message.ephemeral || wrongChannel || (input.channelId && message.channel.id !== input.channelId)) {
    if (!input.failIfNotExists && !input.forward) return undefined;
    throw formError(['message_reference'], 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message');
  }
  if (input.forward) {
    const readable = world.portal.messageContent || readableWithoutIntent(message, world.bot.id);
    if (!readable || !mayReadHistory(world, message.channel)) throw restError('forwardUnreadable');
    return { message, forward: true };
  }
  if (!botMay(world, channel, Permission.ReadMessageHistory)) throw restError('noReplyWithoutHistory');
  if (isSystemMessage(message)) {
    throw formError(['message_reference'], 'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE', 'Cannot reply to a system message');
  }
  return { message, forward: false };
}

export function snapshotOf(source: MessageRecord) {
  const { content, embeds, attachments, stickers, flags, components, mentionedUsers, mentionedRoleIds } = source.snapshot ?? source;
  return { source, content, embeds, attachments, stickers, flags, components, mentionedUsers, mentionedRoleIds };
}

/** https://docs.discord.com/developers/resources/message#edit-message */
function patch({ world, body, files }: Call, channelId: string, messageId: string, limiter: RateLimiter): Answer {
  const channel = visibleChannel(world, channelId);
  const message = messageIn(channel, messageId, world);
  refuseArchived(channel);
  if (message.author !== world.bot || message.webhookName !== undefined) return suppressEmbeds(world, channel, message, body);
  if (isSystemMessage(message)) throw restError('systemMessage');
  if (message.poll) throw new RestError(400, 520_003, 'Cannot edit a poll message');
  const input = checked(body, files, message.flags);
  refuseUnsendable(world, channel, input, { checkPermissions: true });
  const changes = changesBy(world, message, input);
  refuseOldEdit(world, message, limiter);
  edit(world, message, changes, input.allowedMentions ?? messageDefaults);
  return ok(restMessage(world, message));
}

/** Of somebody else's message only the previews can be turned off. */
function suppressEmbeds(world: World, channel: ChannelRecord, message: MessageRecord, body: unknown): Answer {
  const fields = fieldsOf(body);
  const onlyFlags = isFields(body) && Object.keys(fields).every((key) => key === 'flags' || key === 'allowed_mentions' || key === 'nonce');
  const flags = Number(fields['flags'] ?? 0);
  if (!onlyFlags || !botMay(world, channel, Permission.ManageMessages)) throw restError('notTheAuthor');
  const kept = message.flags & ~MessageFlags.SuppressEmbeds;
  edit(world, message, { flags: kept | (flags & MessageFlags.SuppressEmbeds), embeds: [] });
  return ok(restMessage(world, message));
}

/** Measured: 3 in 6 s per channel, announced by no header. https://github.com/discord/discord-api-docs/issues/4413 */
function refuseOldEdit(world: World, message: MessageRecord, limiter: RateLimiter): void {
  if (world.clock.now() - createdAt(message.id) < HOUR) return;
  const wait = limiter.consume(`old edits ${message.channel.id}`, 3, 6000);
  if (wait === undefined) return;
  const text = 'Maximum number of edits to messages older than 1 hour reached. Try again later.';
  throw new RestError(429, 30_046, text, { retryAfterSeconds: wait });
}

/** https://docs.discord.com/developers/resources/message#get-channel-messages */
function list({ world, query }: Call, channelId: string): Answer {
  const channel = visibleChannel(world, channelId);
  const limit = Number(query.get('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw formError(['limit'], 'NUMBER_TYPE_MAX', 'int value should be between 1 and 100.');
  }
  if (!mayReadHistory(world, channel)) return ok([]);
  return ok(page(channel, query, limit).map((message) => restMessage(world, message)));
}

function page(channel: ChannelRecord, query: URLSearchParams, limit: number): MessageRecord[] {
  const [around, before, after] = ['around', 'before', 'after'].map((name) => boundary(query, name));
  if (around !== undefined) {
    const half = Math.floor(limit / 2);
    const newer = take(channel.log.after(around - 1n), half + 1).toReversed();
    return [...newer, ...take(channel.log.before(around), half)].slice(0, limit);
  }
  if (after !== undefined) return take(channel.log.after(after), limit).toReversed();
  return take(channel.log.before(before ?? 1n << 64n), limit);
}

function boundary(query: URLSearchParams, name: string): bigint | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!isSnowflake(value)) throw formError([name], 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`);
  return BigInt(value);
}

function take(messages: Iterable<MessageRecord>, limit: number): MessageRecord[] {
  const taken: MessageRecord[] = [];
  for (const message of messages) {
    if (message.deleted || message.ephemeral) continue;
    taken.push(message);
    if (taken.length >= limit) break;
  }
  return taken;
}

function bulkDelete({ world, body }: Call, channelId: string): Answer {
  const channel = visibleChannel(world, channelId);
  requirePermission(world, channel, Permission.ManageMessages);
  const ids = fieldsOf(body)['messages'];
  if (!Array.isArray(ids) || ids.length < 2 || ids.length > 100) throw restError('bulkDeleteCount');
  const messages = ids.flatMap((id) => world.messages.get(String(id)) ?? []).filter((message) => message.channel === channel);
  if (messages.some(({ id }) => world.clock.now() - createdAt(id) > TWO_WEEKS)) throw restError('bulkDeleteTooOld');
  removeMany(world, channel, messages);
  return noContent;
}
