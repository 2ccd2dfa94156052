import { ComponentType } from 'discord-api-types/v10';
import type { APIButtonComponentWithCustomId } from 'discord-api-types/v10';
import type { ConverseRequestRecord } from '../simulators/bedrock.ts';
import type { SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';

const buttons = ({ components }: SimulatedMessage): APIButtonComponentWithCustomId[] =>
  components.flatMap((row) => (row.type === ComponentType.ActionRow ? (row.components as APIButtonComponentWithCustomId[]) : []));

/** The labels of a message's buttons, from left to right. */
export const buttonsOf = (message: SimulatedMessage): (string | undefined)[] => buttons(message).map(({ label }) => label);

export const buttonId = (message: SimulatedMessage, label: string): string => {
  const id = buttons(message).find((button) => button.label === label)?.custom_id;
  if (id === undefined) throw new Error(`No button "${label}" below "${message.content}"; there are ${JSON.stringify(buttonsOf(message))}`);
  return id;
};

/** Presses a button by its label, and resolves once Discord has heard of us. */
export const press = (user: SimulatedUser, message: SimulatedMessage, label: string): Promise<SimulatedInteraction> =>
  user.click(message, buttonId(message, label)).settled();

/** What whoever pressed a button was told in private. */
export const privateReplies = (pressed: SimulatedInteraction): string[] =>
  [...(pressed.acknowledgedAs === 'reply' ? [pressed.response] : []), ...pressed.followUps].flatMap((message) =>
    message?.ephemeral === true ? [message.content] : [],
  );

/** An answer to a command, without the line above it that tells what was asked. */
export const withoutQuestion = (content = ''): string => content.replace(/^-# <@\d+>: `[^`\n]*`\n?/u, '');

/** The roles and last texts of what the model was given. */
export const turnsOf = (request: ConverseRequestRecord | undefined): (readonly [role: string, text: string | undefined])[] =>
  (request?.body?.messages ?? []).map(({ role, content }) => [role, content.at(-1)?.text]);
