import type { ChannelType } from 'discord-api-types/v10';
import type {
  Overwrite,
  SayOptions,
  SimulatedChannel,
  SimulatedGuild,
  SimulatedMessage,
  SimulatedRole,
  SimulatedUser,
  SimulatedWebhook,
  TypingRecord,
} from './api.ts';
import type { Handles } from './handle-registry.ts';
import { overwriteOf, recordOf } from './handle-registry.ts';
import { removeMany } from './messages.ts';
import { sayAsWebhook } from './people.ts';
import { changeThreadMembers, channelChanged, deleteChannel } from './places.ts';
import type { ChannelRecord, ThreadRecord, WebhookRecord } from './records.ts';
import { saidWith } from './said.ts';
import type { World } from './world.ts';

export class ChannelHandle implements SimulatedChannel {
  readonly #handles: Handles;
  readonly #record: ChannelRecord;

  constructor(handles: Handles, record: ChannelRecord) {
    this.#handles = handles;
    this.#record = record;
  }

  get id(): string {
    return this.#record.id;
  }
  get name(): string {
    return this.#record.recipient ? `@${this.#record.recipient.name}` : this.#record.name;
  }
  get type(): ChannelType {
    return this.#record.type;
  }
  get guild(): SimulatedGuild | undefined {
    return this.#record.guild && this.#handles.guild(this.#record.guild);
  }
  get parent(): SimulatedChannel | undefined {
    return this.#record.parent && this.#handles.channel(this.#record.parent);
  }
  get mention(): string {
    return `<#${this.#record.id}>`;
  }
  get deleted(): boolean {
    return this.#record.deleted;
  }
  get archived(): boolean {
    return this.#record.thread?.metadata.archived ?? false;
  }
  get locked(): boolean {
    return this.#record.thread?.metadata.locked ?? false;
  }
  get messages(): readonly SimulatedMessage[] {
    return this.#record.log.all();
  }
  get fromBot(): readonly SimulatedMessage[] {
    return this.visible().filter(({ author }) => author.id === this.#handles.world.bot.id);
  }
  get typing(): readonly TypingRecord[] {
    return this.#record.typing;
  }
  get threads(): readonly SimulatedChannel[] {
    const threads = [...(this.#record.guild?.threads.values() ?? [])].filter(({ parent }) => parent === this.#record);
    return threads.map((thread) => this.#handles.channel(thread));
  }

  visible(viewer?: SimulatedUser): readonly SimulatedMessage[] {
    return this.#record.log
      .all()
      .filter(({ deleted, viewerIds }) => !deleted && (!viewer || !viewerIds || viewerIds.includes(viewer.id)));
  }

  rename(name: string): void {
    this.#record.name = name;
    this.#changed();
  }

  setOverwrite(target: SimulatedRole | SimulatedUser, overwrite: Overwrite | undefined): void {
    const { guild, overwrites } = this.#record;
    if (!guild) throw new Error('A DM has no permission overwrites');
    if (overwrite) overwrites.set(target.id, overwriteOf(target, overwrite, guild));
    else overwrites.delete(target.id);
    this.#changed();
  }

  denyBot(permissions: bigint): void {
    const { guild, overwrites } = this.#record;
    if (!guild) throw new Error('A DM has no permission overwrites');
    const { bot } = this.#handles.world;
    if (permissions === 0n) overwrites.delete(bot.id);
    else overwrites.set(bot.id, overwriteOf(bot, { deny: permissions }, guild));
    this.#changed();
  }

  setSlowmode(seconds: number): void {
    this.#record.slowmodeSeconds = seconds;
    this.#changed();
  }

  archive(options: { readonly locked?: boolean } = {}): void {
    const { metadata } = this.#thread;
    metadata.archived = true;
    metadata.locked = options.locked ?? metadata.locked;
    this.#changed();
  }

  unarchive(): void {
    this.#thread.metadata.archived = false;
    this.#changed();
  }

  lock(locked = true): void {
    this.#thread.metadata.locked = locked;
    this.#changed();
  }

  addToThread(user: { readonly id: string }): void {
    const { world } = this.#handles;
    changeThreadMembers(world, this.#record, { add: recordOf(world.users, user) });
  }

  removeFromThread(user: { readonly id: string }): void {
    const { world } = this.#handles;
    changeThreadMembers(world, this.#record, { remove: recordOf(world.users, user) });
  }

  addWebhook(name = 'webhook'): SimulatedWebhook {
    const { world } = this.#handles;
    const webhook: WebhookRecord = { id: world.ids.next(), name, channel: this.#record };
    world.webhooks.set(webhook.id, webhook);
    return this.#handles.webhook(webhook);
  }

  bulkDelete(messages: readonly SimulatedMessage[]): void {
    const { world } = this.#handles;
    removeMany(
      world,
      this.#record,
      messages.map((message) => recordOf(world.messages, message)),
    );
  }

  delete(): void {
    deleteChannel(this.#handles.world, this.#record);
  }

  get #thread(): ThreadRecord {
    if (!this.#record.thread) throw new Error(`${this.name} is not a thread`);
    return this.#record.thread;
  }

  #changed(): void {
    channelChanged(this.#handles.world, this.#record);
  }
}

export class WebhookHandle implements SimulatedWebhook {
  readonly #world: World;
  readonly #record: WebhookRecord;

  constructor(world: World, record: WebhookRecord) {
    this.#world = world;
    this.#record = record;
  }

  get id(): string {
    return this.#record.id;
  }
  get name(): string {
    return this.#record.name;
  }

  say(content: string, options: SayOptions & { readonly username?: string } = {}): SimulatedMessage {
    const { username } = options;
    const said = saidWith(this.#world, content, options);
    return sayAsWebhook(this.#world, this.#record, said.content, { ...said.options, ...(username !== undefined && { username }) });
  }
}
