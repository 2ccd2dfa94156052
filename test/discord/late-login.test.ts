import { expect, it } from 'vitest';
import { shareWorld } from './shared-world.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({}, (opened) => (world = opened));

it('a start that Discord answers once, and then no more for a while, ends with that while', async () => {
  let asked = 0;
  // discord.js asks the same again when it logs in, four times each.
  const isAfterTheFirst = (): boolean => (asked += 1) > 1 && asked <= 9;
  const fault = world.discord.faults.add({ method: 'GET', route: '/gateway/bot', when: isAfterTheFirst, does: { status: 503 } });
  await world.restart();
  expect(fault.hits).toBe(8);
  expect(world.log.filter(({ message }) => message === 'Discord does not answer yet; I try again')).toHaveLength(2);
  expect((await world.ask(world.ana, 'are you there?')).content).toBe('Certainly.');
});
