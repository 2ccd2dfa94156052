import { expect, it } from 'vitest';
import { shareWorld } from './shared-world.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
  world.bedrock.respond({ text: 'Certainly.' });
});

const REFUSED = { status: 401, body: { message: '401: Unauthorized', code: 0 } };

it.each(['POST /channels/:id/messages', 'POST /channels/:id/typing', 'PATCH /channels/:id/messages/:id'])(
  'one refusal of the token at %s costs neither the process nor the answer',
  async (route) => {
    const { discord, ana, channel, fatal, bedrock } = world;
    bedrock.respondOnce({ text: 'word '.repeat(100).trim(), firstDelayMs: 1_500, deltas: { size: 20 }, deltaDelayMs: 30 });
    const fault = discord.faults.add({ route, does: REFUSED, times: 1 });
    expect((await world.ask(ana, 'hello', channel)).content).toBe('word '.repeat(100).trim());
    fault.remove();
    expect(fault.hits).toBe(1);
    expect(fatal).toEqual([]);
    expect((await world.ask(ana, 'and now?', channel)).content).toBe('Certainly.');
  },
);

it('refusals while the token cannot be looked at a second time are no proof either', async () => {
  const { discord, ana, channel, fatal } = world;
  const looks = discord.faults.add({ route: 'GET /users/@me', does: { status: 502 }, times: 2 });
  const fault = discord.faults.add({ route: 'POST /channels/:id/messages', does: REFUSED, times: 2 });
  expect((await world.ask(ana, 'hello', channel)).content).toBe('Certainly.');
  expect([looks.hits, fault.hits]).toEqual([2, 2]);
  expect(fatal).toEqual([]);
});

it('a token that is refused there as well ends the process', async () => {
  const { discord, ana, channel, fatal } = world;
  const looks = discord.faults.add({ route: 'GET /users/@me', does: REFUSED });
  const fault = discord.faults.add({ route: 'POST /channels/:id/messages', does: REFUSED });
  ana.say(channel, `${discord.botUser.mention} hello`);
  await expect.poll(() => fatal[0]).toContain('DISCORD_TOKEN');
  looks.remove();
  fault.remove();
});
