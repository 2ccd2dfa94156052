import { ApplicationCommandOptionType as Option, ApplicationCommandType, Locale } from 'discord-api-types/v10';
import type { FormErrors } from './errors.ts';
import type { Fields, Path } from './shape.ts';
import { fieldsOf, integer, isFields, list, oneOf, text } from './shape.ts';

// https://docs.discord.com/developers/interactions/application-commands#application-command-object
const MAXIMUM_CHARACTERS = 8000;
const MAXIMUM_STRING = 6000;
const slashName = /^[-_'\p{L}\p{N}\p{Script=Devanagari}\p{Script=Thai}]{1,32}$/u;
const optionTypes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const locales: ReadonlySet<string> = new Set(Object.values(Locale));
const withChoices: ReadonlySet<unknown> = new Set([Option.String, Option.Integer, Option.Number]);

export function validateCommand(errors: FormErrors, path: Path, value: unknown): void {
  const command = fieldsOf(value);
  const type = command['type'] ?? ApplicationCommandType.ChatInput;
  oneOf(errors, [...path, 'type'], type, [ApplicationCommandType.ChatInput, ApplicationCommandType.User, ApplicationCommandType.Message]);
  const chat = type === ApplicationCommandType.ChatInput;
  const name = text(errors, [...path, 'name'], command['name'], { min: 1, max: 32, required: true });
  if (chat && name) validateSlashName(errors, [...path, 'name'], name);
  if (chat) text(errors, [...path, 'description'], command['description'], { min: 1, max: 100, required: true });
  else refuseMenuFields(errors, path, command);
  validateLocalizations(errors, path, command, chat);
  validateOptions(errors, [...path, 'options'], command['options'], 0);
  for (const [index, context] of list(errors, [...path, 'contexts'], command['contexts']).entries()) {
    oneOf(errors, [...path, 'contexts', index], context, [0, 1, 2]);
  }
  for (const [index, kind] of list(errors, [...path, 'integration_types'], command['integration_types']).entries()) {
    oneOf(errors, [...path, 'integration_types', index], kind, [0, 1]);
  }
  const permissions = command['default_member_permissions'] ?? '0';
  if (!/^\d+$/.test(String(permissions))) {
    errors.add([...path, 'default_member_permissions'], 'NUMBER_TYPE_COERCE', `Value "${String(permissions)}" is not int.`);
  }
  if (characters(command) > MAXIMUM_CHARACTERS) {
    errors.add(path, 'APPLICATION_COMMAND_TOO_LARGE', `Command exceeds maximum size (${MAXIMUM_CHARACTERS})`);
  }
}

function refuseMenuFields(errors: FormErrors, path: Path, command: Fields): void {
  if (command['description']) {
    errors.add([...path, 'description'], 'APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED', 'Context menu commands cannot have description');
  }
  if (list(errors, [...path, 'options'], command['options']).length > 0) {
    errors.add([...path, 'options'], 'APPLICATION_COMMAND_OPTIONS_NOT_ALLOWED', 'Context menu commands cannot have options');
  }
}

function validateSlashName(errors: FormErrors, path: Path, name: string): void {
  if (!slashName.test(name) || name !== name.toLowerCase()) {
    errors.add(path, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
  }
}

function validateLocalizations(errors: FormErrors, path: Path, fields: Fields, slash: boolean): void {
  for (const [field, max] of [['name_localizations', 32], ['description_localizations', 100]] as const) {
    const map = fields[field];
    if (!isFields(map)) continue;
    for (const [locale, value] of Object.entries(map)) {
      if (!locales.has(locale)) errors.add([...path, field], 'APPLICATION_COMMAND_LOCALE_INVALID', `Unknown locale ${locale}`);
      const localized = text(errors, [...path, field, locale], value, { min: 1, max });
      if (localized && slash && max === 32) validateSlashName(errors, [...path, field, locale], localized);
    }
  }
}

function validateOptions(errors: FormErrors, path: Path, value: unknown, depth: number): void {
  const options = list(errors, path, value, { max: 25 }).map(fieldsOf);
  const names = new Set<unknown>();
  let optionalSeen = false;
  for (const [index, option] of options.entries()) {
    const at = [...path, index];
    validateOption(errors, at, option, depth);
    if (names.has(option['name'])) errors.add(at, 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS', 'Option name already exists');
    names.add(option['name']);
    if (option['required'] === true && optionalSeen) {
      errors.add(at, 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID', 'Required options must be placed before non-required options');
    }
    optionalSeen ||= option['required'] !== true;
  }
  const commands = options.filter(isSubcommand).length;
  if (commands > 0 && commands < options.length) {
    errors.add(path, 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'Sub-command and sub-command group option types are mutually exclusive to all other types');
  }
}

function isSubcommand(option: Fields): boolean {
  return option['type'] === Option.Subcommand || option['type'] === Option.SubcommandGroup;
}

function validateOption(errors: FormErrors, path: Path, option: Fields, depth: number): void {
  const type = oneOf(errors, [...path, 'type'], option['type'], optionTypes);
  const name = text(errors, [...path, 'name'], option['name'], { min: 1, max: 32, required: true });
  if (name) validateSlashName(errors, [...path, 'name'], name);
  text(errors, [...path, 'description'], option['description'], { min: 1, max: 100, required: true });
  validateLocalizations(errors, path, option, true);
  if (isSubcommand(option)) {
    const tooDeep = type === Option.SubcommandGroup ? depth > 0 : depth > 1;
    if (tooDeep) errors.add([...path, 'type'], 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'This option type cannot be nested here');
    validateOptions(errors, [...path, 'options'], option['options'], depth + 1);
    return;
  }
  validateChoices(errors, path, option);
  if (type === Option.String) {
    integer(errors, [...path, 'min_length'], option['min_length'], { min: 0, max: MAXIMUM_STRING });
    integer(errors, [...path, 'max_length'], option['max_length'], { min: 1, max: MAXIMUM_STRING });
  }
}

function validateChoices(errors: FormErrors, path: Path, option: Fields): void {
  const choices = list(errors, [...path, 'choices'], option['choices'], { max: 25 });
  if (choices.length > 0 && !withChoices.has(option['type'])) {
    errors.add([...path, 'choices'], 'APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID', 'This option type cannot have choices');
  }
  if (choices.length > 0 && option['autocomplete'] === true) {
    errors.add([...path, 'autocomplete'], 'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID', 'Autocomplete and choices exclude each other');
  }
  for (const [index, entry] of choices.entries()) {
    const choice = fieldsOf(entry);
    text(errors, [...path, 'choices', index, 'name'], choice['name'], { min: 1, max: 100, required: true });
    if (option['type'] === Option.String) {
      text(errors, [...path, 'choices', index, 'value'], choice['value'], { min: 1, max: 100, required: true });
    } else if (typeof choice['value'] !== 'number') {
      errors.add([...path, 'choices', index, 'value'], 'NUMBER_TYPE_COERCE', `Value "${String(choice['value'])}" is not a number.`);
    }
  }
}

/** Name, description and values of the command, its options and its choices; of translations the longest counts. */
function characters(fields: Fields): number {
  const own = longest(fields['name'], fields['name_localizations']) + longest(fields['description'], fields['description_localizations']);
  const value = typeof fields['value'] === 'string' ? fields['value'].length : 0;
  const parts = [...asList(fields['options']), ...asList(fields['choices'])];
  return parts.reduce<number>((sum, part) => sum + characters(fieldsOf(part)), own + value);
}

function longest(value: unknown, translations: unknown): number {
  const all = [value, ...Object.values(fieldsOf(translations))];
  return Math.max(0, ...all.map((entry) => (typeof entry === 'string' ? entry.length : 0)));
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
