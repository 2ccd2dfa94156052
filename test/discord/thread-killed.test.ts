import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualStream, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { freshFolder, startProcess } from '../parley-process.ts';
import { saidIn } from './in-threads.ts';
import { letModerate } from './moderating.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, FaultRule, SimulatedChannel, SimulatedGuild, SimulatedUser } from '../simulators/discord.ts';
import type { ParleyProcess } from '../parley-process.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let guild: SimulatedGuild;
let ana: SimulatedUser;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off', maxConcurrency: 100, messageContentIntent: true }), startBedrockSimulator()]);
  ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
  guild = discord.addGuild({ name: 'Test server', members: [ana] });
});
afterAll(async () => {
  expect(discord.unexpectedRequests).toEqual([]);
  await Promise.all([discord.close(), bedrock.close()]);
});

let folder: string;
let parley: ParleyProcess;
const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
  parley = startProcess({ discord, bedrock }, folder, { DISCORD_MESSAGE_CONTENT: 'true', ...environment });
  await parley.ready();
};
const kill = async (): Promise<void> => {
  parley.child.kill('SIGKILL');
  await parley.ended;
  discord.faults.clear();
};
beforeEach(async () => {
  folder = freshFolder();
  bedrock.respond({ text: 'Certainly.' });
  await start();
});
afterEach(kill);

const wordsIn = (place: SimulatedChannel): string[] => place.fromBot.map(({ content }) => content);
const ask = async (place: SimulatedChannel, text: string): Promise<void> => {
  const before = place.fromBot.length;
  ana.say(place, place.parent === undefined ? `${discord.botUser.mention} ${text}` : text);
  await discord.waitFor(() => place.fromBot.length > before && wordsIn(place).at(-1)?.startsWith('Certainly.') === true, 40_000);
};
/** Whether the model was told of the cat when it was last asked. */
const knowsTheCat = async (place: SimulatedChannel, text: string): Promise<boolean> => {
  await ask(place, text);
  const request = bedrock.requests.findLast(({ body }) => JSON.stringify(body).includes(text));
  return JSON.stringify(request?.body?.messages).includes('my cat is Tom');
};

const LATE_MS = 30_000;
const THREADS_ROUTE = 'POST /channels/:id/messages/:id/threads';

describe('a process that is killed within /thread leaves the conversation in the channel or in the thread, and in no other place', () => {
  const cases: readonly (readonly [name: string, fault: FaultRule | undefined])[] = [
    ['before the thread is there', { route: THREADS_ROUTE, does: { delayMs: LATE_MS, when: 'before' } }],
    ['before it knows that the thread is there', { route: THREADS_ROUTE, does: { delayMs: LATE_MS, when: 'after' } }],
    ['before it says so', { method: 'PATCH', when: ({ body }) => JSON.stringify(body).includes('goes on in this thread'), does: { delayMs: LATE_MS, when: 'before' } }],
    ['when it has said so', undefined],
  ];
  it.each(cases)('%s', async (_name, fault) => {
    const place = guild.addChannel({ name: 'cats' });
    letModerate(ana, place);
    await ask(place, 'my cat is Tom');
    const late = fault && discord.faults.add(fault);
    ana.runCommand(place, 'thread', { title: 'Pets' });
    await expect.poll(() => (late === undefined ? wordsIn(place).some((words) => words.includes('goes on in this thread')) : late.hits > 0), { timeout: 20_000, interval: 10 }).toBe(true);
    // The next process may say something else in it.
    const response = place.fromBot.findLast(({ content }) => content.includes('thread'));
    await kill();
    await start();
    const thread = response && discord.channel(response.id);
    const inThread = thread !== undefined && (await knowsTheCat(thread, 'who is my pet, in the thread?'));
    expect(await knowsTheCat(place, 'who is my pet, in the channel?')).toBe(!inThread);
    // What it says of itself is true.
    expect(response?.content).toMatch(inThread ? /begins here|goes on in this thread/u : /begins here|stays in this channel|I was interrupted/u);
  }, 120_000);

  it('while it waits for an answer in the channel, which is given by the next process, once', async () => {
    const place = guild.addChannel({ name: 'cats' });
    letModerate(ana, place);
    await ask(place, 'my cat is Tom');
    const stream = manualStream();
    bedrock.respond(stream.responder);
    ana.say(place, `${discord.botUser.mention} and my dog is Rex`);
    await stream.request;
    await stream.text('Cert');
    ana.runCommand(place, 'thread', { title: 'Pets' });
    const response = await discord.waitFor(() => place.fromBot.find(({ content, id }) => content.includes('begins here') && discord.channel(id) !== undefined), 20_000);
    bedrock.respond({ text: 'Certainly.' });
    await kill();
    await start();
    await discord.waitFor(() => wordsIn(place).filter((words) => words === 'Certainly.').length === 2, 40_000);
    expect(await knowsTheCat(discord.channel(response.id) as SimulatedChannel, 'who is my pet, in the thread?')).toBe(false);
    expect(await knowsTheCat(place, 'who is my pet, in the channel?')).toBe(true);
  }, 120_000);
});

describe('a process that is killed within /ask where all questions have threads leaves one answer, and no thread without one', () => {
  const ALWAYS = { THREADS: 'always' };
  const restart = async (): Promise<void> => {
    await kill();
    await start(ALWAYS);
  };
  const cases: readonly (readonly [name: string, fault: FaultRule, isInThread: boolean])[] = [
    ['before its response says what was asked', { route: /\/callback$/u, does: { delayMs: LATE_MS, when: 'after' } }, false],
    ['before the thread is there', { route: THREADS_ROUTE, does: { status: 503 } }, false],
    ['before it knows that the thread is there', { route: THREADS_ROUTE, does: { delayMs: LATE_MS, when: 'after' } }, true],
    ['before it knows of its first message there', { route: 'POST /channels/:id/messages', does: { delayMs: LATE_MS, when: 'after' } }, true],
  ];
  it.each(cases)('%s', async (_name, fault, isInThread) => {
    await restart();
    const place = guild.addChannel({ name: 'tea' });
    const late = discord.faults.add(fault);
    const asked = ana.runCommand(place, 'ask', { prompt: 'what is tea?' });
    await expect.poll(() => late.hits > 0 && asked.response !== undefined && (!isInThread || discord.channel(asked.response.id) !== undefined), { timeout: 20_000, interval: 10 }).toBe(true);
    if (_name.includes('first message')) await discord.waitFor(() => discord.channel(asked.response?.id ?? '')?.fromBot.some(({ content }) => content.includes('Certainly.')) === true);
    await restart();
    const all = (): string[] => [place, discord.channel(asked.response?.id ?? '')].flatMap((where) => (where?.fromBot ?? []).filter(({ deleted }) => !deleted).map(({ content }) => content));
    await expect.poll(() => all().filter((words) => words.includes('Certainly.')).length).toBe(1);
    const thread = discord.channel(asked.response?.id ?? '');
    expect(thread === undefined).toBe(!isInThread);
    if (thread !== undefined) {
      expect(wordsIn(thread)).toContain('Certainly.');
      expect(asked.response?.content).toMatch(/I answer in the thread/u);
      // What is said there goes on with it.
      ana.say(thread, 'and coffee?');
      await discord.waitFor(() => wordsIn(thread).filter((words) => words.includes('Certainly.')).length === 2, 40_000);
      expect(JSON.stringify(bedrock.requests.findLast(({ body }) => JSON.stringify(body).includes('and coffee?'))?.body?.messages)).toContain('what is tea?');
    }
    expect(all().filter((words) => words.includes('what is tea?') && words.includes('Certainly.'))).toHaveLength(isInThread ? 0 : 1);
  }, 120_000);

  it('also where it was killed before it knew of a later message there, and the answer is shorter then', async () => {
    await restart();
    const place = guild.addChannel({ name: 'tea' });
    const long = 'Tea is poured slowly while the kettle sings. '.repeat(60);
    bedrock.respond({ text: long });
    const asked = ana.runCommand(place, 'ask', { prompt: 'what is tea?' });
    const inThread = (): string[] => saidIn(discord.channel(asked.response?.id ?? '')).filter(({ deleted }) => !deleted).map(({ content }) => content);
    // The first one is answered for, and noted; the next one is made, and nobody hears of it.
    const later = discord.faults.add({ route: 'POST /channels/:id/messages', when: () => inThread().length === 1, does: { delayMs: LATE_MS, when: 'after' } });
    await expect.poll(() => [later.hits > 0, inThread().length]).toEqual([true, 2]);
    bedrock.respond({ text: 'Certainly.' });
    await restart();
    await expect.poll(inThread).toEqual(['Certainly.']);
  }, 120_000);

  it('and the thread keeps the name that it began with', async () => {
    await restart();
    const place = guild.addChannel({ name: 'tea' });
    const isForTitle = (body: unknown): boolean => JSON.stringify(body).includes('Write a title');
    let titles = 0;
    bedrock.respond(({ body }) => {
      if (!isForTitle(body)) return { text: 'Certainly.' };
      titles += 1;
      return { text: 'Tea', firstDelayMs: LATE_MS };
    });
    const asked = ana.runCommand(place, 'ask', { prompt: 'what is tea?' });
    await expect.poll(() => titles).toBe(1);
    await restart();
    const thread = discord.channel(asked.response?.id ?? '') as SimulatedChannel;
    ana.say(thread, 'and coffee?');
    await discord.waitFor(() => wordsIn(thread).filter((words) => words.includes('Certainly.')).length === 2, 40_000);
    expect([thread.name, titles]).toEqual(['what is tea?', 1]);
  }, 120_000);
});
