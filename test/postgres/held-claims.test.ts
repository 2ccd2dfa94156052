import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RESTARTING_TEXT, UNDECIDED_TEXT } from '../../src/discord/texts/answer-texts.ts';
import { startWorld } from '../start-parley.ts';
import { holdConnections } from './held-connections.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from './postgres-server.ts';
import type { Parley } from '../../src/parley.ts';
import type { World } from '../start-parley.ts';
import type { HeldConnections } from './held-connections.ts';
import type { PostgresServer } from './postgres-server.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';

/** Each of them hears everything, as while a shard moves. */
const BOTH_HEAR = { SHARD_COUNT: '1', SHARD_IDS: '0' };
/** What claims are made with. */
const CLAIMS = 'parley_ledger_exchange';
const HELD_UP = 'the store does not tell whose a question is; it is asked again until it does';

describe.skipIf(WITHOUT_POSTGRES)(`where PostgreSQL does not answer one of two processes, or none of them${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  let [toFirst, toSecond]: HeldConnections[] = [];
  let world: World;
  let second: Parley;
  let url: string;
  const startSecond = (): Promise<Parley> => world.startSecond(toSecond && { STORE_URL: toSecond.through(url) });
  const ways = (): HeldConnections[] => [toFirst, toSecond].filter((way) => way !== undefined);

  beforeAll(async () => {
    server = await startPostgres();
    url = await server.freshDatabase();
    [toFirst, toSecond] = await Promise.all([holdConnections(server.port), holdConnections(server.port)]);
    world = await startWorld({ environment: { ...BOTH_HEAR, STORE_URL: toFirst.through(url) }, discord: { rateLimits: 'off' } });
    second = await startSecond();
    world.bedrock.respond({ text: 'Certainly.' });
  });
  afterEach(() => {
    for (const way of ways()) way.release();
  });
  afterAll(async () => {
    await second.stop(0);
    await world.close();
    for (const way of ways()) await way.close();
    await server.remove();
  });

  const place = () => world.guild.addChannel({ name: 'held' });
  const ask = (channel: ReturnType<typeof place>, text: string): SimulatedMessage => world.ana.say(channel, `${world.discord.botUser.mention} ${text}`);
  const shown = (channel: ReturnType<typeof place>): string[] => channel.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);
  /** How often that question was found held up. */
  const heldUp = (id: string): number => world.log.filter(({ message, questionId }) => message === HELD_UP && questionId === id).length;
  const calls = (text: string): number => world.bedrock.requests.filter(({ body }) => body?.messages.at(-1)?.content.at(-1)?.text === text).length;

  it('only the other one answers, and whoever could not claim it says nothing', async () => {
    const channel = place();
    toFirst?.hold(CLAIMS);
    const { id } = ask(channel, 'of one?');
    await expect.poll(() => shown(channel)).toEqual(['Certainly.']);
    // It has found that it cannot claim it, and what it does without is done soon.
    await expect.poll(() => world.log.some(({ level, questionId }) => questionId === id && (level === 'warn' || level === 'error'))).toBe(true);
    toFirst?.release();
    const next = ask(channel, 'and then?');
    await world.outcome(next.id);
    await expect.poll(() => shown(channel)).toEqual(['Certainly.', 'Certainly.']);
    expect(calls('of one?')).toBe(1);
  });

  it('people are told why nothing comes, once, and that becomes the answer when it is back', async () => {
    const channel = place();
    for (const way of ways()) way.hold(CLAIMS);
    const { id } = ask(channel, 'of none?');
    await expect.poll(() => shown(channel)).toEqual([UNDECIDED_TEXT]);
    await expect.poll(() => heldUp(id)).toBe(2);
    expect(calls('of none?')).toBe(0);
    for (const way of ways()) way.release();
    await expect.poll(() => shown(channel)).toEqual(['Certainly.']);
    await world.outcome(id);
    expect(channel.fromBot).toHaveLength(1);
    expect(calls('of none?')).toBe(1);
  });

  it('a command is responded to in time, with the same', async () => {
    const channel = place();
    for (const way of ways()) way.hold(CLAIMS);
    const asked = world.ana.runCommand(channel, 'ask', { prompt: 'by a command?' });
    await expect.poll(() => asked.response?.content).toBe(UNDECIDED_TEXT);
    expect(asked.failed).not.toBe(true);
    for (const way of ways()) way.release();
    await expect.poll(() => asked.response?.content).toContain('Certainly.');
    await world.outcome(asked.id);
    expect(shown(channel).filter((text) => text.includes('Certainly.')).length + asked.followUps.length).toBeLessThanOrEqual(1);
    expect(calls('by a command?')).toBe(1);
  });

  it('a command is told of a restart where its process ends while it waits, and a message is left to the next one', async () => {
    const channel = place();
    for (const way of ways()) way.hold(CLAIMS);
    const asked = world.ana.runCommand(channel, 'ask', { prompt: 'before the end?' });
    const message = ask(channel, 'before the end, too?');
    await expect.poll(() => heldUp(message.id)).toBe(2);
    await expect.poll(() => asked.response?.content).toBe(UNDECIDED_TEXT);
    await Promise.all([second.stop(0), world.parley.stop(0)]);
    expect(asked.response?.content).toBe(RESTARTING_TEXT);
    for (const way of ways()) way.release();
    world.discord.advance(5_000);
    second = await startSecond();
    await world.restart();
    await expect.poll(() => shown(channel).filter((text) => text !== RESTARTING_TEXT)).toEqual(['Certainly.']);
    expect(calls('before the end, too?')).toBe(1);
    expect(calls('before the end?')).toBe(0);
  });
});

describe.skipIf(WITHOUT_POSTGRES)(`a process that does not reach PostgreSQL any more while another one does${NEEDS_POSTGRES}`, () => {
  it('says so, and the other one takes its shard and answers what was asked there, in its place', async () => {
    const server = await startPostgres();
    const url = await server.freshDatabase();
    const way = await holdConnections(server.port);
    const world = await startWorld({ environment: { SHARD_COUNT: '2', STORE_URL: way.through(url) }, discord: { rateLimits: 'off' } });
    const { discord, bedrock, ana, log } = world;
    bedrock.respond({ text: 'Certainly.' });
    const second = await world.startSecond({ STORE_URL: url });
    const movedShards = (): number => log.filter(({ message }) => message === 'another process hears this shard now').length;
    await expect.poll(movedShards).toBe(1);
    // One server on each shard, of which the first process has one.
    const guilds = new Map<bigint, typeof world.guild>();
    while (guilds.size < 2) {
      const guild = discord.addGuild({ members: [ana] });
      guilds.set((BigInt(guild.id) >> 22n) % 2n, guild);
    }
    const channels = [...guilds.values()].map((guild) => guild.addChannel({ name: 'general' }));
    const shown = () => channels.map((channel) => channel.fromBot.map(({ content, deleted }) => (deleted ? 'deleted' : content)));
    const askEverywhere = (text: string) => channels.map((channel) => ana.say(channel, `${discord.botUser.mention} ${text}`));
    askEverywhere('before?');
    await expect.poll(shown).toEqual([['Certainly.'], ['Certainly.']]);

    way.hold();
    askEverywhere('meanwhile?');
    await expect.poll(() => shown().flat().toSorted()).toEqual(['Certainly.', 'Certainly.', 'Certainly.', UNDECIDED_TEXT]);
    await expect.poll(shown).toEqual([['Certainly.', 'Certainly.'], ['Certainly.', 'Certainly.']]);
    askEverywhere('and now?');
    await expect.poll(shown).toEqual([['Certainly.', 'Certainly.', 'Certainly.'], ['Certainly.', 'Certainly.', 'Certainly.']]);
    way.release();
    // It learns whose its shard is, and lets go of it.
    await expect.poll(movedShards).toBe(2);
    askEverywhere('and behind that?');
    await expect.poll(() => shown().map((texts) => texts.length)).toEqual([4, 4]);
    await expect.poll(() => new Set(shown().flat())).toEqual(new Set(['Certainly.']));
    expect(bedrock.requestCount).toBe(8);

    await Promise.all([second.stop(0), world.parley.stop(0)]);
    await world.close();
    await way.close();
    await server.remove();
  });
});
