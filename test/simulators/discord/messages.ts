import { ComponentType, GatewayIntentBits, MessageFlags, MessageType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import type { APIEmbed, APIMessageTopLevelComponent } from 'discord-api-types/v10';
import type { AllowedMentions, Mentions } from './mentions.ts';
import { resolveMentions, unfurledLinks } from './mentions.ts';
import { messagePayload } from './message-payload.ts';
import { memberWithUser, threadPayload } from './payloads.ts';
import { canSee, permissionsIn } from './permissions.ts';
import type { AttachmentRecord, ChannelRecord, MessageDraft, UserRecord } from './records.ts';
import { isThread, MessageRecord } from './records.ts';
import { fieldsOf } from './shape.ts';
import type { World } from './world.ts';
import { keep } from './world.ts';

export type Draft = Omit<MessageDraft, 'id' | 'createdAt' | 'timestamp'> & { readonly id?: string; readonly attachments?: readonly AttachmentRecord[] };

/** Puts a message into its channel: whoever may see it sees it, whoever it mentions is pinged, the bot hears of it. */
export function post(world: World, draft: Draft, allowed: AllowedMentions): MessageRecord {
  const message = new MessageRecord({
    ...draft,
    id: draft.id ?? world.ids.next(),
    createdAt: performance.now(),
    timestamp: world.timestamp(),
  });
  const mentions = applyMentions(world, message, allowed);
  message.addRevision();
  message.channel.log.add(message);
  world.messages.set(message.id, message);
  if (!message.ephemeral) settleIn(world, message);
  recordAttention(world, message, mentions, new Set(), 'create');
  dispatchMessage(world, 'MESSAGE_CREATE', message);
  world.changed();
  return message;
}

function settleIn(world: World, message: MessageRecord): void {
  const { channel } = message;
  channel.lastMessageId = message.id;
  if (!isThread(channel)) return;
  channel.thread.messageCount += 1;
  if (!channel.thread.metadata.archived) return;
  channel.thread.metadata.archived = false;
  dispatchThreadUpdate(world, channel);
}

export interface MessageChanges {
  readonly content?: string | undefined;
  readonly embeds?: readonly APIEmbed[] | undefined;
  readonly components?: readonly APIMessageTopLevelComponent[] | undefined;
  readonly attachments?: readonly AttachmentRecord[] | undefined;
  readonly flags?: number | undefined;
}

/** `allowed` is undefined where nobody's mentions are looked at again, as with a link preview. */
export function edit(world: World, message: MessageRecord, changes: MessageChanges, allowed?: AllowedMentions): void {
  const fillsDeferred = message.thinking;
  const known = attentionKeys(message, world.bot.id);
  message.content = changes.content ?? message.content;
  message.embeds = changes.embeds ?? message.embeds;
  message.components = changes.components ?? message.components;
  message.attachments = changes.attachments ?? message.attachments;
  message.flags = (changes.flags ?? message.flags) & ~MessageFlags.Loading;
  if (allowed && !fillsDeferred) message.editedTimestamp = world.timestamp();
  message.addRevision();
  if (allowed) {
    const reparsed = changes.content !== undefined || changes.components !== undefined;
    const mentions = reparsed ? applyMentions(world, message, allowed) : { users: [], roleIds: [], everyone: false, here: false };
    recordAttention(world, message, mentions, known, 'edit');
  }
  dispatchMessage(world, 'MESSAGE_UPDATE', message);
  world.changed();
}

export function remove(world: World, message: MessageRecord): void {
  if (message.deleted) return;
  message.deletedAt = performance.now();
  if (!message.ephemeral) {
    dispatchInChannel(world, 'MESSAGE_DELETE', message.channel, messageIntent(message.channel), () => ({
      id: message.id,
      channel_id: message.channel.id,
      ...guildField(message.channel),
    }));
  }
  world.changed();
}

export function removeMany(world: World, channel: ChannelRecord, messages: readonly MessageRecord[]): void {
  for (const message of messages) message.deletedAt ??= performance.now();
  dispatchInChannel(world, 'MESSAGE_DELETE_BULK', channel, messageIntent(channel), () => ({
    ids: messages.map(({ id }) => id),
    channel_id: channel.id,
    ...guildField(channel),
  }));
  world.changed();
}

export function startTyping(world: World, channel: ChannelRecord, user: UserRecord): void {
  const record = { at: performance.now(), userId: user.id, channelId: channel.id };
  keep(world.typing, record);
  keep(channel.typing, record);
  const member = channel.guild?.members.get(user.id);
  const intent = channel.guild ? GatewayIntentBits.GuildMessageTyping : GatewayIntentBits.DirectMessageTyping;
  dispatchInChannel(world, 'TYPING_START', channel, intent, () => ({
    channel_id: channel.id,
    user_id: user.id,
    timestamp: Math.floor(world.clock.now() / 1000),
    ...guildField(channel),
    ...(member && { member: memberWithUser(member) }),
  }));
  world.changed();
}

/** https://docs.discord.com/developers/events/gateway#message-content-intent */
export function readableWithoutIntent(message: MessageRecord, botId: string): boolean {
  if (message.author.id === botId || !message.channel.guild) return true;
  return !message.pingedBySlashReply && message.mentionedUsers.some((user) => user.id === botId);
}

export function dispatchMessage(world: World, event: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE', message: MessageRecord): void {
  // What only one person sees is told to them and to whose it is, as if it were said directly, wherever that was.
  // https://docs.discord.com/developers/events/gateway-events#messages
  const isTold = message.ephemeral ? message.author === world.bot : botHears(world, message.channel);
  if (!isTold) return;
  world.dispatch({
    event,
    guildId: message.ephemeral ? undefined : message.guildId,
    intents: message.ephemeral ? GatewayIntentBits.DirectMessages : messageIntent(message.channel),
    hasContent: true,
    data: (contentIntent) => ({
      ...messagePayload(message, {
        gateway: true,
        mayRead: (read) => contentIntent || readableWithoutIntent(read, world.bot.id),
      }),
      ...(!world.settings.tellsChannelTypes && { channel_type: undefined }),
      ...(message.ephemeral && { guild_id: undefined, member: undefined }),
    }),
  });
}

export function dispatchInChannel(world: World, event: string, channel: ChannelRecord, intents: number, data: () => unknown): void {
  if (botHears(world, channel)) world.dispatch({ event, guildId: channel.guild?.id, intents, data });
}

export function dispatchThreadUpdate(world: World, thread: ChannelRecord): void {
  dispatchInChannel(world, 'THREAD_UPDATE', thread, GatewayIntentBits.Guilds, () => threadPayload(thread, world.bot));
}

function botHears(world: World, channel: ChannelRecord): boolean {
  return (!channel.guild || channel.guild.hasBot) && canSee(channel, world.bot.id, world.clock.now());
}

function messageIntent(channel: ChannelRecord): number {
  return channel.guild ? GatewayIntentBits.GuildMessages : GatewayIntentBits.DirectMessages;
}

function guildField(channel: ChannelRecord): { guild_id?: string } {
  return channel.guild ? { guild_id: channel.guild.id } : {};
}

/** The text that is read: the content, and the Text Displays of Components V2. */
export function spokenText(message: Pick<MessageRecord, 'content' | 'components'>): string {
  const displays = message.components.length > 0 ? textDisplays(message.components) : [];
  return displays.length > 0 ? [message.content, ...displays].join('\n') : message.content;
}

function textDisplays(components: readonly unknown[]): string[] {
  return components.flatMap((component) => {
    const { type, content, components: nested } = fieldsOf(component);
    if (type === ComponentType.TextDisplay && typeof content === 'string') return [content];
    return Array.isArray(nested) ? textDisplays(nested) : [];
  });
}

function applyMentions(world: World, message: MessageRecord, allowed: AllowedMentions): Mentions {
  const { channel, author, reference } = message;
  const context = { channel, authorId: author.id, users: world.users, now: world.clock.now() };
  const mentions = resolveMentions(spokenText(message), allowed, context);
  const replied = !message.snapshot && allowed.repliedUser && reference && !reference.webhookName ? reference.author : undefined;
  const alsoInText = replied !== undefined && mentions.users.includes(replied);
  message.mentionedUsers = replied && !alsoInText ? [...mentions.users, replied] : mentions.users;
  message.mentionedRoleIds = mentions.roleIds;
  message.mentionsEveryone = mentions.everyone || mentions.here;
  message.pingedBySlashReply = replied?.id === world.bot.id && !alsoInText && reference?.interaction !== undefined;
  return mentions;
}

function attentionKeys(message: MessageRecord, botId: string): ReadonlySet<string> {
  if (message.author.id !== botId) return new Set();
  const users = message.mentionedUsers.map(({ id }) => `user ${id}`);
  const everyone = message.mentionsEveryone ? ['everyone', 'here'] : [];
  return new Set([...users, ...message.mentionedRoleIds.map((id) => `role ${id}`), ...everyone, ...links(message)]);
}

function links(message: MessageRecord): string[] {
  const quiet = MessageFlags.SuppressEmbeds | MessageFlags.IsComponentsV2;
  return message.flags & quiet ? [] : unfurledLinks(message.content).map((url) => `link ${url}`);
}

/** Notes whom a message of the bot pinged and which links it made Discord fetch, each once per message. */
function recordAttention(world: World, message: MessageRecord, mentions: Mentions, known: ReadonlySet<string>, via: 'create' | 'edit'): void {
  // What Discord says in somebody's name where a thread begins calls nobody.
  if (message.author !== world.bot || message.ephemeral || message.type === MessageType.ThreadStarterMessage) return;
  const { channel } = message;
  const base = { at: performance.now(), messageId: message.id, channelId: channel.id, via };
  const silent = (message.flags & MessageFlags.SuppressNotifications) !== 0;
  const reaches = (user: UserRecord) =>
    user !== world.bot && (channel.recipient ? user === channel.recipient : canSee(channel, user.id, world.clock.now()));
  for (const user of message.mentionedUsers) {
    if (known.has(`user ${user.id}`) || !reaches(user)) continue;
    keep(world.pings, { ...base, silent, kind: mentions.users.includes(user) ? 'user' : 'reply', targetId: user.id });
  }
  for (const roleId of mentions.roleIds) {
    if (!known.has(`role ${roleId}`)) keep(world.pings, { ...base, silent, kind: 'role', targetId: roleId });
  }
  for (const kind of ['everyone', 'here'] as const) {
    if (mentions[kind] && !known.has(kind)) keep(world.pings, { ...base, silent, kind, targetId: undefined });
  }
  recordUnfurls(world, message, known);
}

function recordUnfurls(world: World, message: MessageRecord, known: ReadonlySet<string>): void {
  const fresh = links(message).filter((link) => !known.has(link));
  if (fresh.length === 0) return;
  const { channel } = message;
  const mayEmbed = !channel.guild?.hasBot || permissionsIn(channel, world.bot.id, world.clock.now()) & Permission.EmbedLinks;
  if (!mayEmbed) return;
  for (const link of fresh) {
    keep(world.unfurls, { at: performance.now(), messageId: message.id, channelId: channel.id, url: link.slice('link '.length) });
  }
}
