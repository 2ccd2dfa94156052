import { ChannelType, MessageFlags, MessageType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import type { FileToSend, SayOptions } from './api.ts';
import { messageDefaults } from './mentions.ts';
import { edit, post, remove } from './messages.ts';
import { canSee, canSend, permissionsIn } from './permissions.ts';
import type { ChannelRecord, MessageRecord, UserRecord, WebhookRecord } from './records.ts';
import { isThread } from './records.ts';
import { snapshotOf } from './routes-messages.ts';
import { startPost, startThread, startThreadFrom } from './threads.ts';
import { changeThreadMembers } from './places.ts';
import type { World } from './world.ts';

/** What people with Nitro may type. */
const MAXIMUM_TYPED = 4000;

export interface Said extends Omit<SayOptions, 'replyTo' | 'forwardOf' | 'mentions' | 'mentionRoles'> {
  readonly replyTo?: MessageRecord | undefined;
  readonly forwardOf?: MessageRecord | undefined;
}

export function say(world: World, user: UserRecord, channel: ChannelRecord, content: string, said: Said = {}): MessageRecord {
  refuseSaying(world, user, channel, content, said);
  channel.lastSaid.set(user.id, world.clock.now());
  return post(world, { ...draftOf(world, channel, content, said), author: user }, allowedBy(said));
}

/** Webhooks stand outside permissions: whoever has the address may post. */
export function sayAsWebhook(world: World, webhook: WebhookRecord, content: string, said: Said & { readonly username?: string }): MessageRecord {
  const author: UserRecord = {
    id: webhook.id,
    name: said.username ?? webhook.name,
    displayName: said.username ?? webhook.name,
    globalName: undefined,
    bot: true,
    blocksBot: false,
    dmChannelId: undefined,
  };
  const identity = { author, webhookId: webhook.id, webhookName: author.name };
  return post(world, { ...draftOf(world, webhook.channel, content, said), ...identity }, allowedBy(said));
}

function draftOf(world: World, channel: ChannelRecord, content: string, said: Said) {
  const { replyTo, forwardOf } = said;
  return {
    channel,
    content: content.trim(),
    type: said.type ?? (replyTo ? MessageType.Reply : MessageType.Default),
    flags: (said.flags ?? 0) | (forwardOf ? MessageFlags.HasSnapshot : 0),
    embeds: said.embeds ?? [],
    components: said.components ?? [],
    attachments: (said.attachments ?? []).map((file) => world.files.add(channel.id, file)),
    reference: forwardOf ?? replyTo,
    snapshot: forwardOf && snapshotOf(forwardOf),
    nonce: said.nonce,
    poll: said.poll,
    stickers: said.stickers ?? [],
  };
}

function allowedBy(said: Said) {
  return { ...messageDefaults, repliedUser: said.replyPing ?? true };
}

function refuseSaying(world: World, user: UserRecord, channel: ChannelRecord, content: string, said: Said): void {
  const now = world.clock.now();
  const name = `${user.name} in ${channel.name || channel.id}`;
  if (channel.deleted) throw new Error(`${name}: the channel is deleted`);
  if (channel.type === ChannelType.GuildForum) throw new Error(`${name}: a forum has posts; use startThread`);
  if (channel.recipient && channel.recipient !== user) throw new Error(`${name}: not their DM`);
  if (!canSee(channel, user.id, now) || !canSend(channel, user.id, now)) throw new Error(`${name}: may not send messages here`);
  if (isThread(channel) && channel.thread.metadata.locked) throw new Error(`${name}: the thread is locked`);
  if (content.length > MAXIMUM_TYPED) throw new Error(`${name}: longer than ${MAXIMUM_TYPED} characters`);
  const empty = content.trim() === '' && !said.attachments?.length && !said.forwardOf && !said.embeds?.length && !said.poll && !said.stickers?.length && said.type === undefined;
  if ((said.stickers?.length ?? 0) > 3) throw new Error(`${name}: more than three stickers`);
  if (said.poll && (said.poll.answers.length < 1 || said.poll.answers.length > 10)) throw new Error(`${name}: a poll has one to ten answers`);
  if (said.poll && said.forwardOf) throw new Error(`${name}: a forward has no poll of its own`);
  if (empty) throw new Error(`${name}: nothing to send`);
  if (said.replyTo && (said.replyTo.channel !== channel || said.replyTo.deleted)) throw new Error(`${name}: the message replied to is not here`);
  refuseTooSoon(user, channel, permissionsIn(channel, user.id, now), now);
}

function refuseTooSoon(user: UserRecord, channel: ChannelRecord, permissions: bigint, now: number): void {
  if (channel.slowmodeSeconds === 0 || user.bot) return;
  if (permissions & (Permission.BypassSlowmode | Permission.ManageMessages | Permission.ManageChannels)) return;
  const last = channel.lastSaid.get(user.id) ?? -Infinity;
  if (now - last < channel.slowmodeSeconds * 1000) throw new Error(`${user.name}: slowmode is on in ${channel.name}`);
}

export function editOwn(world: World, user: UserRecord, message: MessageRecord, content: string): void {
  if (message.author !== user) throw new Error(`${user.name} cannot edit a message of ${message.author.name}`);
  if (message.deleted) throw new Error(`${user.name} cannot edit a deleted message`);
  edit(world, message, { content: content.trim() }, messageDefaults);
}

export function removeAs(world: World, user: UserRecord, message: MessageRecord): void {
  const moderates = permissionsIn(message.channel, user.id, world.clock.now()) & Permission.ManageMessages;
  const dismisses = message.viewerIds?.includes(user.id);
  if (message.author !== user && !moderates && !dismisses) throw new Error(`${user.name} cannot delete a message of ${message.author.name}`);
  remove(world, message);
}

export function startThreadAs(
  world: World,
  user: UserRecord,
  channel: ChannelRecord,
  options: {
    readonly name: string;
    readonly from?: MessageRecord | undefined;
    readonly private?: boolean | undefined;
    readonly content?: string | undefined;
    readonly attachments?: readonly FileToSend[] | undefined;
    readonly addBot?: boolean | undefined;
    readonly tags?: readonly string[] | undefined;
  },
): ChannelRecord {
  const { name, from, content = '', attachments = [] } = options;
  const fields = { name, owner: user, tags: options.tags };
  if (channel.type === ChannelType.GuildForum || channel.type === ChannelType.GuildMedia) {
    return startPost(world, channel, fields, { content, attachments: attachments.map((file) => world.files.add(channel.id, file)) });
  }
  if (from?.threadId !== undefined) throw new Error(`${user.name}: this message has a thread already`);
  const type = options.private ? ChannelType.PrivateThread : ChannelType.PublicThread;
  const thread = from ? startThreadFrom(world, from, fields) : startThread(world, channel, { ...fields, type });
  if (options.addBot) changeThreadMembers(world, thread, { add: world.bot });
  if (content !== '' || attachments.length > 0) say(world, user, thread, content, { attachments });
  world.changed();
  return thread;
}
