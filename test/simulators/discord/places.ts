import type { APIThreadMetadata } from 'discord-api-types/v10';
import { ChannelType, GatewayIntentBits } from 'discord-api-types/v10';
import { MessageLog } from './message-log.ts';
import { dispatchInChannel } from './messages.ts';
import { channelPayload, guildPayload, memberPayload, memberWithUser, rolePayload, threadPayload, userPayload } from './payloads.ts';
import { canSee, invitePermissions, newGuildPermissions } from './permissions.ts';
import type { ChannelRecord, GuildRecord, MemberRecord, OverwriteRecord, RoleRecord, ThreadRecord, UserRecord } from './records.ts';
import type { World } from './world.ts';

export interface GuildFields {
  readonly name: string;
  readonly id?: string | undefined;
  readonly ownerId: string;
  readonly locale: string;
  readonly everyonePermissions?: bigint | undefined;
  readonly attachmentSizeLimit: number;
}

export function addGuild(world: World, fields: GuildFields): GuildRecord {
  const guild: GuildRecord = {
    id: fields.id ?? world.ids.nextInNewMillisecond(),
    name: fields.name,
    ownerId: fields.ownerId,
    locale: fields.locale,
    attachmentSizeLimit: fields.attachmentSizeLimit,
    roles: new Map(),
    members: new Map(),
    channels: new Map(),
    threads: new Map(),
    botRoleId: undefined,
    hasBot: false,
    unavailable: false,
    blockedWords: [],
  };
  const everyone = { name: '@everyone', permissions: fields.everyonePermissions ?? newGuildPermissions, mentionable: false, managed: false };
  guild.roles.set(guild.id, { id: guild.id, guildId: guild.id, position: 0, ...everyone });
  world.guilds.set(guild.id, guild);
  return guild;
}

export function addRole(
  world: World,
  guild: GuildRecord,
  fields: Pick<RoleRecord, 'name' | 'permissions' | 'mentionable' | 'managed'>,
): RoleRecord {
  const role: RoleRecord = { id: world.ids.next(), guildId: guild.id, position: guild.roles.size, ...fields };
  guild.roles.set(role.id, role);
  dispatchInGuild(world, 'GUILD_ROLE_CREATE', guild, () => ({ guild_id: guild.id, role: rolePayload(role, world.bot.id) }));
  return role;
}

export function changeRole(world: World, role: RoleRecord, permissions: bigint): void {
  role.permissions = permissions;
  const guild = world.guilds.get(role.guildId);
  if (!guild) return;
  dispatchInGuild(world, 'GUILD_ROLE_UPDATE', guild, () => ({ guild_id: guild.id, role: rolePayload(role, world.bot.id) }));
}

/** Members lose it with a GUILD_MEMBER_UPDATE of their own, as on Discord. */
export function deleteRole(world: World, role: RoleRecord): void {
  const guild = world.guilds.get(role.guildId);
  if (!guild?.roles.delete(role.id)) return;
  dispatchInGuild(world, 'GUILD_ROLE_DELETE', guild, () => ({ guild_id: guild.id, role_id: role.id }));
  for (const member of guild.members.values()) {
    if (!member.roleIds.includes(role.id)) continue;
    member.roleIds = member.roleIds.filter((id) => id !== role.id);
    memberChanged(world, guild, member);
  }
}

export function addMember(world: World, guild: GuildRecord, user: UserRecord, nick?: string, roleIds: readonly string[] = []): void {
  const member: MemberRecord = { user, nick, roleIds: [...roleIds], joinedAt: world.timestamp(), timedOutUntil: undefined };
  guild.members.set(user.id, member);
  dispatchInGuild(world, 'GUILD_MEMBER_ADD', guild, () => ({ guild_id: guild.id, ...memberWithUser(member) }), GatewayIntentBits.GuildMembers);
}

export function memberChanged(world: World, guild: GuildRecord, member: MemberRecord): void {
  // A bot hears of its own member without the privileged intent.
  const intents = member.user === world.bot ? 0 : GatewayIntentBits.GuildMembers;
  const data = () => ({ guild_id: guild.id, ...memberPayload(member), user: userPayload(member.user) });
  dispatchInGuild(world, 'GUILD_MEMBER_UPDATE', guild, data, intents);
}

export function removeMember(world: World, guild: GuildRecord, user: UserRecord): void {
  guild.members.delete(user.id);
  const data = () => ({ guild_id: guild.id, user: userPayload(user) });
  dispatchInGuild(world, 'GUILD_MEMBER_REMOVE', guild, data, GatewayIntentBits.GuildMembers);
}

/** The bot joins: its managed role, its member, and GUILD_CREATE. */
export function inviteBot(world: World, guild: GuildRecord, permissions = invitePermissions): void {
  const role = addRole(world, guild, { name: world.bot.name, permissions, mentionable: false, managed: true });
  guild.botRoleId = role.id;
  addMember(world, guild, world.bot, undefined, [role.id]);
  guild.hasBot = true;
  dispatchGuildCreate(world, guild);
}

export function kickBot(world: World, guild: GuildRecord): void {
  if (!guild.hasBot) return;
  guild.hasBot = false;
  guild.members.delete(world.bot.id);
  if (guild.botRoleId !== undefined) guild.roles.delete(guild.botRoleId);
  guild.botRoleId = undefined;
  world.dispatch({ event: 'GUILD_DELETE', guildId: guild.id, intents: GatewayIntentBits.Guilds, data: () => ({ id: guild.id }) });
}

export function setUnavailable(world: World, guild: GuildRecord, unavailable: boolean): void {
  if (guild.unavailable === unavailable) return;
  guild.unavailable = unavailable;
  if (!unavailable) dispatchGuildCreate(world, guild);
  else {
    const data = () => ({ id: guild.id, unavailable: true });
    world.dispatch({ event: 'GUILD_DELETE', guildId: guild.id, intents: GatewayIntentBits.Guilds, data });
  }
}

function dispatchGuildCreate(world: World, guild: GuildRecord): void {
  world.dispatch({ event: 'GUILD_CREATE', guildId: guild.id, intents: GatewayIntentBits.Guilds, data: () => guildCreatePayload(world, guild) });
}

/** Members other than the bot come only with privileged intents. https://docs.discord.com/developers/events/gateway-events#guild-create */
export function guildCreatePayload(world: World, guild: GuildRecord): Record<string, unknown> {
  const bot = guild.members.get(world.bot.id);
  const now = world.clock.now();
  const threads = [...guild.threads.values()].filter((thread) => !thread.thread?.metadata.archived && canSee(thread, world.bot.id, now));
  return {
    ...guildPayload(guild, world.bot.id),
    joined_at: bot?.joinedAt,
    large: guild.members.size > 50,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: [],
    members: bot ? [memberWithUser(bot)] : [],
    channels: [...guild.channels.values()].map((channel) => channelPayload(channel, world.bot)),
    threads: threads.map((thread) => threadPayload(thread, world.bot)),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

interface ChannelFields {
  readonly id?: string | undefined;
  readonly type: ChannelType;
  readonly name?: string | undefined;
  readonly topic?: string | undefined;
  readonly parent?: ChannelRecord | undefined;
  readonly nsfw?: boolean | undefined;
  readonly slowmodeSeconds?: number | undefined;
  readonly recipient?: UserRecord | undefined;
  readonly people?: readonly UserRecord[] | undefined;
  readonly thread?: ThreadRecord | undefined;
  readonly overwrites?: readonly OverwriteRecord[] | undefined;
  readonly tags?: readonly string[] | undefined;
}

function makeChannel(world: World, guild: GuildRecord | undefined, fields: ChannelFields): ChannelRecord {
  const forget = (message: { readonly id: string; readonly attachments: readonly unknown[] }) => {
    const record = world.messages.get(message.id);
    world.messages.delete(message.id);
    if (record) world.files.forget(record.attachments);
  };
  const channel: ChannelRecord = {
    id: fields.id ?? world.ids.next(),
    type: fields.type,
    guild,
    parent: fields.parent,
    position: guild?.channels.size ?? 0,
    nsfw: fields.nsfw ?? false,
    overwrites: new Map(fields.overwrites?.map((overwrite) => [overwrite.id, overwrite])),
    recipient: fields.recipient,
    people: fields.people,
    thread: fields.thread,
    tags: (fields.tags ?? []).map((name) => ({ id: world.ids.next(), name })),
    log: new MessageLog(world.settings.keepMessagesPerChannel, forget),
    typing: [],
    lastSaid: new Map(),
    name: fields.name ?? '',
    topic: fields.topic,
    slowmodeSeconds: fields.slowmodeSeconds ?? 0,
    lastMessageId: undefined,
    deleted: false,
  };
  world.channels.set(channel.id, channel);
  return channel;
}

export function addChannel(world: World, guild: GuildRecord, fields: ChannelFields): ChannelRecord {
  const channel = makeChannel(world, guild, fields);
  guild.channels.set(channel.id, channel);
  dispatchInGuild(world, 'CHANNEL_CREATE', guild, () => channelPayload(channel, world.bot));
  return channel;
}

/** A direct message among two people, or a group. */
export function privateChannel(world: World, people: readonly UserRecord[]): ChannelRecord {
  return makeChannel(world, undefined, { type: people.length > 2 ? ChannelType.GroupDM : ChannelType.DM, people });
}

export function dmWith(world: World, user: UserRecord): ChannelRecord {
  const open = user.dmChannelId === undefined ? undefined : world.channels.get(user.dmChannelId);
  if (open) return open;
  const channel = makeChannel(world, undefined, { type: ChannelType.DM, recipient: user });
  user.dmChannelId = channel.id;
  return channel;
}

export function addThread(
  world: World,
  parent: ChannelRecord,
  fields: {
    readonly id?: string | undefined;
    readonly name: string;
    readonly owner: UserRecord;
    readonly type: ChannelType;
    readonly autoArchiveMinutes?: number | undefined;
    readonly slowmodeSeconds?: number | undefined;
    readonly withBot?: boolean | undefined;
    readonly tags?: readonly string[] | undefined;
  },
): ChannelRecord {
  const joinedAt = world.timestamp();
  const metadata: APIThreadMetadata = {
    archived: false,
    locked: false,
    auto_archive_duration: fields.autoArchiveMinutes ?? 4320,
    archive_timestamp: joinedAt,
    create_timestamp: joinedAt,
    ...(fields.type === ChannelType.PrivateThread && { invitable: true }),
  };
  const members = new Map([[fields.owner.id, joinedAt]]);
  if (fields.withBot) members.set(world.bot.id, joinedAt);
  const thread: ThreadRecord = { ownerId: fields.owner.id, metadata: { ...metadata, locked: false }, members, tagIds: parent.tags.filter(({ name }) => fields.tags?.includes(name)).map(({ id }) => id), messageCount: 0 };
  const { id, name, type, slowmodeSeconds } = fields;
  const channel = makeChannel(world, parent.guild, { id, name, type, slowmodeSeconds, parent, thread });
  parent.guild?.threads.set(channel.id, channel);
  dispatchInChannel(world, 'THREAD_CREATE', channel, GatewayIntentBits.Guilds, () => ({
    ...threadPayload(channel, world.bot),
    newly_created: true,
  }));
  return channel;
}

export function channelChanged(world: World, channel: ChannelRecord): void {
  const event = channel.thread ? 'THREAD_UPDATE' : 'CHANNEL_UPDATE';
  if (channel.thread) {
    dispatchInChannel(world, event, channel, GatewayIntentBits.Guilds, () => threadPayload(channel, world.bot));
  } else if (channel.guild) {
    dispatchInGuild(world, event, channel.guild, () => channelPayload(channel, world.bot));
  }
  world.changed();
}

export function deleteChannel(world: World, channel: ChannelRecord): void {
  const { guild } = channel;
  if (channel.deleted || !guild) return;
  const threads = [...guild.threads.values()].filter((thread) => thread.parent === channel);
  for (const thread of threads) forgetChannel(world, thread, guild);
  if (channel.thread) {
    dispatchInChannel(world, 'THREAD_DELETE', channel, GatewayIntentBits.Guilds, () => ({
      id: channel.id,
      guild_id: guild.id,
      parent_id: channel.parent?.id,
      type: channel.type,
    }));
  } else dispatchInGuild(world, 'CHANNEL_DELETE', guild, () => channelPayload(channel, world.bot));
  forgetChannel(world, channel, guild);
  world.changed();
}

/** The record itself stays readable for whoever holds it. */
function forgetChannel(world: World, channel: ChannelRecord, guild: GuildRecord): void {
  channel.deleted = true;
  world.channels.delete(channel.id);
  guild.channels.delete(channel.id);
  guild.threads.delete(channel.id);
  for (const message of channel.log.all()) {
    message.deletedAt ??= performance.now();
    world.messages.delete(message.id);
  }
}

export function changeThreadMembers(world: World, thread: ChannelRecord, change: { readonly add?: UserRecord; readonly remove?: UserRecord }): void {
  const { guild } = thread;
  if (!thread.thread || !guild) return;
  const { add, remove } = change;
  const sawBefore = canSee(thread, world.bot.id, world.clock.now());
  if (add) thread.thread.members.set(add.id, world.timestamp());
  if (remove) thread.thread.members.delete(remove.id);
  if (!sawBefore && canSee(thread, world.bot.id, world.clock.now())) {
    dispatchInChannel(world, 'THREAD_CREATE', thread, GatewayIntentBits.Guilds, () => threadPayload(thread, world.bot));
  }
  const data = () => ({
    id: thread.id,
    guild_id: guild.id,
    member_count: thread.thread?.members.size,
    ...(add && { added_members: [{ id: thread.id, user_id: add.id, join_timestamp: world.timestamp(), flags: 0 }] }),
    ...(remove && { removed_member_ids: [remove.id] }),
  });
  world.dispatch({ event: 'THREAD_MEMBERS_UPDATE', guildId: guild.id, intents: GatewayIntentBits.Guilds, data });
  world.changed();
}

function dispatchInGuild(world: World, event: string, guild: GuildRecord, data: () => unknown, intents: number = GatewayIntentBits.Guilds): void {
  if (guild.hasBot && !guild.unavailable) world.dispatch({ event, guildId: guild.id, intents, data });
}
