import { beforeEach, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { FIVE_A_MINUTE, limiting } from './limiting.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld(FIVE_A_MINUTE, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

let place: SimulatedChannel;
let member: SimulatedUser;
beforeEach(() => {
  [place, member] = [freshChannel(world), freshMember(world)];
});
const { allow, ask, say, taken } = limiting(() => ({ world, url, place, member }));

// Alone in its world: it sets the clock that all others would look at.
it('who has used up a limit is answered again from the second on that was said', async () => {
  await allow('member: 1 question an hour');
  await ask(member, 'one');
  const refused = say(member, 'two');
  await world.discord.waitFor(() => refused.reactions.has('⏳'));
  const told = await world.discord.waitFor(() => member.dm.fromBot[0]);
  const opensAt = Number(/<t:(\d+):R>/u.exec(told.content)?.[1]) * 1000;
  world.discord.advance(3_500_000);
  // What time it is, Parley hears with the next thing that it does.
  await ask(freshMember(world), 'what time is it?');
  expect(await taken(1)).toBe(0);
  world.discord.advance(Math.max(0, opensAt - world.discord.now()));
  await ask(freshMember(world), 'and now?');
  expect(await taken(2)).toBe(1);
});
