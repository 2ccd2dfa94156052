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
  const looks = discord.faults.add({ route: 'GET /users/@me', does: { status: 502 } });
  const fault = discord.faults.add({ route: 'POST /channels/:id/messages', does: REFUSED, times: 2 });
  expect((await world.ask(ana, 'hello', channel)).content).toBe('Certainly.');
  looks.remove();
  expect(looks.hits).toBeGreaterThan(0);
  expect(fault.hits).toBe(2);
  expect(fatal).toEqual([]);
});

it('a token that is refused everywhere for some seconds only is not given up, however many requests hear of it', async () => {
  const { discord, ana, channel, fatal } = world;
  const looks = discord.faults.add({ route: 'GET /users/@me', does: REFUSED, times: 2 });
  const fault = discord.faults.add({ route: 'POST /channels/:id/messages', does: REFUSED, times: 5 });
  const answers = await Promise.all(Array.from({ length: 4 }, async (_, number) => (await world.ask(ana, `hello ${number}`, channel)).content));
  expect(answers).toEqual(Array.from({ length: 4 }, () => 'Certainly.'));
  expect(looks.hits).toBe(1);
  expect(fault.hits).toBe(5);
  expect(fatal).toEqual([]);
});

it('a connection that is closed once because of the token begins anew, and hears', async () => {
  const { discord, ana, channel, fatal, log } = world;
  const isReady = (): boolean => world.parley.observed.readiness().reason === undefined;
  const before = log.length;
  for (const _ of [1, 2]) {
    discord.gateway.close(4004);
    await expect.poll(isReady).toBe(false);
    discord.advance(10_000);
    await expect.poll(isReady).toBe(true);
    expect((await world.ask(ana, 'hello', channel)).content).toBe('Certainly.');
  }
  expect(log.slice(before).filter(({ message }) => String(message).includes('because of the token'))).toMatchObject([{ afterMs: 2_000 }, { afterMs: 2_000 }]);
  expect(fatal).toEqual([]);
});

it('refusals of the token at a start end no process where it has worked before, and each question is answered', async () => {
  const { discord, ana, channel, fatal } = world;
  const question = ana.say(channel, `${discord.botUser.mention} hello`);
  await world.outcome(question.id);
  const fault = discord.faults.add({ does: REFUSED, times: 7 });
  await world.restart();
  expect(fault.hits).toBe(7);
  expect(fatal).toEqual([]);
  expect((await world.ask(ana, 'and now?', channel)).content).toBe('Certainly.');
});

it('a first connection that is closed because of a token which has worked before is tried again, and ends no process', async () => {
  const { discord, ana, channel, fatal, log } = world;
  await world.ask(ana, 'hello', channel);
  discord.gateway.refuseToken(2);
  await world.restart();
  expect(fatal).toEqual([]);
  expect(log.filter(({ message }) => String(message).includes('because of the token'))).toMatchObject([{ afterMs: 2_000 }, { afterMs: 4_000 }]);
  expect((await world.ask(ana, 'and now?', channel)).content).toBe('Certainly.');
});
