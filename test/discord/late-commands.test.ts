import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { FaultHandle } from '../simulators/discord/api.ts';
import type { World } from '../start-parley.ts';

let world: World;
let fault: FaultHandle;
beforeAll(async () => {
  world = await startWorld({ discord: { rateLimits: 'off' } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterAll(() => world.close());

it('commands that could not be registered at the start are registered later', async () => {
  const { discord, log, ana, channel } = world;
  fault = discord.faults.add({ route: /GET \/applications\/\d+\/commands/u, does: { status: 500 } });
  await world.restart();
  expect(log.find(({ message }) => String(message).startsWith('commands could not be registered'))).toMatchObject({ level: 'error', retryMs: 5_000 });
  expect((await world.ask(ana, 'hello', channel)).content).toBe('Certainly.');
  fault.remove();
  await expect.poll(() => log.map(({ message }) => message), { timeout: 15_000 }).toContain('commands are registered already');
}, 30_000);
