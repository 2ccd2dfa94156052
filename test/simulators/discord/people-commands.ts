import type { APIApplicationCommand, APIApplicationCommandBasicOption, APIApplicationCommandOption } from 'discord-api-types/v10';
import { ApplicationCommandOptionType as Option, ApplicationCommandType, InteractionContextType, InteractionType } from 'discord-api-types/v10';
import type { AutocompleteExtras, CommandExtras, OptionValue } from './api.ts';
import { OptionReader } from './command-options.ts';
import type { Handles } from './handle-registry.ts';
import type { InteractionRecord } from './interactions.ts';
import { contextOf, dispatchInteraction, fullMessage, installedIn, ownersOf, refuseStranger } from './people-interactions.ts';
import { permissionsIn } from './permissions.ts';
import type { ChannelRecord, MessageRecord, UserRecord } from './records.ts';

type Values = Readonly<Record<string, OptionValue>>;

export function runCommand(
  handles: Handles,
  user: UserRecord,
  channel: ChannelRecord,
  name: string,
  values: Values,
  extras: CommandExtras,
): InteractionRecord {
  const [root = '', ...path] = name.split(' ');
  const command = usableCommand(handles, user, channel, root, ApplicationCommandType.ChatInput, extras);
  const leaf = descend(command, path);
  const reader = new OptionReader(handles.world, channel);
  refuseUnknown(leaf.options, values);
  const options = leaf.options.flatMap((option) => {
    const value = values[option.name];
    if (value === undefined && option.required) throw new Error(`/${name}: the option ${option.name} is required`);
    return value === undefined ? [] : { name: option.name, type: option.type, value: reader.read(option, value) };
  });
  const data = { ...identity(command), options: leaf.wrap(options), resolved: reader.resolved };
  return dispatchInteraction(handles, fieldsFor('command', user, channel, name, extras), data);
}

export function autocomplete(
  handles: Handles,
  user: UserRecord,
  channel: ChannelRecord,
  name: string,
  values: Values,
  extras: AutocompleteExtras,
): InteractionRecord {
  const [root = '', ...path] = name.split(' ');
  const command = usableCommand(handles, user, channel, root, ApplicationCommandType.ChatInput, extras);
  const leaf = descend(command, path);
  refuseUnknown(leaf.options, values);
  const focused = leaf.options.find((option) => option.name === extras.focused);
  if (!focused || !('autocomplete' in focused) || !focused.autocomplete) {
    throw new Error(`/${name}: the option ${extras.focused} has no autocomplete`);
  }
  const options = leaf.options
    .filter((option) => option === focused || values[option.name] !== undefined)
    .map(({ name, type }) => ({ name, type, value: values[name] ?? '', focused: name === extras.focused || undefined }));
  const data = { ...identity(command), options: leaf.wrap(options) };
  return dispatchInteraction(handles, fieldsFor('autocomplete', user, channel, name, extras), data);
}

export function runMenuCommand(
  handles: Handles,
  user: UserRecord,
  channel: ChannelRecord,
  name: string,
  target: { readonly message: MessageRecord } | { readonly user: UserRecord },
  extras: CommandExtras,
): InteractionRecord {
  const onMessage = 'message' in target;
  const type = onMessage ? ApplicationCommandType.Message : ApplicationCommandType.User;
  const command = usableCommand(handles, user, channel, name, type, extras);
  const reader = new OptionReader(handles.world, channel);
  if (onMessage) {
    if (target.message.channel !== channel || target.message.deleted) throw new Error(`${user.name}: that message is not in this channel`);
    // The target comes with its content, whatever the intents.
    reader.addMessage(target.message.id, fullMessage(target.message));
  } else reader.addUser(target.user.id);
  const targetId = onMessage ? target.message.id : target.user.id;
  const data = { ...identity(command), target_id: targetId, resolved: reader.resolved };
  return dispatchInteraction(handles, fieldsFor(onMessage ? 'messageCommand' : 'userCommand', user, channel, name, extras), data);
}

function fieldsFor(kind: InteractionRecord['kind'], user: UserRecord, channel: ChannelRecord, commandName: string, extras: CommandExtras) {
  return {
    kind,
    type: kind === 'autocomplete' ? InteractionType.ApplicationCommandAutocomplete : InteractionType.ApplicationCommand,
    user,
    channel,
    locale: extras.locale ?? 'en-US',
    source: undefined,
    owners: ownersOf(installedIn(channel, extras), channel, user),
    commandName,
  };
}

function identity(command: APIApplicationCommand) {
  const { id, name, type, guild_id } = command;
  return { id, name, type, ...(guild_id !== undefined && { guild_id }) };
}

/** A command that Discord's client would offer this person here. */
function usableCommand(
  handles: Handles,
  user: UserRecord,
  channel: ChannelRecord,
  name: string,
  type: ApplicationCommandType,
  extras: CommandExtras,
): APIApplicationCommand {
  const { world } = handles;
  refuseStranger(world, user, channel);
  const command = handles.commands.find(channel.guild?.id, name, type);
  if (!command) throw new Error(`No command "${name}" is registered${channel.guild ? '' : ' globally'}`);
  refuseContext(command, channel, installedIn(channel, extras), world.settings.userInstall);
  if (command.nsfw && channel.guild && !(channel.parent?.nsfw ?? channel.nsfw)) throw new Error(`${name}: only in age-restricted channels`);
  if (!channel.guild) return command;
  const permissions = permissionsIn(channel, user.id, world.clock.now());
  const needed = BigInt(command.default_member_permissions ?? 0);
  const adminsOnly = command.default_member_permissions === '0';
  if ((permissions & needed) !== needed || (adminsOnly && !(permissions & 8n))) throw new Error(`${user.name} is not allowed to use ${name} here`);
  return command;
}

function refuseContext(command: APIApplicationCommand, channel: ChannelRecord, installed: string, userInstall: boolean): void {
  const types: readonly number[] = command.integration_types ?? [0];
  const byGuild = installed !== 'user' && types.includes(0) && (channel.guild ? channel.guild.hasBot : !channel.people);
  const byUser = installed !== 'guild' && types.includes(1) && userInstall;
  if (!byGuild && !byUser) throw new Error(`${command.name}: not available for this installation (${installed})`);
  const contexts: readonly number[] = command.contexts ?? Object.values(InteractionContextType).filter((value) => typeof value === 'number');
  if (!contexts.includes(contextOf(channel))) throw new Error(`${command.name}: not available in this context`);
}

interface Leaf {
  readonly options: readonly APIApplicationCommandBasicOption[];
  /** Puts the filled-in options under the subcommand (group) they belong to. */
  readonly wrap: (options: readonly unknown[]) => readonly unknown[];
}

function descend(command: APIApplicationCommand, path: readonly string[]): Leaf {
  let options: readonly APIApplicationCommandOption[] = command.options ?? [];
  const taken: APIApplicationCommandOption[] = [];
  for (const name of path) {
    const next = options.find((option) => option.name === name);
    if (!next || (next.type !== Option.Subcommand && next.type !== Option.SubcommandGroup)) {
      throw new Error(`/${command.name} has no subcommand ${path.join(' ')}`);
    }
    taken.push(next);
    options = next.options ?? [];
  }
  if (options.some(isSubcommand)) throw new Error(`/${[command.name, ...path].join(' ')} needs one of its subcommands`);
  const wrap = (filled: readonly unknown[]) =>
    taken.toReversed().reduce<readonly unknown[]>((inner, { name, type }) => [{ name, type, options: inner }], filled);
  return { options: options as readonly APIApplicationCommandBasicOption[], wrap };
}

function isSubcommand(option: APIApplicationCommandOption): boolean {
  return option.type === Option.Subcommand || option.type === Option.SubcommandGroup;
}

function refuseUnknown(options: readonly { readonly name: string }[], values: Values): void {
  const unknown = Object.keys(values).find((name) => !options.some((option) => option.name === name));
  if (unknown !== undefined) throw new Error(`There is no option ${unknown}`);
}
