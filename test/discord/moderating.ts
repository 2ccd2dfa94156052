import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';

/** Lets somebody manage messages in a channel of a server. */
export const letModerate = (user: SimulatedUser, place: SimulatedChannel): void =>
  place.setOverwrite(user, { allow: PermissionFlagsBits.ManageMessages });
