import { ChannelType } from 'discord-api-types/v10';
import type { ChannelOptions, MemberOptions, SimulatedChannel, SimulatedGuild, SimulatedRole, SimulatedUser } from './api.ts';
import type { Handles } from './handle-registry.ts';
import { overwriteOf, recordOf } from './handle-registry.ts';
import {
  addChannel,
  addMember,
  addRole,
  changeRole,
  deleteRole,
  inviteBot,
  kickBot,
  memberChanged,
  removeMember,
  setUnavailable,
} from './places.ts';
import type { GuildRecord, MemberRecord, RoleRecord } from './records.ts';

export class RoleHandle implements SimulatedRole {
  readonly #handles: Handles;
  readonly #record: RoleRecord;

  constructor(handles: Handles, record: RoleRecord) {
    this.#handles = handles;
    this.#record = record;
  }

  get id(): string {
    return this.#record.id;
  }
  get name(): string {
    return this.#record.name;
  }
  get mention(): string {
    return `<@&${this.#record.id}>`;
  }
  get permissions(): bigint {
    return this.#record.permissions;
  }
  get mentionable(): boolean {
    return this.#record.mentionable;
  }
  get managed(): boolean {
    return this.#record.managed;
  }
  setPermissions(permissions: bigint): void {
    changeRole(this.#handles.world, this.#record, permissions);
  }
  delete(): void {
    deleteRole(this.#handles.world, this.#record);
  }
}

export class GuildHandle implements SimulatedGuild {
  readonly #handles: Handles;
  readonly #record: GuildRecord;

  constructor(handles: Handles, record: GuildRecord) {
    this.#handles = handles;
    this.#record = record;
  }

  get id(): string {
    return this.#record.id;
  }
  get name(): string {
    return this.#record.name;
  }
  get everyone(): SimulatedRole {
    return this.#handles.role(this.#record.roles.get(this.#record.id)!);
  }
  get botRole(): SimulatedRole | undefined {
    const role = this.#record.roles.get(this.#record.botRoleId ?? '');
    return role && this.#handles.role(role);
  }
  get channels(): readonly SimulatedChannel[] {
    return [...this.#record.channels.values()].map((channel) => this.#handles.channel(channel));
  }

  addRole(options: { readonly name?: string; readonly permissions?: bigint; readonly mentionable?: boolean } = {}): SimulatedRole {
    const { name = `role ${this.#record.roles.size}`, permissions = 0n, mentionable = false } = options;
    return this.#handles.role(addRole(this.#handles.world, this.#record, { name, permissions, mentionable, managed: false }));
  }

  addMember(user: SimulatedUser, options: MemberOptions = {}): void {
    const { world } = this.#handles;
    const roleIds = options.roles?.map(({ id }) => id);
    addMember(world, this.#record, recordOf(world.users, user), options.nick, roleIds);
  }

  removeMember(user: SimulatedUser): void {
    removeMember(this.#handles.world, this.#record, recordOf(this.#handles.world.users, user));
  }

  setMember(user: SimulatedUser, options: MemberOptions): void {
    const member = this.#member(user);
    if (options.nick !== undefined) member.nick = options.nick;
    if (options.roles) member.roleIds = options.roles.map(({ id }) => id);
    memberChanged(this.#handles.world, this.#record, member);
  }

  addChannel(options: ChannelOptions = {}): SimulatedChannel {
    const { world } = this.#handles;
    const channel = addChannel(world, this.#record, {
      type: options.type ?? ChannelType.GuildText,
      name: options.name ?? `channel-${this.#record.channels.size + 1}`,
      topic: options.topic,
      nsfw: options.nsfw,
      tags: options.tags,
      slowmodeSeconds: options.slowmodeSeconds,
      parent: options.parent && recordOf(world.channels, options.parent),
      overwrites: options.overwrites?.map((overwrite) => overwriteOf(overwrite.target, overwrite, this.#record)),
    });
    world.changed();
    return this.#handles.channel(channel);
  }

  setBotPermissions(permissions: bigint): void {
    const role = this.#record.roles.get(this.#record.botRoleId ?? '');
    if (!role) throw new Error(`The bot is not in ${this.#record.name}`);
    changeRole(this.#handles.world, role, permissions);
  }

  timeout(user: { readonly id: string }, untilMs: number | undefined): void {
    const member = this.#member(user);
    member.timedOutUntil = untilMs;
    memberChanged(this.#handles.world, this.#record, member);
  }

  blockWords(words: readonly string[]): void {
    this.#record.blockedWords = [...words];
  }
  kickBot(): void {
    kickBot(this.#handles.world, this.#record);
  }
  inviteBot(permissions?: bigint): void {
    inviteBot(this.#handles.world, this.#record, permissions);
  }
  setUnavailable(unavailable: boolean): void {
    setUnavailable(this.#handles.world, this.#record, unavailable);
  }

  #member(user: { readonly id: string }): MemberRecord {
    return recordOf(this.#record.members, user);
  }
}
