import { ApplicationIntegrationType, InteractionContextType, Routes } from 'discord.js';
import { NoDelivery } from '../rest/delivery-error.ts';
import type { APIApplicationCommand, Client, RESTPutAPIApplicationCommandsJSONBody } from 'discord.js';

const OK = 200;

type Definition = RESTPutAPIApplicationCommandsJSONBody[number];

/**
 * A command with where it is offered, if it does not say so itself: on servers that have added the bot, in direct messages to it, and
 * wherever somebody is who has installed the app to their own account, if such people are served.
 */
export const offered = (definition: Definition, servesGuests: boolean): Definition => ({
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, ...(servesGuests ? [InteractionContextType.PrivateChannel] : [])],
  integration_types: [ApplicationIntegrationType.GuildInstall, ...(servesGuests ? [ApplicationIntegrationType.UserInstall] : [])],
  ...definition,
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that Discord leaves out, or fills in, where nothing was said. */
const isUnsaid = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);

/** Kinds of places, in whatever order Discord tells them. */
const isSet = (value: unknown): value is readonly number[] => Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number');

/** Whether `actual` says all that `wanted` says. Discord adds ids and defaults of its own, which do not count. */
const covers = (actual: unknown, wanted: unknown): boolean => {
  if (isUnsaid(wanted)) return isUnsaid(actual);
  if (isSet(wanted) && isSet(actual)) return JSON.stringify(wanted.toSorted()) === JSON.stringify(actual.toSorted());
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) && actual.length === wanted.length && wanted.every((item, index) => covers(actual[index], item))
    );
  }
  if (isRecord(wanted)) return isRecord(actual) && Object.entries(wanted).every(([key, value]) => covers(actual[key], value));
  return actual === wanted;
};

/** Said even where there are none, so that an option that went away counts as a change. */
const optionsOf = (command: RESTPutAPIApplicationCommandsJSONBody[number]): unknown =>
  'options' in command ? command.options : [];

/** Whether Discord already has exactly these commands, in any order. */
export const areRegistered = (
  registered: readonly APIApplicationCommand[],
  wanted: RESTPutAPIApplicationCommandsJSONBody,
): boolean =>
  registered.length === wanted.length &&
  wanted.every((command) => {
    const actual = registered.find(({ name, type }) => name === command.name && type === (command.type ?? 1));
    return actual !== undefined && covers(actual, { ...command, options: optionsOf(command) });
  });

/** @throws {NoDelivery} where that is no list: nobody knows what is registered */
const listed = (commands: unknown): readonly APIApplicationCommand[] => {
  if (!Array.isArray(commands)) throw new NoDelivery(OK);
  return commands.filter(isRecord) as unknown as readonly APIApplicationCommand[];
};

/**
 * Registers the commands for all servers, and only when they changed: doing so anew resets what admins allowed.
 * @param mayRegister whether nobody else is about to
 * @returns what is registered now, and whether that is new; nothing where somebody else is about to
 * @see https://discord.com/developers/docs/interactions/application-commands#registering-a-command
 */
export const registerCommands = async (
  client: Client<true>,
  wanted: RESTPutAPIApplicationCommandsJSONBody,
  mayRegister: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<{ readonly commands: readonly APIApplicationCommand[] | undefined; readonly isNew: boolean }> => {
  const route = Routes.applicationCommands(client.application.id);
  const registered = listed(await client.rest.get(route));
  if (areRegistered(registered, wanted)) return { commands: registered, isNew: false };
  // Without a store nobody can tell.
  if (!(await mayRegister().catch(() => true))) return { commands: undefined, isNew: false };
  return { commands: listed(await client.rest.put(route, { body: wanted })), isNew: true };
};
