import { addShard, removeShard } from './connections.ts';
import { areFew, awaitSessions, planShards } from './session-plan.ts';
import type { Client } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { KeptChannels } from './kept-channels.ts';
import type { GatewayBot } from './session-plan.ts';
import type { ShardConnections } from './shared-shards.ts';

export interface ShardConnectionsDependencies {
  readonly client: Client;
  readonly channels: Pick<KeptChannels, 'forgetServer'>;
  /** Logs in with the shards that were planned. Rejects with discord.js's errors. */
  readonly logIn: () => Promise<void>;
  /** Asks Discord how the bot may connect. */
  readonly ask: () => Promise<GatewayBot>;
  /** A shard is about to be connected, which another process may have heard until now. Never rejects. */
  readonly onTaken: (shardId: number) => Promise<void>;
  /** Another process hears it from now on. Never rejects. */
  readonly onLeft: (shardId: number) => Promise<void>;
  readonly log: Log;
}

/** Connects and lets go of single shards, while discord.js knows only those that it logs in with. */
export const createShardConnections = ({ client, channels, logIn, ask, onTaken, onLeft, log }: ShardConnectionsDependencies): ShardConnections => {
  let latest: GatewayBot | undefined;
  /** Discord takes the bot's token away from whoever begins too many sessions a day. */
  const awaitTheirs = async (shards: number): Promise<void> => {
    latest = await ask();
    await awaitSessions(latest, shards, async () => (latest = await ask()), log);
  };
  const own = (): readonly number[] => (Array.isArray(client.options.shards) ? client.options.shards : []);

  const forgetServers = (shardId: number): void => {
    for (const guild of client.guilds.cache.values()) {
      if (guild.shardId !== shardId) continue;
      for (const channelId of guild.channels.cache.keys()) client.channels.cache.delete(channelId);
      client.guilds.cache.delete(guild.id);
      channels.forgetServer(guild.id);
    }
  };

  return {
    begin: async (shardCount, shardIds) => {
      await awaitTheirs(shardIds.length);
      planShards(client, latest as GatewayBot, { shardCount, shardIds }, log);
      await Promise.all(shardIds.map(onTaken));
      await logIn();
    },
    add: async (shardId) => {
      await awaitTheirs(1);
      await onTaken(shardId);
      Object.assign(client.options, { shards: [...new Set([...own(), shardId])] });
      await addShard(client, shardId);
    },
    remove: async (shardId) => {
      Object.assign(client.options, { shards: own().filter((id) => id !== shardId) });
      await removeShard(client, shardId);
      forgetServers(shardId);
      await onLeft(shardId);
    },
    mayMove: () => latest === undefined || !areFew(latest),
  };
};
