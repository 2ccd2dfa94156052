import { afterEach, beforeEach } from 'vitest';
import { startDiscordSimulator } from '../discord.ts';
import { restFor } from './rest-client.ts';
import type { REST } from 'discord.js';
import type { DiscordSimulator, SimulatedChannel, SimulatedGuild, SimulatedUser } from '../discord.ts';

export interface OneChannel {
  readonly discord: DiscordSimulator;
  readonly rest: REST;
  readonly ana: SimulatedUser;
  readonly guild: SimulatedGuild;
  readonly channel: SimulatedChannel;
}

/** A simulator for each test of a file, with one member and one channel. @param use gets it before the test */
export const useOneChannel = (use: (opened: OneChannel) => unknown): void => {
  let discord: DiscordSimulator;
  beforeEach(async () => {
    discord = await startDiscordSimulator({ rateLimits: 'off' });
    const ana = discord.addUser({ name: 'ana' });
    const guild = discord.addGuild({ members: [ana] });
    await use({ discord, rest: restFor(discord), ana, guild, channel: guild.addChannel({ name: 'general' }) });
  });
  afterEach(() => discord.close());
};
