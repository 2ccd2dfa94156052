import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

const STEP_MS = 10_000;
/** How long such a step takes here: long enough for a heartbeat and its acknowledgement. */
const REAL_STEP_MS = 150;

let aheadMs = 0;
let world: World;
beforeAll(async () => {
  // The watch looks when the test says so; discord.js takes its timers from elsewhere, and its heartbeats are real.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  world = await startWorld({ monotonicNow: () => performance.now() + aheadMs, discord: { heartbeatIntervalMs: 100 } });
});
afterAll(async () => {
  await world.close();
  vi.useRealTimers();
});

const pass = async (ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    await new Promise((resolve) => setTimeout(resolve, REAL_STEP_MS));
    aheadMs += STEP_MS;
    vi.advanceTimersByTime(STEP_MS);
  }
};

it('a connection with nothing but heartbeats is left alone, and one that says nothing any more ends the process within two minutes', async () => {
  await pass(200_000);
  expect(world.fatal).toEqual([]);
  world.discord.gateway.muteAcks();
  world.discord.gateway.setDispatching(false);
  await pass(120_000);
  expect(world.fatal[0]).toMatch(/^Discord has said nothing for \d+ seconds\.$/u);
});
