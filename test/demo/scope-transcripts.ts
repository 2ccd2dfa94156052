// `npx node test/demo/scope-transcripts.ts`: what people see of each scope, for the README. Played by Parley over the simulators.
import { MessageType } from 'discord-api-types/v10';
import { SCOPES } from '../../src/conversation/scope.ts';
import { startWorld } from '../start-parley.ts';
import type { Scope } from '../../src/conversation/scope.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const ALL = 'what have you said so far?';

/** A model that knows what it is told in its prompt, and nothing else. */
const reply = ({ body }: ConverseRequestRecord): string => {
  const texts = (body?.messages ?? []).map(({ content }) => content.at(-1)?.text ?? '');
  const question = texts.at(-1) ?? '';
  const [, pet = 'cat'] = /\b(cat|dog)\b/u.exec(question) ?? [];
  if (question.startsWith('my ') || question.startsWith('our ')) return `A fine name for a ${pet}.`;
  if (question.endsWith('called?')) {
    const name = new RegExp(`${pet} is called (\\w+)`, 'u').exec(texts.slice(0, -1).join('\n'))?.[1];
    return name === undefined ? 'I do not know: nobody has told me here.' : `${name}.`;
  }
  const said = (body?.messages ?? []).flatMap(({ role, content }) => (role === 'assistant' ? [content.at(-1)?.text ?? ''] : []));
  if (question === ALL) return said.length === 0 ? 'Nothing yet.' : `${said.map((text) => `"${text}"`).join(' and ')}.`.replace(/\."\.$/u, '."');
  return { 'tea or coffee?': 'Tea.', 'why?': 'It calms.', 'and with milk?': 'If it is black.' }[question] ?? 'Yes?';
};

interface Play {
  readonly world: World;
  readonly place: SimulatedChannel;
  ask(user: SimulatedUser, text: string, to?: SimulatedMessage, place?: SimulatedChannel): Promise<SimulatedMessage>;
}

/** Plays in a channel; resolves with other places in which something was said. */
const PLAYS: Readonly<Record<Scope, (play: Play) => Promise<readonly SimulatedChannel[]>>> = {
  room: async ({ world: { ana, bo }, ask }) => {
    await ask(ana, 'my cat is called Tom');
    await ask(bo, "what is Ana's cat called?");
    return [];
  },
  user: async ({ world: { ana, bo }, ask }) => {
    await ask(ana, 'my cat is called Tom');
    await ask(bo, "what is Ana's cat called?");
    await ask(ana, 'what is my cat called?');
    return [];
  },
  thread: async ({ world: { ana, bo }, place, ask }) => {
    await ask(ana, 'my cat is called Tom');
    await ask(bo, "what is Ana's cat called?");
    const thread = ana.startThread(place, { name: 'A dog' });
    await ask(ana, 'our dog is called Rex', undefined, thread);
    await ask(bo, "what is Ana's dog called?", undefined, thread);
    return [thread];
  },
  reply: async ({ world: { ana, bo }, ask }) => {
    const tea = await ask(ana, 'tea or coffee?');
    const calms = await ask(bo, 'why?', tea);
    await ask(ana, ALL, calms);
    await ask(bo, 'and with milk?', tea);
    await ask(bo, ALL, tea);
    await ask(bo, ALL);
    return [];
  },
};

const NAME_WIDTH = 8;

const linesIn = (world: World, place: SimulatedChannel): readonly string[] => {
  const mention = new RegExp(`<@!?${world.discord.botUser.id}>`, 'gu');
  return place.visible().map((message) => {
    const { author, content, referenceId } = message;
    if (message.type === MessageType.ThreadCreated) return `${author.displayName.padEnd(NAME_WIDTH)}started a thread: ${content}`;
    const pointed = author.bot || referenceId === undefined ? undefined : world.discord.message(referenceId);
    const to = pointed === undefined ? '' : `(replies to "${pointed.content}") `;
    return `${(author.bot ? 'Parley' : author.displayName).padEnd(NAME_WIDTH)}${to}${content.replaceAll(mention, '@Parley')}`;
  });
};

/** What was said in the main channel, and in others that the play has opened, as people see it. */
const transcriptOf = async (scope: Scope): Promise<string> => {
  const world = await startWorld({ environment: { CONVERSATION_SCOPE: scope }, discord: { rateLimits: 'off' } });
  try {
    world.bedrock.respond((request) => ({ text: reply(request) }));
    const place = world.guild.addChannel({ name: 'pets' });
    const ask: Play['ask'] = async (user, text, to, where = place) => {
      // A reply with its ping on calls by itself.
      const question = to === undefined ? user.say(where, `${world.discord.botUser.mention} ${text}`) : user.say(where, text, { replyTo: to });
      await world.outcome(question.id);
      return where.fromBot.findLast(({ referenceId }) => referenceId === question.id) as SimulatedMessage;
    };
    const others = await PLAYS[scope]({ world, place, ask });
    if (others.length === 0) return linesIn(world, place).join('\n');
    const textOf = (name: string, where: SimulatedChannel): string => `${name}\n${linesIn(world, where).join('\n')}`;
    return [textOf('#pets', place), ...others.map((other) => textOf(`thread "${other.name}"`, other))].join('\n\n');
  } finally {
    await world.close();
  }
};

/** One for each scope. */
export const scopeTranscripts = async (): Promise<ReadonlyMap<Scope, string>> => {
  const transcripts = new Map<Scope, string>();
  for (const scope of SCOPES) transcripts.set(scope, await transcriptOf(scope));
  return transcripts;
};

if (import.meta.main) for (const [scope, text] of await scopeTranscripts()) process.stdout.write(`${scope}\n\n${text}\n\n`);
