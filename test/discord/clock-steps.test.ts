import { afterEach, describe, expect, it } from 'vitest';
import { bedrockErrors } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

const HOUR_MS = 3_600_000;

let world: World | undefined;
afterEach(() => world?.close());

describe('a clock of ours that is set during a pause', () => {
  it.each([-HOUR_MS, HOUR_MS, -26 * HOUR_MS, 26 * HOUR_MS])('by %i ms leaves all questions their answers', async (stepMs) => {
    let aheadMs = 0;
    world = await startWorld({ now: () => Date.now() + aheadMs, waits: { minClosedMs: 200, maxClosedMs: 400, retryScale: 0.1 } });
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
