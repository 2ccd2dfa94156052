import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/settings/config.ts';
import { startWorld } from '../start-parley.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World, WorldOptions } from '../start-parley.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const shardOf = ({ id }: { readonly id: string }): number => Number((BigInt(id) >> 22n) % 2n);
const storeUrl = (): string => `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}`;

interface Divided extends World {
  /** A channel of a server of each shard. */
  readonly places: readonly [SimulatedChannel, SimulatedChannel];
}

const begin = async (options: WorldOptions): Promise<Divided> => {
  world = await startWorld({ ...options, discord: { recommendedShards: 2, maxConcurrency: 2, rateLimits: 'off', ...options.discord } });
  const { discord, ana, bo, guild, channel } = world;
  // Which shard a server belongs to, its id says.
  let other = discord.addGuild({ name: 'Other server', members: [ana, bo] });
  while (shardOf(other) === shardOf(guild)) other = discord.addGuild({ name: 'Other server', members: [ana, bo] });
  const otherChannel = other.addChannel({ name: 'general' });
  return Object.assign(world, { places: shardOf(guild) === 0 ? ([channel, otherChannel] as const) : ([otherChannel, channel] as const) });
};

const answersTo = (place: SimulatedChannel, id: string): string[] => place.fromBot.filter(({ referenceId }) => referenceId === id).map(({ content }) => content);

describe('a bot on many servers', () => {
  it('connects with as many shards as Discord recommends, and answers on each', async () => {
    const { discord, ana, places, ask } = await begin({});
    expect(discord.gateway.identifies.map(({ shard }) => shard)).toEqual(expect.arrayContaining([[0, 2], [1, 2]]));
    for (const place of places) expect((await ask(ana, 'hello', place)).content).toBe('You said: hello');
    expect((await ask(ana, 'hello', ana.dm)).content).toBe('You said: hello');
  });

  it('has as many as an admin says, and is told where Discord recommends more', async () => {
    const { discord, log, ana, places, ask } = await begin({ environment: { SHARD_COUNT: '1' } });
    expect(discord.gateway.identifies.map(({ shard }) => shard)).toEqual([[0, 1]]);
    expect(log.find(({ message }) => String(message).startsWith('Discord recommends more shards'))).toMatchObject({ level: 'warn', shardCount: 1, recommended: 2 });
    for (const place of places) expect((await ask(ana, 'hello', place)).content).toBe('You said: hello');
  });

  it('takes nonsense for one', async () => {
    const faults = { method: 'GET', route: '/gateway/bot', does: { status: 200, body: { url: 'ws://127.0.0.1:1', shards: 'many', session_start_limit: null } } } as const;
    world = await startWorld();
    const handle = world.discord.faults.add({ ...faults, times: 1 });
    await world.restart();
    expect(handle.hits).toBe(1);
    expect((await world.ask(world.ana, 'hello')).content).toBe('You said: hello');
  });

  it('waits where Discord lets it begin too few sessions, and tells when few are left', async () => {
    world = await startWorld();
    const { discord, log } = world;
    const limited = (remaining: number) => ({ status: 200, body: { url: discord.gateway.url, shards: 1, session_start_limit: { total: 1000, remaining, reset_after: 200, max_concurrency: 1 } } });
    const handle = discord.faults.add({ method: 'GET', route: '/gateway/bot', times: 1, does: limited(0) });
    discord.faults.add({ method: 'GET', route: '/gateway/bot', times: 1, does: limited(50) });
    await world.restart();
    expect(handle.hits).toBe(1);
    expect(log.filter(({ message }) => String(message).includes('sessions')).map(({ level, remaining }) => [level, remaining])).toEqual([['error', 0], ['warn', 50]]);
    expect((await world.ask(world.ana, 'hello')).content).toBe('You said: hello');
  });
});

describe('two processes that divide the shards', () => {
  it('each answer on their own, and what one leaves is taken up by itself alone', async () => {
    const environment = { STORE_URL: storeUrl(), SHARD_COUNT: '2' };
    const { discord, bedrock, ana, places, ask, startSecond, outcome } = await begin({ environment: { ...environment, SHARD_IDS: '0' } });
    const second = await startSecond({ SHARD_IDS: '1' });
    expect(discord.gateway.identifies.map(({ shard }) => shard)).toEqual([[0, 2], [1, 2]]);
    for (const place of [...places, ana.dm]) expect((await ask(ana, 'hello', place)).content).toBe('You said: hello');

    bedrock.respondOnce({ text: 'Not in time.', firstDelayMs: 60_000 });
    const before = bedrock.requestCount;
    const asked = ana.say(places[1], `${discord.botUser.mention} and now?`);
    await discord.waitFor(() => bedrock.requestCount > before);
    await second.stop(0);
    // The other one looks through the ledger when it starts, asks where that is, and leaves it.
    const places1 = `/channels/${places[1].id}`;
    await world?.restart({ SHARD_IDS: '0' });
    await expect.poll(() => discord.requests.some(({ method, path }) => method === 'GET' && path.endsWith(places1))).toBe(true);
    expect((await ask(ana, 'hello', places[0])).content).toBe('You said: hello');
    expect(answersTo(places[1], asked.id)).toEqual([]);
    const third = await startSecond({ SHARD_IDS: '1' });
    try {
      await outcome(asked.id);
      await discord.waitFor(() => answersTo(places[1], asked.id).includes('You said: and now?'));
      expect(answersTo(places[1], asked.id)).toEqual(['You said: and now?']);
    } finally {
      await third.stop(0);
    }
  });
});

describe('SHARD_COUNT and SHARD_IDS', () => {
  const read = (settings: Readonly<Record<string, string>>) => readConfig({ DISCORD_TOKEN: 'a.discord.token', AWS_BEARER_TOKEN_BEDROCK: 'ABSKsomething', ...settings }).discord.shards;

  it('are numbers, and ranges of them', () => {
    expect(read({})).toEqual({ shardCount: undefined, shardIds: undefined });
    expect(read({ SHARD_COUNT: 'auto' })).toEqual({ shardCount: undefined, shardIds: undefined });
    expect(read({ SHARD_COUNT: '8', SHARD_IDS: '0-2, 2, 7' })).toEqual({ shardCount: 8, shardIds: [0, 1, 2, 7] });
  });

  it.each([
    [{ SHARD_COUNT: '0' }, /SHARD_COUNT must be a whole number from 1 to 1000/u],
    [{ SHARD_COUNT: 'two' }, /SHARD_COUNT must be a whole number/u],
    [{ SHARD_COUNT: '2', SHARD_IDS: 'first' }, /SHARD_IDS must be numbers of shards/u],
    [{ SHARD_COUNT: '2', SHARD_IDS: '2' }, /SHARD_IDS must be numbers from 0 to one less than SHARD_COUNT/u],
    [{ SHARD_COUNT: '2', SHARD_IDS: '1-0' }, /SHARD_IDS must be numbers from 0/u],
    [{ SHARD_IDS: '0' }, /has to be set, too/u],
  ])('%o is refused', (settings, problem) => {
    expect(() => read(settings)).toThrow(problem);
  });
});
