import { bedrockErrors } from '../simulators/bedrock.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

/**
 * Questions in a channel, in a thread and in private, one of which is asked anew, one could go on, and one fails. Resolves with a word
 * for each id of Discord in them, always the same.
 */
export const playEarlierConversation = async (world: World): Promise<{ readonly words: ReadonlyMap<string, string>; readonly thread: SimulatedChannel }> => {
  const { ana, bo, bedrock, discord, channel, guild } = world;
  const words = new Map<string, string>([[channel.id, 'CHANNEL'], [guild.id, 'GUILD'], [ana.id, 'ANA'], [bo.id, 'BO']]);
  const name = (id: string, word: string): string => {
    words.set(id, word);
    return id;
  };

  const answers: SimulatedMessage[] = [];
  const ask = async (user: typeof ana, text: string, reply: string, place = channel, stopReason: 'end_turn' | 'max_tokens' = 'end_turn'): Promise<void> => {
    bedrock.respondOnce({ text: reply, stopReason });
    const question = user.say(place, `${discord.botUser.mention} ${text}`);
    await world.outcome(name(question.id, `QUESTION${answers.length + 1}`));
    const answer = place.fromBot.findLast(({ referenceId }) => referenceId === question.id) as SimulatedMessage;
    name(answer.id, `ANSWER${answers.length + 1}`);
    answers.push(answer);
  };
  const press = async (index: number, kind: string, reply: string, word: string): Promise<void> => {
    bedrock.respondOnce({ text: reply });
    const id = JSON.stringify(answers[index]?.components).match(new RegExp(`${kind}:[\\w-]+`, 'u'))?.[0] ?? '';
    const pressed = await ana.click(answers[index] as SimulatedMessage, id).settled();
    await world.outcome(name(pressed.id, `PRESS${word}`));
    const answer = channel.fromBot.findLast(({ deleted }) => !deleted) as SimulatedMessage;
    name(answer.id, word);
  };

  await ask(ana, 'a colour?', 'red');
  await ask(bo, 'a number?', 'one, two,', channel, 'max_tokens');
  await ask(ana, 'a cat?', 'Tom');
  await press(0, 'regenerate', 'blue', 'ANEW');
  const thread = ana.startThread(channel, { name: 'aside' });
  name(thread.id, 'THREAD');
  await ask(bo, 'in here?', 'yes', thread);
  bedrock.respondOnce({ text: 'a secret' });
  const secret = ana.runCommand(channel, 'ask', { prompt: 'between us?', private: true });
  await world.outcome(name(secret.id, 'SECRET'));
  name(secret.response?.id ?? '', 'SECRETANSWER');
  bedrock.respondOnce(...Array.from({ length: 3 }, () => ({ error: bedrockErrors.internalServer() })));
  const failed = ana.say(channel, `${discord.botUser.mention} and this?`);
  await world.outcome(name(failed.id, 'FAILED'));
  name(channel.fromBot.at(-1)?.id ?? '', 'NOTICE');
  return { words, thread };
};
