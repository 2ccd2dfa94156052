import { afterEach, beforeEach, expect, it } from 'vitest';
import { shareWorld } from './shared-world.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});
beforeEach(() => world.bedrock.respond({ text: 'word '.repeat(80).trim(), deltas: { size: 20 }, deltaDelayMs: 20 }));
afterEach(() => world.discord.faults.clear());

const told = (): readonly Record<string, unknown>[] => world.log.filter(({ message }) => String(message).startsWith('Discord names a limit'));

it.each([
  ['x-ratelimit-reset-after', '1e9'],
  ['x-ratelimit-reset-after', '-5'],
  ['x-ratelimit-remaining', 'none'],
  ['x-ratelimit-limit', ''],
])('an answer comes whole although %s is %j', async (header, value) => {
  const { discord, ana, channel } = world;
  const before = told().length;
  const headers = { 'x-ratelimit-bucket': 'odd', 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '4', 'x-ratelimit-reset-after': '1', [header]: value };
  discord.faults.add({ route: 'POST /channels/:id/typing', does: { status: 204, headers } });
  discord.faults.add({ route: 'GET /users/@me', does: { status: 200, body: { id: discord.botUser.id, username: 'parley' }, headers } });
  expect((await world.ask(ana, 'hello', channel)).content).toBe('word '.repeat(80).trim());
  expect(told().length - before).toBeLessThanOrEqual(1);
});

it('a limit of thirty years is waited for a minute at most, and told once', async () => {
  const { discord, ana, channel } = world;
  const fault = discord.faults.add({ route: 'PATCH /channels/:id/messages/:id', does: { status: 429, body: { message: 'You are being rate limited.', retry_after: 1e9, global: false }, headers: { 'retry-after': '1000000000', 'x-ratelimit-scope': 'user' } }, times: 2 });
  expect((await world.ask(ana, 'hello', channel)).content).toBe('word '.repeat(80).trim());
  expect(fault.hits).toBeGreaterThan(0);
  expect(told().filter(({ header }) => header === 'retry-after')).toHaveLength(1);
});

it('a page that turns the whole address away is told with its time', async () => {
  const { discord, ana, channel, log } = world;
  const fault = discord.faults.add({ route: 'POST /channels/:id/messages', does: { html: '<html>error 1015</html>', status: 429 }, times: 1 });
  expect((await world.ask(ana, 'hello', channel)).content).toBe('word '.repeat(80).trim());
  expect(fault.hits).toBe(1);
  expect(log.filter(({ message }) => String(message).startsWith('Discord turns away all requests'))).toEqual([expect.objectContaining({ level: 'error', seconds: 5 })]);
}, 120_000);
