import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import { holdConnections } from './held-connections.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from './postgres-server.ts';
import type { Parley } from '../../src/parley.ts';
import type { World } from '../start-parley.ts';
import type { HeldConnections } from './held-connections.ts';
import type { PostgresServer } from './postgres-server.ts';

/** Both hear everything, as while a shard moves. */
const BOTH_HEAR = { SHARD_COUNT: '1', SHARD_IDS: '0' };
const CLAIMS = 'parley_ledger_exchange';
/** Of a process that gave no sign for so long, in milliseconds, others take up what it was answering. */
const LEASE_MS = 20_000;
/** How often they look. */
const LOOK_EVERY_MS = 15_000;
const TAKEN_WITHIN = { timeout: 90_000 };

describe.skipIf(WITHOUT_POSTGRES)(`an answer that is being written when PostgreSQL is away for longer than a process is waited for${NEEDS_POSTGRES}`, { timeout: 180_000 }, () => {
  let server: PostgresServer;
  let ways: readonly HeldConnections[] = [];
  let world: World;
  let second: Parley;

  beforeAll(async () => {
    server = await startPostgres();
  });
  beforeEach(async () => {
    const url = await server.freshDatabase();
    ways = await Promise.all([holdConnections(server.port), holdConnections(server.port)]);
    const [first = '', other = ''] = ways.map((way) => way.through(url));
    world = await startWorld({ environment: { ...BOTH_HEAR, STORE_URL: first }, discord: { rateLimits: 'off' } });
    second = await world.startSecond({ STORE_URL: other });
  });
  afterEach(async () => {
    for (const way of ways) way.release();
    await second.stop(0);
    await world.close();
    for (const way of ways) await way.close();
  });
  afterAll(() => server.remove());

  /** The first process has begun to answer, and its words are shown. */
  const beginAnswer = async () => {
    const [toFirst, toSecond] = ways;
    const [stream, again] = [manualStream(), manualStream()];
    world.bedrock.respondOnce(stream.responder, again.responder);
    const channel = world.guild.addChannel({ name: 'cut off' });
    toSecond?.hold(CLAIMS);
    const { id } = world.ana.say(channel, `${world.discord.botUser.mention} what of tea?`);
    const request = await stream.request;
    await stream.text('The first says that tea');
    const shown = (): string[] => channel.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);
    await expect.poll(() => shown().join()).toContain('The first says');
    toSecond?.release();
    // It has heard that the question is another's.
    await sleep(2_000);
    return { id, channel, stream, request, again, shown, toFirst, toSecond };
  };

  it('is left to the process that has taken it up, by one that only reaches Discord; nobody sees words of both', async () => {
    const { channel, stream, request, again, shown, toFirst } = await beginAnswer();
    toFirst?.cut();
    await again.request;
    await again.text('The second knows of tea');
    await expect.poll(() => shown().join(), TAKEN_WITHIN).toContain('The second knows');
    // It does not know yet.
    await stream.text(' is a plant, and more of it.');
    expect((await request.closed).closedByClient).toBe(true);
    await again.text(' all there is to know.');
    await again.finish();
    await expect.poll(shown).toEqual(['The second knows of tea all there is to know.']);
    toFirst?.release();
    const isBack = () => world.log.some(({ message }) => String(message).includes('what they took is left to them'));
    await expect.poll(isBack, TAKEN_WITHIN).toBe(true);
    expect(shown()).toEqual(['The second knows of tea all there is to know.']);
    expect(channel.fromBot.flatMap(({ revisions }) => revisions.map(({ content }) => content)).filter((text) => text.includes('is a plant'))).toEqual([]);
    expect(world.bedrock.requestCount).toBe(2);
  });

  it('goes on where nobody reaches it, and is taken by nobody once it is back', async () => {
    const { id, stream, shown } = await beginAnswer();
    for (const way of ways) way.cut();
    // Long enough for each of them to take the other for gone.
    for (let passed = 0; passed < 1.5 * LEASE_MS; passed += 5_000) {
      await sleep(5_000);
      await stream.text(` ${passed}`);
    }
    await expect.poll(() => shown().join()).toContain('25000');
    const [toFirst, toSecond] = ways;
    toSecond?.release();
    // By then it has looked for what others have left, and waits for a sign of theirs for a little longer.
    await sleep(LOOK_EVERY_MS + 1_000);
    toFirst?.release();
    await sleep(LOOK_EVERY_MS + 1_000);
    await stream.text(' is a plant.');
    await stream.finish();
    await expect.poll(() => shown().join()).toMatch(/^The first says that tea.* is a plant\.$/u);
    await world.outcome(id);
    expect(shown()).toHaveLength(1);
    expect(world.bedrock.requestCount).toBe(1);
  });
});

describe.skipIf(WITHOUT_POSTGRES)(`a process that is to end while nothing that it asks PostgreSQL is answered${NEEDS_POSTGRES}`, () => {
  it('does not wait for each of its last questions', { timeout: 120_000 }, async () => {
    const server = await startPostgres();
    const way = await holdConnections(server.port);
    const world = await startWorld({ environment: { STORE_URL: way.through(await server.freshDatabase()) }, discord: { rateLimits: 'off' } });
    await world.ask(world.ana, 'what of tea?');
    way.hold();
    const startedAt = performance.now();
    await world.parley.stop(1_000);
    // A dozen of them took five seconds each.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    way.release();
    await world.close();
    await way.close();
    await server.remove();
  });
});
