import { ComponentType } from 'discord-api-types/v10';
import type { APIButtonComponentWithCustomId } from 'discord-api-types/v10';
import type { SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';

const buttons = ({ components }: SimulatedMessage): APIButtonComponentWithCustomId[] =>
  components.flatMap((row) => (row.type === ComponentType.ActionRow ? (row.components as APIButtonComponentWithCustomId[]) : []));

/** The labels of a message's buttons, from left to right. */
export const buttonsOf = (message: SimulatedMessage): (string | undefined)[] => buttons(message).map(({ label }) => label);

export const buttonId = (message: SimulatedMessage, label: string): string => {
  const id = buttons(message).find((button) => button.label === label)?.custom_id;
  if (id === undefined) throw new Error(`No button "${label}" below "${message.content}"; there are ${JSON.stringify(buttonsOf(message))}`);
  return id;
};

/** What whoever pressed a button was told in private. */
export const privateReplies = (press: SimulatedInteraction): string[] =>
  [...(press.acknowledgedAs === 'reply' ? [press.response] : []), ...press.followUps].flatMap((message) => (message?.ephemeral === true ? [message.content] : []));
