import { manualStream } from '../simulators/bedrock.ts';
import { withoutQuestion } from './pressing.ts';
import type { ConverseRequestRecord, ManualStream } from '../simulators/bedrock.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

interface Begun {
  readonly stream: ManualStream;
  readonly call: ConverseRequestRecord;
  /** Lets the model say the rest, and resolves with what the log says of the question. */
  finish(rest: string): ReturnType<World['outcome']>;
}

/** A question whose answer has begun to show, and does not go on by itself. */
export interface BegunAnswer extends Begun {
  readonly question: SimulatedMessage;
  readonly draft: SimulatedMessage;
}

export interface BegunCommand extends Begun {
  readonly interaction: SimulatedInteraction;
}

export interface BeginOptions {
  readonly text?: string;
  /** What the model says at first. */
  readonly words?: string;
  readonly asker?: SimulatedUser;
}

const begin = async (world: World, words: string, ask: () => { readonly id: string }): Promise<Begun> => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const { id } = ask();
  const call = await stream.request;
  await stream.text(words);
  return {
    stream,
    call,
    finish: async (rest) => {
      await stream.text(rest);
      await stream.finish();
      return world.outcome(id);
    },
  };
};

/** Asks by a mention, and resolves when the first words are shown. */
export const beginAnswer = async (world: World, place: SimulatedChannel, { text = 'a long story', words = 'Once upon', asker = world.ana }: BeginOptions = {}): Promise<BegunAnswer> => {
  let question: SimulatedMessage | undefined;
  const begun = await begin(world, words, () => (question = asker.say(place, `${world.discord.botUser.mention} ${text}`)));
  const draft = await world.discord.waitFor(() => place.fromBot.find(({ content }) => content !== '' && words.startsWith(content)));
  return { ...begun, question: question as SimulatedMessage, draft };
};

/** The same by `/ask`. */
export const beginCommand = async (
  world: World,
  place: SimulatedChannel,
  options: Readonly<Record<string, string | boolean>> = {},
  words = 'Once upon',
): Promise<BegunCommand> => {
  let interaction: SimulatedInteraction | undefined;
  const begun = await begin(world, words, () => (interaction = world.ana.runCommand(place, 'ask', { prompt: 'a long story', ...options })));
  await world.discord.waitFor(() => withoutQuestion(interaction?.response?.content) === words);
  return { ...begun, interaction: interaction as SimulatedInteraction };
};
