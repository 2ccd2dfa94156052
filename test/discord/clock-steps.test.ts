import { afterEach, describe, expect, it, vi } from 'vitest';
import { bedrockErrors } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

const HOUR_MS = 3_600_000;

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  vi.restoreAllMocks();
});

describe('a clock of ours that is set during a pause', () => {
  it.each([-HOUR_MS, HOUR_MS, -26 * HOUR_MS, 26 * HOUR_MS])('by %i ms leaves all questions their answers', async (stepMs) => {
    let aheadMs = 0;
    world = await startWorld({ now: () => Date.now() + aheadMs, waits: { minOpenMs: 200, maxOpenMs: 400, retryScale: 0.1 } });
    const { ask, ana, bo, bedrock, outcome, discord, channel, log } = world;
    bedrock.respond({ text: 'Certainly.' });
    bedrock.respondOnce({ error: bedrockErrors.throttling() });
    const first = ana.say(channel, `${discord.botUser.mention} one`);
    await expect.poll(() => log.some(({ message }) => message === 'Bedrock refuses calls; waiting')).toBe(true);
    aheadMs = stepMs;
    const second = bo.say(channel, `${discord.botUser.mention} two`);
    for (const { id } of [first, second]) expect(await outcome(id)).toMatchObject({ outcome: 'delivered' });
    expect((await ask(ana, 'three')).content).toBe('Certainly.');
    for (const line of log.filter((fields) => fields['outcome'] !== undefined)) {
      expect(line['tookMs']).toBeGreaterThanOrEqual(0);
      expect(line['tookMs']).toBeLessThan(60_000);
    }
  });
});

describe('a clock of the machine that is set back', () => {
  it.each(['while nothing happens', 'forward and back'])('%s, holds up no request that Discord would take', async (how) => {
    let aheadMs = 0;
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real.call(Date) + aheadMs);
    const step = (ms: number) => (aheadMs += ms);
    world = await startWorld({ environment: { DISCORD_REQUESTS_PER_SECOND: '5', MEMBER_QUESTIONS_PER_MINUTE: '0' }, discord: { rateLimits: 'off' } });
    const { ana, bedrock, discord, guild, outcome } = world;
    bedrock.respond({ text: 'Certainly.' });
    const places = Array.from({ length: 12 }, (_, index) => guild.addChannel({ name: `step-${index}` }));
    const ask = () => places.map((place) => ana.say(place, `${discord.botUser.mention} hello`));
    if (how === 'forward and back') {
      step(HOUR_MS);
      ana.say(places[0]!, `${discord.botUser.mention} hello`);
      await discord.waitFor(() => places[0]?.fromBot[0]);
    }
    step(-HOUR_MS);
    for (const { id } of ask()) expect(await outcome(id)).toMatchObject({ outcome: 'delivered' });
  });
});

it('a clock that Discord corrects at the first answer is no stillness of the process', async () => {
  world = await startWorld({ now: () => Date.now() - HOUR_MS });
  const { ana, ask, log } = world;
  expect((await ask(ana, 'hello')).content).not.toBe('');
  expect(log.filter(({ message }) => String(message).includes('still for so long'))).toEqual([]);
});
