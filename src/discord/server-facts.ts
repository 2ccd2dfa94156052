import { ChannelType, DiscordAPIError, Routes } from 'discord.js';
import { createImpatientRest } from './rest/impatient-rest.ts';
import type { APIChannel, APIGuild } from 'discord.js';

/** A server as settings name its parts, asked of Discord over REST: the running bot keeps its gateway session. */
export interface ServerFacts {
  readonly name: string;
  readonly roleIds: ReadonlySet<string>;
  readonly levels: ReadonlyMap<string, 'category' | 'channel'>;
}

export interface ServerFactsOptions {
  readonly discordToken: () => string;
  readonly apiUrl: string | undefined;
}

/** Undefined where the bot is not on the server any more. */
export const createServerFacts =
  ({ discordToken, apiUrl }: ServerFactsOptions) =>
  async (guildId: string, signal: AbortSignal): Promise<ServerFacts | undefined> => {
    const rest = createImpatientRest({ discordToken: discordToken(), apiUrl });
    try {
      const [guild, channels] = (await Promise.all([rest.get(Routes.guild(guildId), { signal }), rest.get(Routes.guildChannels(guildId), { signal })])) as [APIGuild, APIChannel[]];
      return {
        name: guild.name,
        // Everybody's role has the id of the server.
        roleIds: new Set(guild.roles.map(({ id }) => id)),
        levels: new Map(channels.map(({ id, type }) => [id, type === ChannelType.GuildCategory ? 'category' : 'channel'])),
      };
    } catch (error) {
      if (error instanceof DiscordAPIError && (error.status === 403 || error.status === 404)) return undefined;
      throw error;
    }
  };
