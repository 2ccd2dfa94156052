import { bedrockErrors } from '../simulators/bedrock.ts';
import { press } from './pressing.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

/** As often as a call is made before its question fails. */
export const FAILING = Array.from({ length: 3 }, () => ({ error: bedrockErrors.internalServer() }));

export const shownIn = (place: SimulatedChannel): string[] => place.fromBot.map(({ content }) => content);

/** Asks, and lets a model answer with `reply`. */
export const answerTo = async (world: World, text: string, place: SimulatedChannel, reply: string, user: SimulatedUser = world.ana): Promise<SimulatedMessage> => {
  world.bedrock.respondOnce({ text: reply });
  return world.ask(user, text, place);
};

/** Presses a button that asks again, Regenerate for one, and resolves with the press once its line is in the log. */
export const askAgain = async (world: World, user: SimulatedUser, answer: SimulatedMessage, reply: string, label = 'Regenerate'): Promise<SimulatedInteraction> => {
  world.bedrock.respondOnce({ text: reply });
  const pressed = await press(user, answer, label);
  await world.outcome(pressed.id);
  return pressed;
};
