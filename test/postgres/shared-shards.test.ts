import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../free-port.ts';
import { freshFolder, startProcess } from '../parley-process.ts';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from './postgres-server.ts';
import type { ParleyProcess } from '../parley-process.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { PostgresServer } from './postgres-server.ts';

const SHARDS = 3;

describe.skipIf(WITHOUT_POSTGRES)(`processes that divide the shards of a bot${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  let url: string;
  let discord: DiscordSimulator;
  let bedrock: BedrockSimulator;
  let ana: SimulatedUser;
  /** A channel of a server of each shard. */
  let places: readonly SimulatedChannel[];
  let processes: ParleyProcess[] = [];

  beforeAll(async () => {
    [server, discord, bedrock] = await Promise.all([startPostgres(), startDiscordSimulator({ maxConcurrency: 100, rateLimits: 'off', recommendedShards: SHARDS }), startBedrockSimulator()]);
    ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
    const found = new Map<number, SimulatedChannel>();
    while (found.size < SHARDS) {
      const guild = discord.addGuild({ members: [ana] });
      found.set(Number((BigInt(guild.id) >> 22n) % BigInt(SHARDS)), guild.addChannel({ name: 'general' }));
    }
    places = Array.from({ length: SHARDS }, (_, id) => found.get(id) as SimulatedChannel);
    bedrock.respond({ text: 'Certainly.' });
  });
  afterEach(async () => {
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
    processes = [];
    bedrock.respond({ text: 'Certainly.' });
  });
  afterAll(async () => {
    expect(discord.unexpectedRequests).toEqual([]);
    await Promise.all([discord.close(), bedrock.close(), server.remove()]);
  });

  const start = (environment: Readonly<Record<string, string>> = {}): ParleyProcess => {
    const process = startProcess({ discord, bedrock }, freshFolder(), { STORE_URL: url, ...environment });
    processes.push(process);
    return process;
  };
  /** The shards with a session, as often as they have one. */
  const heard = (): number[] => discord.gateway.sessions.flatMap(({ shard: [id], connected }) => (connected ? [id] : [])).toSorted();
  const ask = (place: SimulatedChannel, text = 'hello?'): SimulatedMessage => ana.say(place, `${discord.botUser.mention} ${text}`);
  const answersTo = (place: SimulatedChannel, { id }: SimulatedMessage): string[] => place.fromBot.filter(({ referenceId, deleted }) => referenceId === id && !deleted).map(({ content }) => content);
  const askEverywhere = async (): Promise<void> => {
    const asked = places.map((place) => [place, ask(place)] as const);
    for (const [place, message] of asked) await expect.poll(() => answersTo(place, message)).toEqual(['Certainly.']);
  };
  /** Notes each moment at which a shard is not heard. */
  const watchSilence = () => {
    const silent: number[] = [];
    const timer = setInterval(() => {
      const ids = new Set(heard());
      for (let id = 0; id < SHARDS; id += 1) if (!ids.has(id)) silent.push(id);
    }, 2);
    return () => {
      clearInterval(timer);
      return silent;
    };
  };

  it('one has them all; another that comes gets its part, takes all when the first one ends, and nobody is not heard in between', async () => {
    url = await server.freshDatabase();
    const before = discord.gateway.identifies.length;
    const first = start();
    await first.ready();
    await expect.poll(heard).toEqual([0, 1, 2]);
    await askEverywhere();
    const silence = watchSilence();
    const second = start();
    await second.ready();
    await expect.poll(() => first.output()).toContain('another process hears this shard now');
    await expect.poll(heard).toEqual([0, 1, 2]);
    await askEverywhere();
    // One shard has moved.
    expect(discord.gateway.identifies.slice(before).map(({ shard }) => shard[1])).toEqual([SHARDS, SHARDS, SHARDS, SHARDS]);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    await expect.poll(heard).toEqual([0, 1, 2]);
    expect(silence()).toEqual([]);
    expect(discord.gateway.identifies.length - before).toBe(SHARDS + 1 + 2);
    await askEverywhere();
    // Registered by the first of them.
    expect(discord.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith('/commands'))).toHaveLength(1);
  });

  it('those of one that is killed are taken by the others, with what was asked meanwhile', async () => {
    url = await server.freshDatabase();
    const first = start();
    await first.ready();
    const second = start();
    await second.ready();
    const third = start();
    await third.ready();
    await expect.poll(heard).toEqual([0, 1, 2]);
    await askEverywhere();
    bedrock.respond({ text: 'Certainly.', firstDelayMs: 300 });
    const early = places.map((place) => [place, ask(place, 'and now?')] as const);
    first.child.kill('SIGKILL');
    await first.ended;
    const late = places.map((place) => [place, ask(place, 'and then?')] as const);
    for (const [place, message] of [...early, ...late]) await expect.poll(() => answersTo(place, message)).toEqual(['Certainly.']);
    await expect.poll(heard).toEqual([0, 1, 2]);
  });

  it('those of one that says nothing any more are taken by the others, although it is there, and are theirs when it wakes', async () => {
    url = await server.freshDatabase();
    const [first, second] = [start(), start()];
    await Promise.all([first.ready(), second.ready()]);
    await expect.poll(heard).toEqual([0, 1, 2]);
    await askEverywhere();
    first.child.kill('SIGSTOP');
    const asked = places.map((place) => [place, ask(place, 'and now?')] as const);
    for (const [place, message] of asked) await expect.poll(() => answersTo(place, message)).toEqual(['Certainly.']);
    first.child.kill('SIGCONT');
    await expect.poll(heard).toEqual([0, 1, 2]);
    await askEverywhere();
    for (const [place, message] of asked) expect(answersTo(place, message)).toEqual(['Certainly.']);
  });

  it('one that finds none left stands by, is ready, and goes on where the others end', async () => {
    url = await server.freshDatabase();
    const environment = { SHARD_COUNT: '1' };
    const first = start(environment);
    await first.ready();
    const port = await freePort();
    const second = start({ ...environment, HTTP_PORT: String(port) });
    await expect.poll(() => second.output()).toContain('standing by');
    expect(await fetch(`http://127.0.0.1:${port}/readyz`).then(async (response) => [response.status, ((await response.json()) as { ready: boolean }).ready])).toEqual([200, true]);
    first.child.kill('SIGTERM');
    await first.ended;
    await second.ready();
    await askEverywhere();
  });
});
