import { ChannelType } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import { whereAsked } from '../../src/discord/texts/answer-texts.ts';
import type { ServerSettings } from '../../src/policy/server-settings.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock.ts';
import type { World } from '../start-parley.ts';

const NOVA = 'us.amazon.nova-2-lite-v1:0';
const HAIKU = 'us.anthropic.claude-haiku-5-5';

let world: World;
let url: string;
shareWorld({ environment: { SYSTEM_PROMPT: 'Be yourself.', MAX_CONCURRENT_CALLS: '2' }, discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

const settled = async (settings: Partial<ServerSettings>): Promise<void> => {
  await decide(url, world.guild.id, settings);
  await world.restart();
};
afterEach(() => decide(url, world.guild.id, {}));

const request = (): ConverseRequestRecord => world.bedrock.requests.at(-1) as ConverseRequestRecord;
const personaOf = ({ body }: ConverseRequestRecord): unknown => (body?.system as { text: string }[] | undefined)?.[0]?.text;

describe('where nothing is decided', () => {
  it('a request is what the environment says, and nothing stands below the answer', async () => {
    await settled({});
    const answer = await world.ask(world.ana, 'hello', freshChannel(world));
    expect(request()).toMatchObject({ modelId: HAIKU, body: { inferenceConfig: { maxTokens: 12_288 } } });
    expect(Object.keys(request().body ?? {}).toSorted()).toEqual(['inferenceConfig', 'messages', 'system']);
    expect(personaOf(request())).toBe('Be yourself.');
    expect(answer.content).toBe('Certainly.');
  });

  it('of this server, another one changes nothing', async () => {
    await decide(url, '123456789012345678', { server: { model: NOVA, persona: 'A pirate.' } });
    await world.restart();
    await world.ask(world.ana, 'hello', freshChannel(world));
    expect(request().modelId).toBe(HAIKU);
  });

  it('direct messages have the environment\'s', async () => {
    await settled({ server: { model: NOVA, footer: 'model' } });
    expect((await world.ask(world.ana, 'hello', world.ana.dm)).content).toBe('Certainly.');
    expect(request().modelId).toBe(HAIKU);
  });
});

describe('a place', () => {
  it('has what is nearest: a channel its own, then its category\'s, also where it was made later, then its server\'s; a thread its channel\'s', async () => {
    const category = world.guild.addChannel({ name: 'games', type: ChannelType.GuildCategory });
    const own = world.guild.addChannel({ name: 'own', parent: category });
    await settled({
      server: { model: NOVA, persona: 'Of the server.', maxAnswerTokens: 100 },
      categories: { [category.id]: { persona: 'Of the category.', maxAnswerTokens: 200 } },
      channels: { [own.id]: { persona: 'Of the channel.' } },
    });
    const later = world.guild.addChannel({ name: 'later', parent: category });
    const thread = world.ana.startThread(own, { name: 'aside' });
        const seen: unknown[] = [];
    for (const place of [own, later, thread, freshChannel(world)]) {
      await world.ask(world.ana, 'hello', place);
      seen.push([request().modelId, personaOf(request()), request().body?.inferenceConfig?.maxTokens]);
    }
    expect(seen).toEqual([
      [NOVA, 'Of the channel.', 200],
      [NOVA, 'Of the category.', 200],
      [NOVA, 'Of the channel.', 200],
      [NOVA, 'Of the server.', 100],
    ]);
  });

  it('gets another model by everything that asks: a command, a private one, a button, and a question that a start takes up', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { model: NOVA } } });
    const asked: string[] = [];
    const note = async (id: string): Promise<void> => {
      await world.outcome(id);
      asked.push(request().modelId);
    };
    await note(world.ana.runCommand(place, 'ask', { prompt: 'hello' }).id);
    await note(world.ana.runCommand(place, 'ask', { prompt: 'hello', private: true }).id);
    const answer = await world.ask(world.ana, 'hello', place);
    const regenerate = JSON.stringify(answer.components).match(/"custom_id":"(regenerate:[^"]+)"/u)?.[1] ?? '';
    await note(world.ana.click(answer, regenerate).id);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interrupted = world.ana.say(place, `${world.discord.botUser.mention} a long one`);
    await stream.request;
    await world.restart({}, 0);
    await note(interrupted.id);
    expect(asked).toEqual([NOVA, NOVA, NOVA, NOVA]);
  });

  it('never gets a longer answer than its model writes', async () => {
    await settled({ server: { maxAnswerTokens: 1_000_000 } });
    await world.ask(world.ana, 'hello', freshChannel(world));
    expect(request().body?.inferenceConfig?.maxTokens).toBe(128_000);
  });

  it('shares the bound of calls at a time with all other models', async () => {
    const [one, other] = [freshChannel(world), freshChannel(world)];
    await settled({ channels: { [one.id]: { model: NOVA } } });
    const streams = [manualStream(), manualStream(), manualStream(), manualStream()];
    world.bedrock.respondOnce(...streams.map(({ responder }) => responder));
    const questions = [one, other].flatMap((place) => [world.ana, world.bo].map((user) => user.runCommand(place, 'ask', { prompt: 'hello', private: true })));
    // Each is announced after a while in which its call would have gone.
    await Promise.all(questions.map((question) => question.settled()));
    for (const stream of streams) {
      await stream.request;
      await stream.text('Yes.');
      await stream.finish();
    }
    for (const { id } of questions) expect(await world.outcome(id)).toMatchObject({ outcome: 'delivered' });
    expect(world.bedrock.maxInFlight).toBe(2);
    expect(new Set(world.bedrock.requests.slice(-4).map(({ modelId }) => modelId))).toEqual(new Set([NOVA, HAIKU]));
  });

  it('has its model, or model and cost, below an answer; tokens alone where the price is not known', async () => {
    const [plain, dear, unknown] = [freshChannel(world), freshChannel(world), freshChannel(world)];
    await settled({ channels: { [plain.id]: { footer: 'model' }, [dear.id]: { footer: 'cost' }, [unknown.id]: { footer: 'cost', model: 'us.meta.llama4-maverick-17b-instruct-v1:0' } } });
    expect((await world.ask(world.ana, 'hello', plain)).content).toBe('Certainly.\n-# Claude Haiku 5.5');
    expect((await world.ask(world.ana, 'hello', dear)).content).toMatch(/^Certainly\.\n-# Claude Haiku 5\.5 · \d+ tokens in, \d+ out · \$0\.0\d+$/u);
    world.bedrock.respond({ text: 'Certainly.' });
    expect((await world.ask(world.ana, 'hello', unknown)).content).toMatch(/^Certainly\.\n-# Llama 4 Maverick[^·]* · \d+ tokens in, \d+ out( · \$0\.0\d+)?$/u);
  });
});

describe('private answers that are not allowed', () => {
  it('are refused once, for whoever asked alone, and cost no call; in a channel they stay refused whatever that permits', async () => {
    const place = freshChannel(world);
    await settled({ server: { privateAnswers: false }, channels: { [place.id]: { privateAnswers: true } } });
    const before = world.bedrock.requestCount;
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'psst', private: true });
    await interaction.settled();
    await world.discord.waitFor(() => interaction.response);
    expect(interaction.response?.content).toContain('Private answers are switched off here');
    expect(interaction.ephemeral).toBe(true);
    expect(world.bedrock.requestCount).toBe(before);
    expect(await world.outcome(world.ana.runCommand(place, 'ask', { prompt: 'aloud' }).id)).toMatchObject({ outcome: 'delivered' });
  });

  it('that were given before cannot be asked anew, and stay as they are', async () => {
    const place = freshChannel(world);
    await settled({});
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'psst', private: true });
    await world.outcome(interaction.id);
    await settled({ channels: { [place.id]: { privateAnswers: false } } });
    const answer = interaction.response!;
    const before = answer.content;
    const pressed = world.ana.click(answer, JSON.stringify(answer.components).match(/"custom_id":"(regenerate:[^"]+)"/u)?.[1] ?? '');
    await pressed.settled();
    expect(pressed.response?.content).toContain('Private answers are switched off here');
    expect(answer.content).toBe(before);
  });
});

describe('a failure in a place that wants none said', () => {
  const failing = (): void => world.bedrock.respond({ error: bedrockErrors.invalidModel() as never });

  it('is told to whoever asked alone, and what was shown meanwhile goes', async () => {
    const place = freshChannel(world);
    await settled({ server: { errorStyle: 'quiet' } });
    failing();
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
    expect(place.fromBot.filter(({ deleted }) => !deleted)).toEqual([]);
    expect(world.ana.dm.fromBot.at(-1)?.content).toContain(`What you asked in ${whereAsked(place.id, question.id)} has no answer: `);
  });

  it('is told there where its asker takes no direct messages, and in the response of a command', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { errorStyle: 'quiet' } } });
    failing();
    world.bo.blockBot();
    const question = world.bo.say(place, `${world.discord.botUser.mention} hello`);
    await world.outcome(question.id);
    expect(place.fromBot.at(-1)).toMatchObject({ referenceId: question.id });
    world.bo.blockBot(false);
    const interaction = world.bo.runCommand(place, 'ask', { prompt: 'hello' });
    await world.outcome(interaction.id);
    expect(interaction.response?.content).toContain('Amazon Bedrock');
  });
});

describe('/status', () => {
  it('says which model answers in its place', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { model: NOVA } } });
    const said = [];
    for (const where of [place, freshChannel(world)]) {
      const interaction = world.bo.runCommand(where, 'status');
      await world.discord.waitFor(() => interaction.response?.content);
      said.push(/Answers come from ([^.]+(?:\.\d)?)\./u.exec(interaction.response?.content ?? '')?.[1]);
    }
    expect(said).toEqual(['Amazon Nova 2 Lite', 'Claude Haiku 5.5']);
  });
});

describe('what another process decides', () => {
  it('holds here within five seconds', async () => {
    const place = freshChannel(world);
    await decide(url, world.guild.id, { channels: { [place.id]: { persona: 'Decided elsewhere.' } } });
    await expect
      .poll(
        async () => {
          await world.ask(world.ana, 'hello', place);
          return personaOf(request());
        },
        { timeout: 5_000, interval: 100 },
      )
      .toBe('Decided elsewhere.');
  });
});
