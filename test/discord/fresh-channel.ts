import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let channels = 0;

/** A channel in which nothing was said yet. */
export const freshChannel = ({ guild }: World): SimulatedChannel => guild.addChannel({ name: `channel-${(channels += 1)}` });
