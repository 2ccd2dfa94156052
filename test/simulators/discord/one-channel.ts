import { Routes } from 'discord.js';
import { afterEach, beforeEach } from 'vitest';
import { startDiscordSimulator } from '../discord.ts';
import { restFor } from './rest-client.ts';
import type { REST } from 'discord.js';
import type { DiscordSimulator, DiscordSimulatorOptions, SimulatedChannel, SimulatedGuild, SimulatedUser } from '../discord.ts';

export interface OneChannel {
  readonly discord: DiscordSimulator;
  readonly rest: REST;
  readonly ana: SimulatedUser;
  readonly guild: SimulatedGuild;
  readonly channel: SimulatedChannel;
  /** Writes as the bot. @param where by default, the one channel */
  post(body: object | string, where?: SimulatedChannel): Promise<{ id: string }>;
  patch(id: string, body: object, where?: SimulatedChannel): Promise<unknown>;
  /** Begins anew with another simulator. */
  reopen(options: DiscordSimulatorOptions): Promise<void>;
}

/** A simulator for each test of a file, with one member and one channel. @param use gets it before the test */
export const useOneChannel = (use: (opened: OneChannel) => unknown): void => {
  let discord: DiscordSimulator;
  const open = async (options: DiscordSimulatorOptions): Promise<void> => {
    discord = await startDiscordSimulator({ rateLimits: 'off', ...options });
    const ana = discord.addUser({ name: 'ana' });
    const guild = discord.addGuild({ members: [ana] });
    const rest = restFor(discord);
    const channel = guild.addChannel({ name: 'general' });
    await use({
      discord,
      rest,
      ana,
      guild,
      channel,
      post: (body, where = channel) =>
        rest.post(Routes.channelMessages(where.id), { body: typeof body === 'string' ? { content: body } : body }) as Promise<{ id: string }>,
      patch: (id, body, where = channel) => rest.patch(Routes.channelMessage(where.id, id), { body }),
      reopen: async (others) => {
        await discord.close();
        await open(others);
      },
    });
  };
  beforeEach(() => open({}));
  afterEach(() => discord.close());
};
