import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

let aheadMs = 0;
let world: World;
beforeAll(async () => {
  // The watch looks when the test says so; discord.js takes its timers from elsewhere, and its heartbeats are real.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  world = await startWorld({ monotonicNow: () => performance.now() + aheadMs, discord: { heartbeatIntervalMs: 100 } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterAll(async () => {
  await world.close();
  vi.useRealTimers();
});

const STEP_MS = 10_000;
const pass = async (ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    // Long enough for a heartbeat and its acknowledgement.
    await new Promise((resolve) => setTimeout(resolve, 150));
    aheadMs += STEP_MS;
    vi.advanceTimersByTime(STEP_MS);
  }
};

it('a session that is never resumed while heartbeats are acknowledged begins anew, and what was said meanwhile is answered', async () => {
  const { discord, ana, channel, fatal, log } = world;
  discord.advance(10_000);
  discord.gateway.setResuming(false);
  discord.gateway.drop();
  await discord.waitFor(() => discord.gateway.unansweredResumes > 0, 10_000);
  const question = ana.say(channel, `${discord.botUser.mention} is anybody there?`);
  const identifies = discord.gateway.identifies.length;
  await pass(20_000);
  expect(discord.gateway.identifies).toHaveLength(identifies);
  await pass(30_000);
  await discord.waitFor(() => discord.gateway.identifies.length > identifies, 10_000);
  await world.outcome(question.id);
  expect(channel.fromBot.filter(({ referenceId }) => referenceId === question.id).map(({ content }) => content)).toEqual(['Certainly.']);
  expect(log.map(({ message }) => message)).toContain('Discord does not resume the session; I begin a new one');
  expect(fatal).toEqual([]);
});
