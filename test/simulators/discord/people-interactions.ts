import type { APIInteractionGuildMember } from 'discord-api-types/v10';
import { GatewayDispatchEvents, InteractionContextType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import type { CommandExtras } from './api.ts';
import type { Handles } from './handle-registry.ts';
import type { InteractionFields, InteractionRecord } from './interactions.ts';
import { messagePayload } from './message-payload.ts';
import { channelPayload, memberWithUser, userPayload } from './payloads.ts';
import { canSee, permissionsIn } from './permissions.ts';
import type { ChannelRecord, MessageRecord, UserRecord } from './records.ts';
import type { World } from './world.ts';

export type Installed = NonNullable<CommandExtras['installedBy']>;

export function installedIn(channel: ChannelRecord, extras: CommandExtras): Installed {
  return extras.installedBy ?? (channel.people || (channel.guild && !channel.guild.hasBot) ? 'user' : 'guild');
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-authorizing-integration-owners-object */
export function ownersOf(installed: Installed, channel: ChannelRecord, user: UserRecord): Record<string, string> {
  const owners: Record<string, string> = {};
  if (installed !== 'user') owners['0'] = channel.guild?.id ?? '0';
  if (installed !== 'guild') owners['1'] = user.id;
  return owners;
}

export function contextOf(channel: ChannelRecord): InteractionContextType {
  if (channel.guild) return InteractionContextType.Guild;
  return channel.people ? InteractionContextType.PrivateChannel : InteractionContextType.BotDM;
}

export function refuseStranger(world: World, user: UserRecord, channel: ChannelRecord): void {
  const now = world.clock.now();
  const there = channel.guild || channel.people ? canSee(channel, user.id, now) : channel.recipient === user;
  if (channel.deleted || !there) throw new Error(`${user.name} does not see ${channel.name || 'this DM'}`);
}

/** Opens an interaction and tells the bot of it. */
export function dispatchInteraction(handles: Handles, fields: InteractionFields, data: unknown): InteractionRecord {
  const { world } = handles;
  const interaction = handles.interactions.open(fields);
  world.dispatch({
    event: GatewayDispatchEvents.InteractionCreate,
    guildId: fields.channel.guild?.id,
    intents: 0,
    data: () => interactionPayload(world, interaction, data),
  });
  world.changed();
  return interaction;
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object */
function interactionPayload(world: World, interaction: InteractionRecord, data: unknown): unknown {
  const { channel, user, source } = interaction;
  const { guild } = channel;
  const now = world.clock.now();
  return {
    id: interaction.id,
    application_id: world.applicationId,
    type: interaction.type,
    token: interaction.token,
    version: 1,
    data,
    channel: { ...channelPayload(channel, world.bot), permissions: permissionsIn(channel, user.id, now).toString() },
    channel_id: channel.id,
    ...(guild
      ? {
          guild_id: guild.id,
          guild: { id: guild.id, locale: guild.locale, features: [] },
          guild_locale: guild.locale,
          member: memberPayload(channel, user, now),
        }
      : { user: userPayload(user) }),
    ...(source && { message: fullMessage(source) }),
    app_permissions: appPermissions(world, interaction).toString(),
    locale: interaction.locale,
    entitlements: [],
    authorizing_integration_owners: interaction.metadata.owners,
    context: contextOf(channel),
    attachment_size_limit: guild?.attachmentSizeLimit ?? world.settings.attachmentSizeLimit,
  };
}

function memberPayload(channel: ChannelRecord, user: UserRecord, now: number): APIInteractionGuildMember {
  const member = channel.guild!.members.get(user.id)!;
  return { ...memberWithUser(member), user: userPayload(user), permissions: permissionsIn(channel, user.id, now).toString() };
}

/** All that Discord says of direct messages to the bot. https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object */
const dmAppPermissions = Permission.AttachFiles | Permission.EmbedLinks | Permission.MentionEveryone | Permission.UseExternalEmojis;

/** Without a bot user in the server, the application may do what its user may. */
function appPermissions(world: World, { channel, user }: InteractionRecord): bigint {
  if (!channel.guild) return channel.people ? dmAppPermissions & ~Permission.UseExternalEmojis : dmAppPermissions;
  const actor = channel.guild?.hasBot ? world.bot : user;
  return permissionsIn(channel, actor.id, world.clock.now());
}

export function fullMessage(message: MessageRecord): unknown {
  return messagePayload(message, { gateway: false, mayRead: () => true });
}
