import type { APIApplicationCommandBasicOption } from 'discord-api-types/v10';
import { ApplicationCommandOptionType as Option, ComponentType } from 'discord-api-types/v10';
import type { FileToSend, OptionValue } from './api.ts';
import { attachmentPayload } from './message-payload.ts';
import { channelPayload, memberPayload, rolePayload, userPayload } from './payloads.ts';
import { permissionsIn } from './permissions.ts';
import type { ChannelRecord } from './records.ts';
import type { World } from './world.ts';

const MAXIMUM_STRING = 6000;

export type Resolved = Record<string, Record<string, unknown>>;

/** Turns what a person filled in into the value that the bot gets, as strictly as Discord's client. */
export class OptionReader {
  readonly resolved: Resolved = {};
  readonly #world: World;
  readonly #channel: ChannelRecord;

  constructor(world: World, channel: ChannelRecord) {
    this.#world = world;
    this.#channel = channel;
  }

  read(option: APIApplicationCommandBasicOption, value: OptionValue): string | number | boolean {
    switch (option.type) {
      case Option.String:
        return checkedString(option, value);
      case Option.Integer:
      case Option.Number:
        return checkedNumber(option, value);
      case Option.Boolean:
        if (typeof value === 'boolean') return value;
        throw misfit(option, value);
      case Option.Attachment:
        return this.#file(option, value);
      default:
        return this.#reference(option, value);
    }
  }

  addMessage(id: string, payload: unknown): void {
    this.#resolve('messages', id, payload);
  }

  addUser(id: string): void {
    const user = this.#world.users.get(id);
    if (!user) throw new Error(`No user ${id}`);
    this.#resolve('users', id, userPayload(user));
    const member = this.#channel.guild?.members.get(id);
    const permissions = permissionsIn(this.#channel, id, this.#world.clock.now()).toString();
    if (member) this.#resolve('members', id, { ...memberPayload(member), permissions });
  }

  /** Of a select, whatever kinds of things it holds. */
  addChosen(type: ComponentType, id: string): void {
    const role = this.#channel.guild?.roles.get(id);
    const channel = this.#world.channels.get(id);
    if (type === ComponentType.ChannelSelect && channel !== undefined && channel.guild === this.#channel.guild) this.#resolve('channels', id, this.#partialChannel(channel));
    else if (type === ComponentType.RoleSelect && role !== undefined) this.#resolve('roles', id, rolePayload(role, this.#world.bot.id));
    else if (type === ComponentType.UserSelect) this.addUser(id);
    else throw new Error(`${id} cannot be chosen in a select of type ${type}`);
  }

  #reference(option: APIApplicationCommandBasicOption, value: OptionValue): string {
    if (typeof value !== 'object' || !('id' in value)) throw misfit(option, value);
    const { id } = value;
    const role = this.#channel.guild?.roles.get(id);
    const channel = this.#world.channels.get(id);
    if (role && option.type !== Option.User && option.type !== Option.Channel) {
      this.#resolve('roles', id, rolePayload(role, this.#world.bot.id));
    } else if (channel && option.type === Option.Channel) this.#resolve('channels', id, this.#partialChannel(channel));
    else if (this.#world.users.has(id) && option.type !== Option.Role && option.type !== Option.Channel) this.addUser(id);
    else throw misfit(option, value);
    return id;
  }

  #partialChannel(channel: ChannelRecord): unknown {
    const now = this.#world.clock.now();
    return {
      ...channelPayload(channel, this.#world.bot),
      permissions: permissionsIn(channel, this.#world.owner.id, now).toString(),
      app_permissions: permissionsIn(channel, this.#world.bot.id, now).toString(),
    };
  }

  #file(option: APIApplicationCommandBasicOption, value: OptionValue): string {
    if (typeof value !== 'object' || !('bytes' in value)) throw misfit(option, value);
    const attachment = this.#world.files.add(this.#world.applicationId, value satisfies FileToSend, true);
    this.#resolve('attachments', attachment.id, attachmentPayload(attachment));
    return attachment.id;
  }

  #resolve(kind: string, id: string, payload: unknown): void {
    (this.resolved[kind] ??= {})[id] = payload;
  }
}

function checkedString(option: APIApplicationCommandBasicOption & { type: Option.String }, value: OptionValue): string {
  if (typeof value !== 'string') throw misfit(option, value);
  const text = value.trim();
  const { min_length: min = 0, max_length: max = MAXIMUM_STRING } = option;
  if (text === '' || text.length < min || text.length > max) throw new Error(`${option.name}: must be ${min} to ${max} characters long`);
  refuseForeignChoice(option, text);
  return text;
}

function checkedNumber(option: APIApplicationCommandBasicOption & { type: Option.Integer | Option.Number }, value: OptionValue): number {
  if (typeof value !== 'number' || (option.type === Option.Integer && !Number.isInteger(value))) throw misfit(option, value);
  const { min_value: min = -Infinity, max_value: max = Infinity } = option;
  if (value < min || value > max) throw new Error(`${option.name}: must be ${min} to ${max}`);
  refuseForeignChoice(option, value);
  return value;
}

/** Suggestions of an autocomplete bind nobody; choices do. */
function refuseForeignChoice(option: { name: string; choices?: readonly { value: string | number }[] }, value: string | number): void {
  const choices = option.choices ?? [];
  if (choices.length > 0 && !choices.some((choice) => choice.value === value)) {
    throw new Error(`${option.name}: ${value} is not one of ${choices.map((choice) => choice.value).join(', ')}`);
  }
}

function misfit(option: { name: string; type: number }, value: unknown): Error {
  return new Error(`${option.name}: ${JSON.stringify(value) ?? String(value)} does not fit option type ${option.type}`);
}
