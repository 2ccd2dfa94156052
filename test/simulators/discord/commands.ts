import type { APIApplicationCommand, APIApplicationCommandOption } from 'discord-api-types/v10';
import { ApplicationCommandType } from 'discord-api-types/v10';
import { FormErrors, restError } from './errors.ts';
import type { Fields } from './shape.ts';
import { fieldsOf } from './shape.ts';
import { validateCommand } from './validate-commands.ts';
import type { World } from './world.ts';

const maximumByType: Readonly<Record<number, number>> = {
  [ApplicationCommandType.ChatInput]: 100,
  [ApplicationCommandType.User]: 15,
  [ApplicationCommandType.Message]: 15,
};
const CREATES_PER_DAY = 200;
const DAY = 24 * 60 * 60_000;

type Scope = ReadonlyMap<string, APIApplicationCommand>;

/** The registered commands: `global`, and by guild id. */
export class Commands {
  readonly #world: World;
  readonly #scopes = new Map<string, Map<string, APIApplicationCommand>>();
  readonly #creates = new Map<string, number[]>();
  puts = 0;

  constructor(world: World) {
    this.#world = world;
  }

  scope(name: string): Scope {
    return this.#scope(name);
  }

  find(guildId: string | undefined, name: string, type: ApplicationCommandType): APIApplicationCommand | undefined {
    return (guildId === undefined ? undefined : named(this.#scope(guildId), name, type)) ?? named(this.#scope('global'), name, type);
  }

  /** Overwrites a whole set; what keeps its name and type keeps its id. */
  replace(scopeName: string, body: unknown): APIApplicationCommand[] {
    this.puts += 1;
    const errors = new FormErrors();
    const bodies = Array.isArray(body) ? body.map(fieldsOf) : [];
    if (!Array.isArray(body)) errors.add([], 'BASE_TYPE_LIST', 'Only lists are allowed.');
    for (const [index, fields] of bodies.entries()) validateCommand(errors, [index], fields);
    const keys = bodies.map((fields) => `${Number(fields['type'] ?? 1)} ${String(fields['name'])}`);
    for (const [index, key] of keys.entries()) {
      if (keys.indexOf(key) < index) errors.add([index], 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
    }
    errors.throwIfAny();
    for (const [type, maximum] of Object.entries(maximumByType)) {
      if (bodies.filter((fields) => Number(fields['type'] ?? 1) === Number(type)).length > maximum) throw restError('maximumCommands');
    }
    const before = this.#scope(scopeName);
    const commands = bodies.map((fields) => {
      const existing = named(before, String(fields['name']), Number(fields['type'] ?? 1));
      if (!existing) this.#countCreate(scopeName);
      return this.#made(scopeName, existing?.id, fields);
    });
    this.#scopes.set(scopeName, new Map(commands.map((command) => [command.id, command])));
    this.#world.changed();
    return commands;
  }

  /** Creates, or overwrites the one with that name and type. */
  upsert(scopeName: string, body: unknown): { command: APIApplicationCommand; isNew: boolean } {
    const fields = checked(body);
    const scope = this.#scope(scopeName);
    const type = Number(fields['type'] ?? 1);
    const existing = named(scope, String(fields['name']), type);
    const count = [...scope.values()].filter((command) => command.type === type).length;
    if (!existing && count >= (maximumByType[type] ?? 0)) throw restError('maximumCommands');
    if (!existing) this.#countCreate(scopeName);
    const command = this.#made(scopeName, existing?.id, fields);
    scope.set(command.id, command);
    this.#world.changed();
    return { command, isNew: !existing };
  }

  change(scopeName: string, id: string, body: unknown): APIApplicationCommand {
    const before = this.get(scopeName, id);
    const fields = checked({ ...before, ...fieldsOf(body) });
    const command = this.#made(scopeName, id, fields);
    this.#scope(scopeName).set(id, command);
    this.#world.changed();
    return command;
  }

  get(scopeName: string, id: string): APIApplicationCommand {
    const command = this.#scope(scopeName).get(id);
    if (!command) throw restError('unknownCommand');
    return command;
  }

  remove(scopeName: string, id: string): void {
    this.get(scopeName, id);
    this.#scope(scopeName).delete(id);
    this.#world.changed();
  }

  #scope(name: string): Map<string, APIApplicationCommand> {
    const scope = this.#scopes.get(name) ?? new Map<string, APIApplicationCommand>();
    this.#scopes.set(name, scope);
    return scope;
  }

  #countCreate(scopeName: string): void {
    const now = this.#world.clock.now();
    const recent = (this.#creates.get(scopeName) ?? []).filter((at) => now - at < DAY);
    if (recent.length >= CREATES_PER_DAY) throw restError('dailyCommandCreates');
    this.#creates.set(scopeName, [...recent, now]);
  }

  #made(scopeName: string, id: string | undefined, fields: Fields): APIApplicationCommand {
    const type = Number(fields['type'] ?? 1);
    const permissions = fields['default_member_permissions'];
    const command = {
      id: id ?? this.#world.ids.next(),
      application_id: this.#world.applicationId,
      version: this.#world.ids.next(),
      type,
      name: fields['name'],
      name_localizations: fields['name_localizations'] ?? null,
      description: type === ApplicationCommandType.ChatInput ? fields['description'] : '',
      description_localizations: fields['description_localizations'] ?? null,
      default_member_permissions: permissions === undefined || permissions === null ? null : String(permissions),
      dm_permission: fields['dm_permission'] ?? true,
      contexts: fields['contexts'] ?? null,
      integration_types: fields['integration_types'] ?? [0],
      nsfw: fields['nsfw'] === true,
      ...(scopeName !== 'global' && { guild_id: scopeName }),
      ...(Array.isArray(fields['options']) && { options: fields['options'] as APIApplicationCommandOption[] }),
    };
    return command as unknown as APIApplicationCommand;
  }
}

function checked(body: unknown): Fields {
  const errors = new FormErrors();
  validateCommand(errors, [], body);
  errors.throwIfAny();
  return fieldsOf(body);
}

function named(scope: Scope, name: string, type: number): APIApplicationCommand | undefined {
  for (const command of scope.values()) if (command.name === name && command.type === type) return command;
  return undefined;
}
