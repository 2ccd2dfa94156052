import { once } from 'node:events';
import type { ClientOptions } from 'discord.js';
import { Client, Events, GatewayIntentBits, Partials } from 'discord.js';
import type { DiscordSimulator } from './api.ts';

export const plainIntents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages];

/** The real discord.js, pointed at a simulator. Errors are left to the test. */
export function clientFor(simulator: DiscordSimulator, options: Partial<ClientOptions> = {}): Client {
  const client = new Client({
    intents: plainIntents,
    partials: [Partials.Channel, Partials.Message],
    ...options,
    rest: { api: simulator.apiUrl, cdn: simulator.cdnUrl, ...options.rest },
  });
  client.on(Events.Error, () => undefined);
  return client;
}

/** Logged in and ready. */
export async function connect(simulator: DiscordSimulator, options: Partial<ClientOptions> = {}): Promise<Client<true>> {
  const client = clientFor(simulator, options);
  const ready = once(client, Events.ClientReady);
  await client.login(simulator.token);
  await ready;
  return client as Client<true>;
}
