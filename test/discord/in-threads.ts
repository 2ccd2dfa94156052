import { MessageType } from 'discord-api-types/v10';
import { manualStream } from '../simulators/bedrock.ts';
import { turnsOf } from './pressing.ts';
import type { ConverseRequestRecord, ManualStream, Responder, Script } from '../simulators/bedrock.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

/** The thread that begins at a message. */
export const threadAt = ({ discord }: World, { id }: Pick<SimulatedMessage, 'id'>): SimulatedChannel => {
  const thread = discord.channel(id);
  if (thread === undefined) throw new Error(`Nothing has begun at ${id}`);
  return thread;
};

/** What the bot has said there, without the beginning that Discord puts into a thread. */
export const saidIn = (place: SimulatedChannel | undefined): SimulatedMessage[] =>
  (place?.fromBot ?? []).filter(({ type }) => type === MessageType.Default || type === MessageType.Reply);

export const wordsIn = (place: SimulatedChannel | undefined): string[] => saidIn(place).map(({ content }) => content);

/** Whether the model was asked for the name of a thread. */
export const isForTitle = ({ body }: ConverseRequestRecord): boolean => JSON.stringify(body?.system).includes('Write a title');

/** What the model was told last of all questions, the newest one included, without what is quoted. */
export const toldLast = ({ bedrock }: World): (string | undefined)[] => turnsOf(bedrock.requests.findLast((request) => !isForTitle(request))).map(([, text]) => text);

/** The name that a thread was begun with. */
export const titleAt = ({ discord }: World, { id }: Pick<SimulatedMessage, 'id'>): string | undefined =>
  (discord.requests.findLast(({ method, path }) => method === 'POST' && path.endsWith(`/messages/${id}/threads`))?.body as { name: string } | undefined)?.name;

const replies: (Responder | Script)[] = [];
const titles = new Map<string, Script>();

/** What the model says to the next questions, one each; and to whoever asks for the name of a thread, by its question: that may be at any time. */
export const letAnswer = ({ bedrock }: World, answers: readonly (Responder | Script)[], names: Readonly<Record<string, Script>> = {}): void => {
  replies.push(...answers);
  for (const [question, name] of Object.entries(names)) titles.set(question, name);
  const nameFor = ({ body }: ConverseRequestRecord): Script => {
    const question = [...titles.keys()].find((one) => JSON.stringify(body?.messages).includes(one));
    return (question === undefined ? undefined : titles.get(question)) ?? { text: 'A title' };
  };
  bedrock.respond((request) => {
    const next = isForTitle(request) ? nameFor(request) : (replies.shift() ?? { text: 'Certainly.' });
    return typeof next === 'function' ? next(request) : next;
  });
};

/** Asks by a mention, and resolves when its outcome is there. */
export const askIn = async (world: World, place: SimulatedChannel, text: string, reply = 'Certainly.', user: SimulatedUser = world.ana): Promise<SimulatedMessage> => {
  letAnswer(world, [{ text: reply }]);
  const question = user.say(place, `${world.discord.botUser.mention} ${text}`);
  await world.outcome(question.id);
  return question;
};

/** The same without a mention. */
export const sayIn = async (world: World, place: SimulatedChannel, text: string, reply = 'Certainly.', user: SimulatedUser = world.ana): Promise<SimulatedMessage> => {
  letAnswer(world, [{ text: reply }]);
  const question = user.say(place, text);
  await world.outcome(question.id);
  return question;
};

export interface BegunInThread {
  readonly question: SimulatedMessage;
  readonly thread: SimulatedChannel;
  readonly draft: SimulatedMessage;
  readonly stream: ManualStream;
}

/** Asks by a mention, and resolves when the first words are shown in a thread. */
export const beginInThread = async (world: World, place: SimulatedChannel): Promise<BegunInThread> => {
  const stream = manualStream();
  letAnswer(world, [stream.responder]);
  const question = world.ana.say(place, `${world.discord.botUser.mention} a long story`);
  await stream.request;
  await stream.text('Once upon');
  const draft = await world.discord.waitFor(() => saidIn(world.discord.channel(question.id))[0]);
  return { question, draft, stream, thread: threadAt(world, question) };
};
