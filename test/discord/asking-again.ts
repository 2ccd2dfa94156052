import { bedrockErrors } from '../simulators/bedrock.ts';
import { press } from './pressing.ts';
import type { Script } from '../simulators/bedrock.ts';
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

/** The same, with the question, and whatever the model does. */
export const answered = async (world: World, place: SimulatedChannel, text: string, script: Script = { text: 'Certainly.' }): Promise<{ question: SimulatedMessage; answer: SimulatedMessage }> => {
  world.bedrock.respondOnce(script);
  const question = world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
  await world.outcome(question.id);
  return { question, answer: place.fromBot.at(-1) as SimulatedMessage };
};

/** Presses a button that asks again, Regenerate for one, and resolves with the press once its line is in the log. */
export const askAgain = async (world: World, user: SimulatedUser, answer: SimulatedMessage, reply: string, label = 'Regenerate'): Promise<SimulatedInteraction> => {
  world.bedrock.respondOnce({ text: reply });
  const pressed = await press(user, answer, label);
  await world.outcome(pressed.id);
  return pressed;
};
