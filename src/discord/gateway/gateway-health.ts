/** When a shard last gave a sign of life, in milliseconds since the epoch. */
export interface ShardHealth {
  readonly shardId: number;
  /** When the last acknowledgement of a heartbeat was noticed; undefined before the first. */
  readonly lastAckAt: number | undefined;
  /** When the last event came; undefined before the first. */
  readonly lastEventAt: number | undefined;
}

/** What is really known of the gateway; discord.js says `isReady()` even of a connection that is gone for good. */
export interface GatewayHealth {
  acknowledged(shardId: number): void;
  received(shardId: number): void;
  shards(): readonly ShardHealth[];
  /** When the last event of a shard came; undefined before the first. */
  lastEventAt(shardId: number): number | undefined;
  /** Milliseconds since a shard gave a sign of life; undefined where it never did. */
  silentMsOf(shardId: number): number | undefined;
  /** Milliseconds since the shard that has been silent for longest gave a sign of life, counted from the start where it never did. */
  silentMs(): number;
}

/** @param now milliseconds since the epoch */
export const createGatewayHealth = (now: () => number): GatewayHealth => {
  const startedAt = now();
  const acks = new Map<number, number>();
  const events = new Map<number, number>();
  const shards = (): ShardHealth[] =>
    [...new Set([...acks.keys(), ...events.keys()])].map((shardId) => ({ shardId, lastAckAt: acks.get(shardId), lastEventAt: events.get(shardId) }));
  return {
    acknowledged: (shardId) => {
      acks.set(shardId, now());
    },
    received: (shardId) => {
      events.set(shardId, now());
    },
    shards,
    lastEventAt: (shardId) => events.get(shardId),
    silentMsOf: (shardId) => {
      const last = Math.max(acks.get(shardId) ?? -Infinity, events.get(shardId) ?? -Infinity);
      return Number.isFinite(last) ? now() - last : undefined;
    },
    silentMs: () => {
      const signs = shards().map(({ lastAckAt = 0, lastEventAt = 0 }) => Math.max(lastAckAt, lastEventAt));
      return now() - (signs.length === 0 ? startedAt : Math.min(...signs));
    },
  };
};
