import { Events, Status } from 'discord.js';
import { renewSession } from './connections.ts';
import { whyNotReady } from './gateway-health.ts';
import { createZombieWatch } from './zombie-watch.ts';
import type { Client, WebSocketShard } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { GatewaySigns } from '../../operations/observed.ts';
import type { FillGap } from './gap-fill.ts';
import type { GatewayHealth } from './gateway-health.ts';
import type { ZombieWatch } from './zombie-watch.ts';

export interface GatewayWatchOptions {
  readonly client: Client;
  readonly health: GatewayHealth;
  readonly fillGap: FillGap;
  /** Discord has been silent for too long, and discord.js does not notice. */
  readonly onZombie: (silentMs: number) => void;
  /** Whether other processes have all shards. */
  readonly isStandingBy: () => boolean;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  readonly log: Log;
}

export interface GatewayWatch extends ZombieWatch {
  /** Why Discord would bring us no question now, in one sentence; undefined where it would. */
  notReady(): string | undefined;
  /** The shard is another process's. */
  left(shardId: number): void;
  /** What is known of the connections. */
  signs(): GatewaySigns;
}

/**
 * How long Discord may take to resume a session without a word, in milliseconds. discord.js waits for ever there, deaf, while
 * heartbeats are acknowledged.
 */
const MAX_RESUMING_MS = 30_000;

/** Watches the connection: signs of life, sessions that begin anew, and one that is never resumed. A resumed session has missed nothing. */
export const createGatewayWatch = ({ client, health, fillGap, onZombie, isStandingBy, now, log }: GatewayWatchOptions): GatewayWatch => {
  // discord.js hands out every event this way; it does not declare it.
  client.on(Events.Raw as 'raw' as never, (_packet: unknown, shardId: number) => health.received(shardId));
  client.on(Events.ShardReady, (shardId) => void fillGap(shardId));
  /** The last heartbeat of each shard that is known to have been acknowledged, by discord.js's clock. */
  const beats = new Map<number, number>();
  /** Since when a shard has been waiting for its session. */
  const resuming = new Map<number, number>();

  const renewIfStuck = ({ id, status }: WebSocketShard): void => {
    const since = resuming.get(id);
    if (status !== Status.Resuming) resuming.delete(id);
    else if (since === undefined) resuming.set(id, now());
    else if (now() - Math.max(since, health.lastEventAt(id) ?? 0) > MAX_RESUMING_MS) {
      resuming.delete(id);
      log.warn({ shardId: id }, 'Discord does not resume the session; I begin a new one');
      renewSession(client, id, 'The session was not resumed').catch((error: unknown) => {
        log.error({ shardId: id, reason: String(error) }, 'no new session could be begun');
        onZombie(now() - since);
      });
    }
  };

  const noticeBeat = ({ id, lastPingTimestamp }: WebSocketShard): void => {
    if (lastPingTimestamp <= 0 || lastPingTimestamp === beats.get(id)) return;
    beats.set(id, lastPingTimestamp);
    health.acknowledged(id);
  };

  const refresh = (): void => {
    for (const shard of client.ws.shards.values()) {
      renewIfStuck(shard);
      noticeBeat(shard);
    }
  };
  return {
    ...createZombieWatch({ health, refresh, onZombie, isStandingBy, now }),
    left: (shardId) => {
      beats.delete(shardId);
      resuming.delete(shardId);
      health.left(shardId);
    },
    signs: () => {
      for (const shard of client.ws.shards.values()) noticeBeat(shard);
      const shards = [...client.ws.shards.values()];
      return { shards: shards.length, readyShards: shards.filter(({ status }) => status === Status.Ready).length, ...health.ages() };
    },
    notReady: () => {
      // Others hear all there is, and it is there when one of them goes.
      if (isStandingBy()) return undefined;
      for (const shard of client.ws.shards.values()) noticeBeat(shard);
      return whyNotReady([...client.ws.shards.values()].map(({ id, status }) => ({ status, silentMs: health.silentMsOf(id) })));
    },
  };
};
