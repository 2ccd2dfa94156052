import type { SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let members = 0;

/** Somebody whom nothing was said to yet. */
export const freshMember = (world: World): SimulatedUser => {
  const user = world.discord.addUser({ name: `member${(members += 1)}` });
  world.guild.addMember(user);
  return user;
};
