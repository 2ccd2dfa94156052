import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { FaultHandle } from '../simulators/discord/api.ts';
import type { World } from '../start-parley.ts';

let world: World;
let fault: FaultHandle;
beforeAll(async () => {
  world = await startWorld({ discord: { rateLimits: 'off' } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterEach(() => world.discord.faults.clear());
afterAll(() => world.close());

it('commands that could not be registered at the start are registered later', async () => {
  const { discord, log, ana, channel } = world;
  fault = discord.faults.add({ route: /GET \/applications\/\d+\/commands/u, does: { status: 500 } });
  await world.restart();
  expect(log.find(({ message }) => String(message).startsWith('commands could not be registered'))).toMatchObject({ level: 'error', retryMs: 5_000 });
  expect((await world.ask(ana, 'hello', channel)).content).toBe('Certainly.');
  fault.remove();
  await expect.poll(() => log.map(({ message }) => message)).toContain('commands are registered already');
});

it.each([
  ['GET', {}],
  ['GET', null],
  ['GET', [null, 7, {}]],
  ['PUT', {}],
  ['PUT', 'done'],
])('commands are registered later where Discord answers %s with what is no list of them: %j', async (method, body) => {
  const { discord, log, ana, channel } = world;
  const odd = discord.faults.add({ method, route: /\/applications\/\d+\/commands/u, times: 1, does: { status: 200, body } });
  // What is not registered is put.
  if (method === 'PUT') discord.faults.add({ route: /GET \/applications\/\d+\/commands/u, times: 2, does: { status: 200, body: [] } });
  await world.restart();
  await expect.poll(() => log.map(({ message }) => String(message)).filter((message) => /^commands (?:are registered already|registered)$/u.test(message))).toHaveLength(1);
  expect(odd.hits).toBe(1);
  const help = ana.runCommand(channel, 'help');
  await expect.poll(() => help.response?.content).toMatch(/<\/ask:\d+>/u);
});

it('an application that Discord does not tell is asked for again by whoever wants it next', async () => {
  const { discord, ana, channel } = world;
  await world.restart();
  discord.faults.add({ route: 'GET /applications/@me', times: 1, does: { status: 200, body: {} } });
  await world.restart();
  const status = ana.runCommand(channel, 'status');
  await expect.poll(() => status.response?.content).toBeTruthy();
  expect(discord.requests.filter(({ path }) => path === '/applications/@me').length).toBeGreaterThan(1);
});
