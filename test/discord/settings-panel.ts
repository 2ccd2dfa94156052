import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';

interface Part {
  readonly type: number;
  readonly content?: string;
  readonly label?: string;
  readonly custom_id?: string;
  readonly accessory?: Part;
  readonly components?: readonly Part[];
  readonly options?: readonly { readonly label: string; readonly value: string; readonly description?: string }[];
}

const partsOf = (parts: readonly Part[]): Part[] => parts.flatMap((part) => [part, ...partsOf(part.components ?? []), ...(part.accessory === undefined ? [] : [part.accessory])]);
const allOf = ({ components }: SimulatedMessage): Part[] => partsOf(components as unknown as Part[]);

/** All that stands on a panel. */
export const wordsOn = (message: SimulatedMessage): string => allOf(message).flatMap(({ content }) => content ?? []).join('\n');

const idOf = (message: SimulatedMessage, fits: (part: Part) => boolean): string => {
  const id = allOf(message).find((part) => part.custom_id !== undefined && fits(part))?.custom_id;
  if (id === undefined) throw new Error(`There is no such thing on the panel: ${JSON.stringify(message.components)}`);
  return id;
};

export const buttonId = (message: SimulatedMessage, label: string): string => idOf(message, (part) => part.label === label);

/** The button beside a setting. */
export const changeId = (message: SimulatedMessage, label: string): string =>
  allOf(message).find(({ components = [], accessory }) => accessory !== undefined && components.some(({ content = '' }) => content.startsWith(`**${label}:**`)))?.accessory?.custom_id ?? idOf(message, () => false);

export const selectId = (message: SimulatedMessage): string => idOf(message, ({ type }) => [3, 5, 6, 8].includes(type));
export const optionsOn = (message: SimulatedMessage): NonNullable<Part['options']> => allOf(message).find(({ options }) => options !== undefined)?.options ?? [];
export const has = (message: SimulatedMessage, label: string): boolean => allOf(message).some((part) => part.label === label);

/** Resolves when nothing more comes of a press: it was answered, and what was announced is there. */
export const done = async (interaction: SimulatedInteraction, isDone: () => boolean): Promise<void> => {
  const end = performance.now() + 20_000;
  await interaction.settled();
  while (!isDone()) {
    if (performance.now() > end) throw new Error('The panel does not change');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};

/** Presses something, and resolves when the panel has become another one. */
export const press = async (user: SimulatedUser, message: SimulatedMessage, customId: string, values?: readonly string[]): Promise<SimulatedInteraction> => {
  const before = JSON.stringify(message.components);
  const interaction = values === undefined ? user.click(message, customId) : user.select(message, customId, values);
  await done(interaction, () => JSON.stringify(message.components) !== before || interaction.modal !== undefined || (interaction.response !== undefined && interaction.response !== message));
  return interaction;
};

/** Runs a command, and resolves when it has been answered. */
export const runCommand = async (user: SimulatedUser, place: SimulatedChannel, name: string, options = {}): Promise<SimulatedInteraction> => {
  const interaction = user.runCommand(place, name, options);
  await done(interaction, () => interaction.response !== undefined && (interaction.response.content !== '' || interaction.response.components.length > 0));
  return interaction;
};

export const openPanel = async (user: SimulatedUser, place: SimulatedChannel): Promise<SimulatedMessage> => (await runCommand(user, place, 'settings panel')).response!;

/** Fills in the form that a press has opened. */
export const fill = async (user: SimulatedUser, message: SimulatedMessage, opened: SimulatedInteraction, value: string): Promise<void> => {
  const before = JSON.stringify(message.components);
  const sent = user.submitModal(opened, { value });
  await done(sent, () => JSON.stringify(message.components) !== before);
};
