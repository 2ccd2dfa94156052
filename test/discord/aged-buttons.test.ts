import { expect, it } from 'vitest';
import { buttonsOf } from './pressing.ts';
import { restartHourly } from './restart-hourly.ts';
import { shareWorld } from './shared-world.ts';
import type { World } from '../start-parley.ts';

const HOUR_MS = 60 * 60 * 1000;
const HISTORY_DAYS = 3;

let world: World;
shareWorld({ discord: { rateLimits: 'off', maxConcurrency: 100 }, environment: { HISTORY_DAYS: String(HISTORY_DAYS) } }, (opened) => {
  world = opened;
});

it('buttons of answers that are about to be too old go within the hour before', async () => {
  const hourly = await restartHourly(world);
  const answer = await world.ask(world.ana, 'one');
  world.discord.advance(HISTORY_DAYS * 24 * HOUR_MS - 2 * HOUR_MS);
  const younger = await world.ask(world.ana, 'two');
  hourly();
  await world.ask(world.ana, 'three');
  expect(buttonsOf(answer)).toEqual(['Regenerate']);
  world.discord.advance(1.5 * HOUR_MS);
  await world.ask(world.ana, 'four');
  hourly();
  await expect.poll(() => buttonsOf(answer)).toEqual([]);
  expect(buttonsOf(younger)).toEqual(['Regenerate']);
});
