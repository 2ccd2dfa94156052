import type { APIChannel, APIGuild, APIGuildMember, APIRole, APIUser, GuildMemberFlags, RoleFlags, UserFlags } from 'discord-api-types/v10';
import { ChannelType } from 'discord-api-types/v10';
import type { ChannelRecord, GuildRecord, MemberRecord, RoleRecord, UserRecord } from './records.ts';

export function userPayload(user: UserRecord): APIUser {
  return {
    id: user.id,
    username: user.name,
    discriminator: '0',
    global_name: user.globalName ?? null,
    avatar: null,
    bot: user.bot,
    public_flags: 0 as UserFlags,
  };
}

/** Without its user: gateway events carry that beside the member. */
export function memberPayload(member: MemberRecord): Omit<APIGuildMember, 'user'> {
  return {
    roles: [...member.roleIds],
    joined_at: member.joinedAt,
    deaf: false,
    mute: false,
    flags: 0 as GuildMemberFlags,
    pending: false,
    nick: member.nick ?? null,
    avatar: null,
    banner: null,
    premium_since: null,
    communication_disabled_until: member.timedOutUntil === undefined ? null : new Date(member.timedOutUntil).toISOString(),
  };
}

export function memberWithUser(member: MemberRecord): APIGuildMember {
  return { ...memberPayload(member), user: userPayload(member.user) };
}

export function rolePayload(role: RoleRecord, botId: string): APIRole {
  return {
    id: role.id,
    name: role.name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    position: role.position,
    permissions: role.permissions.toString(),
    managed: role.managed,
    mentionable: role.mentionable,
    flags: 0 as RoleFlags,
    icon: null,
    unicode_emoji: null,
    ...(role.managed && { tags: { bot_id: botId } }),
  };
}

export function channelPayload(channel: ChannelRecord, bot: UserRecord): APIChannel {
  if (channel.recipient) return dmPayload(channel, channel.recipient);
  if (channel.people) return privatePayload(channel, channel.people);
  if (channel.thread) return threadPayload(channel, bot);
  return guildChannelPayload(channel);
}

function dmPayload(channel: ChannelRecord, recipient: UserRecord): APIChannel {
  return {
    id: channel.id,
    type: ChannelType.DM,
    flags: 0,
    last_message_id: channel.lastMessageId ?? null,
    recipients: [userPayload(recipient)],
  } as unknown as APIChannel;
}

function privatePayload(channel: ChannelRecord, people: readonly UserRecord[]): APIChannel {
  return {
    id: channel.id,
    type: channel.type,
    flags: 0,
    last_message_id: channel.lastMessageId ?? null,
    recipients: people.map(userPayload),
    ...(channel.type === ChannelType.GroupDM && { name: null, icon: null, owner_id: people[0]?.id }),
  } as unknown as APIChannel;
}

function guildChannelPayload(channel: ChannelRecord): APIChannel {
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guild?.id,
    name: channel.name,
    position: channel.position,
    parent_id: channel.parent?.id ?? null,
    permission_overwrites: [...channel.overwrites.values()].map(({ id, type, allow, deny }) => ({
      id,
      type,
      allow: allow.toString(),
      deny: deny.toString(),
    })),
    nsfw: channel.nsfw,
    flags: 0,
    ...(channel.type !== ChannelType.GuildCategory && {
      topic: channel.topic ?? null,
      rate_limit_per_user: channel.slowmodeSeconds,
      last_message_id: channel.lastMessageId ?? null,
    }),
    ...(channel.type === ChannelType.GuildForum && { available_tags: channel.tags.map((tag) => ({ ...tag, moderated: false, emoji_id: null, emoji_name: null })), default_reaction_emoji: null, default_sort_order: null }),
    ...(channel.type === ChannelType.GuildVoice && { bitrate: 64_000, user_limit: 0, rtc_region: null }),
  } as unknown as APIChannel;
}

export function threadPayload(channel: ChannelRecord, viewer?: UserRecord): APIChannel {
  const thread = channel.thread!;
  const joined = viewer && thread.members.get(viewer.id);
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guild?.id,
    parent_id: channel.parent?.id,
    name: channel.name,
    owner_id: thread.ownerId,
    last_message_id: channel.lastMessageId ?? null,
    message_count: thread.messageCount,
    total_message_sent: thread.messageCount,
    member_count: Math.min(thread.members.size, 50),
    rate_limit_per_user: channel.slowmodeSeconds,
    thread_metadata: { ...thread.metadata },
    ...(thread.tagIds.length > 0 && { applied_tags: [...thread.tagIds] }),
    flags: 0,
    ...(joined !== undefined && { member: { id: channel.id, user_id: viewer!.id, join_timestamp: joined, flags: 0 } }),
  } as unknown as APIChannel;
}

export function guildPayload(guild: GuildRecord, botId: string): APIGuild {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    description: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    home_header: null,
    owner_id: guild.ownerId,
    region: 'deprecated',
    afk_channel_id: null,
    afk_timeout: 300,
    system_channel_id: null,
    system_channel_flags: 0,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    nsfw_level: 0,
    nsfw: false,
    application_id: null,
    roles: [...guild.roles.values()].map((role) => rolePayload(role, botId)),
    emojis: [],
    stickers: [],
    features: ['COMMUNITY'],
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    max_presences: null,
    max_members: 25_000_000,
    max_video_channel_users: 25,
    max_stage_video_channel_users: 50,
    vanity_url_code: null,
    premium_tier: 0,
    premium_subscription_count: 0,
    premium_progress_bar_enabled: false,
    preferred_locale: guild.locale,
    hub_type: null,
    latest_onboarding_question_id: null,
    incidents_data: null,
  } as unknown as APIGuild;
}
