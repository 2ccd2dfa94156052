import type { GuildOptions, SimulatedWebhook } from './api.ts';
import { ChannelHandle, WebhookHandle } from './channel-handle.ts';
import type { Commands } from './commands.ts';
import { GuildHandle, RoleHandle } from './guild-handle.ts';
import type { Handles } from './handle-registry.ts';
import { recordOf } from './handle-registry.ts';
import type { Interactions } from './interactions.ts';
import { addGuild, addMember, inviteBot } from './places.ts';
import type { ChannelRecord, GuildRecord, RoleRecord, UserRecord, WebhookRecord } from './records.ts';
import { UserHandle } from './user-handle.ts';
import type { World } from './world.ts';

/** Always the same object for the same thing. */
export class HandleRegistry implements Handles {
  readonly world: World;
  readonly commands: Commands;
  readonly interactions: Interactions;
  readonly #users = new WeakMap<UserRecord, UserHandle>();
  readonly #guilds = new WeakMap<GuildRecord, GuildHandle>();
  readonly #roles = new WeakMap<RoleRecord, RoleHandle>();
  readonly #channels = new WeakMap<ChannelRecord, ChannelHandle>();

  constructor(world: World, commands: Commands, interactions: Interactions) {
    this.world = world;
    this.commands = commands;
    this.interactions = interactions;
  }

  user(record: UserRecord): UserHandle {
    return remembered(this.#users, record, () => new UserHandle(this, record));
  }

  guild(record: GuildRecord): GuildHandle {
    return remembered(this.#guilds, record, () => new GuildHandle(this, record));
  }

  role(record: RoleRecord): RoleHandle {
    return remembered(this.#roles, record, () => new RoleHandle(this, record));
  }

  channel(record: ChannelRecord): ChannelHandle {
    return remembered(this.#channels, record, () => new ChannelHandle(this, record));
  }

  webhook(record: WebhookRecord): SimulatedWebhook {
    return new WebhookHandle(this.world, record);
  }

  addGuild(options: GuildOptions): GuildHandle {
    const { world } = this;
    const guild = addGuild(world, {
      id: options.id,
      name: options.name ?? `server ${world.guilds.size + 1}`,
      ownerId: options.owner?.id ?? world.owner.id,
      locale: options.locale ?? 'en-US',
      everyonePermissions: options.everyonePermissions,
      attachmentSizeLimit: options.attachmentSizeLimit ?? world.settings.attachmentSizeLimit,
    });
    const memberIds = new Set([guild.ownerId, ...(options.members ?? []).map(({ id }) => id)]);
    for (const id of memberIds) addMember(world, guild, recordOf(world.users, { id }));
    if (options.withBot ?? true) inviteBot(world, guild, options.botPermissions);
    world.changed();
    return this.guild(guild);
  }
}

function remembered<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
