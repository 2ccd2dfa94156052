import { Status } from 'discord.js';

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
  /** The shard is another process's. */
  left(shardId: number): void;
  shards(): readonly ShardHealth[];
  /** When the last event of a shard came; undefined before the first. */
  lastEventAt(shardId: number): number | undefined;
  /** Milliseconds since the last acknowledgement and the last event, each of the shard where that is longest ago. */
  ages(): { readonly heartbeatAgeMs: number | undefined; readonly eventAgeMs: number | undefined };
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
  const ageOf = (signs: ReadonlyMap<number, number>): number | undefined => (signs.size === 0 ? undefined : now() - Math.min(...signs.values()));
  return {
    acknowledged: (shardId) => {
      acks.set(shardId, now());
    },
    received: (shardId) => {
      events.set(shardId, now());
    },
    left: (shardId) => {
      acks.delete(shardId);
      events.delete(shardId);
    },
    shards,
    ages: () => ({ heartbeatAgeMs: ageOf(acks), eventAgeMs: ageOf(events) }),
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

/** How long a shard may give no sign of life. Discord acknowledges a heartbeat about every 41 seconds; the promise is two minutes. */
export const MAX_SILENCE_MS = 90_000;

/** What is known of one shard. */
export interface ShardState {
  /** What discord.js believes. It says "ready" of a connection that has fallen silent, too. */
  readonly status: Status;
  /** Milliseconds since its last sign of life: an event, or a heartbeat that was acknowledged; undefined before the first. */
  readonly silentMs: number | undefined;
}

/** Why Discord would bring us no question, in one sentence; undefined where at least one shard is ready and was heard lately. */
export const whyNotReady = (shards: readonly ShardState[]): string | undefined => {
  const ready = shards.filter(({ status }) => status === Status.Ready);
  if (ready.some(({ silentMs }) => silentMs !== undefined && silentMs <= MAX_SILENCE_MS)) return undefined;
  const silences = ready.flatMap(({ silentMs }) => silentMs ?? []);
  if (silences.length > 0) return `Discord has said nothing for ${Math.round(Math.min(...silences) / 1000)} seconds.`;
  const wasThere = shards.some(({ silentMs }) => silentMs !== undefined);
  return wasThere ? 'The connection to Discord is being made anew.' : 'Parley is not connected to Discord yet.';
};
