import { Events } from 'discord.js';
import { createZombieWatch } from './zombie-watch.ts';
import type { Client } from 'discord.js';
import type { FillGap } from './gap-fill.ts';
import type { GatewayHealth } from './gateway-health.ts';
import type { ZombieWatch } from './zombie-watch.ts';

export interface GatewayWatchOptions {
  readonly client: Client;
  readonly health: GatewayHealth;
  readonly fillGap: FillGap;
  /** Discord has been silent for too long, and discord.js does not notice. */
  readonly onZombie: (silentMs: number) => void;
  readonly now: () => number;
}

/** Watches the connection: signs of life, and sessions that begin anew. A resumed session has missed nothing. */
export const createGatewayWatch = ({ client, health, fillGap, onZombie, now }: GatewayWatchOptions): ZombieWatch => {
  // discord.js hands out every event this way; it does not declare it.
  client.on(Events.Raw as 'raw' as never, (_packet: unknown, shardId: number) => health.received(shardId));
  client.on(Events.ShardReady, (shardId) => void fillGap(shardId));
  /** The last heartbeat of each shard that is known to have been acknowledged, by discord.js's clock. */
  const beats = new Map<number, number>();
  const refresh = (): void => {
    for (const { id, lastPingTimestamp } of client.ws.shards.values()) {
      if (lastPingTimestamp <= 0 || lastPingTimestamp === beats.get(id)) continue;
      beats.set(id, lastPingTimestamp);
      health.acknowledged(id);
    }
  };
  return createZombieWatch({ health, refresh, onZombie, now });
};
