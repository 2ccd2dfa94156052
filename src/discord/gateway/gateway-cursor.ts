import { GatewayDispatchEvents, SnowflakeUtil } from 'discord.js';
import type { Client } from 'discord.js';
import type { Log } from '../../log/log.ts';

/** Small texts that outlive the process. */
export interface Notebook {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  entries(prefix: string): AsyncIterable<readonly [key: string, text: string]>;
}

/** How far each shard has listened. Ids of messages are times, so one id says it for all channels of a shard. */
export interface GatewayCursor {
  /** Reads what earlier processes noted; to be called before the connection is made. Never rejects. */
  open(): Promise<void>;
  /** The id behind which a shard may have missed messages; undefined when it has not. */
  gap(shardId: number): string | undefined;
  /** When a shard began its session, or when the one before had last listened, in milliseconds since the epoch; before there is a session, never. */
  listenedUntil(shardId: number): number;
  /** The gap has been looked through. */
  filled(shardId: number): void;
  /** Reads how far another process has heard a shard, before it is connected here. Never rejects. */
  take(shardId: number): Promise<void>;
  /** Another process hears it from now on. Never rejects. */
  leave(shardId: number): Promise<void>;
  /** Channels of direct messages, which Discord does not list; the latest first. */
  directChannels(): Promise<readonly string[]>;
  /** Somebody wrote directly there. */
  noteDirect(channelId: string): void;
  /** Nothing that comes from now on counts as heard: the next process will look for it. */
  close(): Promise<void>;
}

/** How often it is noted, in milliseconds; and how far back from there the next process looks, because of what was under way. */
const SAVE_EVERY_MS = 5_000;
const MARGIN_MS = 60_000;
/** What we take for Discord's time may be so far ahead of it, in milliseconds: it shows whole seconds, and ours is believed beside them. */
const CLOCK_UNSURE_MS = 5_000;
/** So many direct channels are looked at after a gap: each of them costs a request. */
const MAX_DIRECT_CHANNELS = 100;
/** A direct channel is noted again after this many others. */
const MAX_NOTED = 1_000;

const LISTENED = 'listened:';
const DIRECT = 'direct:';

interface Shard {
  listenedUntil?: number;
  latest: string | undefined;
  /** Where the gap begins that has not been looked through yet. */
  from: string | undefined;
  saved: string | undefined;
}

const isNewer = (one: string, other: string | undefined): boolean => other === undefined || BigInt(one) > BigInt(other);
const shifted = (id: string, ms: number): string => String(SnowflakeUtil.generate({ timestamp: SnowflakeUtil.timestampFrom(id) + ms, increment: 0n, processId: 0n, workerId: 0n }));

/**
 * @param now milliseconds since the epoch
 * @param oldestWaiting the id of the first message that was heard, and is nobody's yet: where this process is killed, it was not heard
 */
export const createGatewayCursor = (client: Client, notebook: Notebook, log: Log, now: () => number, oldestWaiting: () => string | undefined = () => undefined): GatewayCursor => {
  const shards = new Map<number, Shard>();
  const noted = new Set<string>();
  /** What earlier processes noted, by key. */
  const earlier = new Map<string, string>();
  let saving: NodeJS.Timeout | undefined;
  let isClosed = false;

  const keyOf = (shardId: number): string => `${LISTENED}${shardId}/${client.options.shardCount ?? 1}`;

  /** With another number of shards than before, the one that was behind the others speaks for all. */
  const earlierOf = (shardId: number): string | undefined =>
    earlier.get(keyOf(shardId)) ?? [...earlier.values()].reduce<string | undefined>((oldest, id) => (oldest === undefined || isNewer(oldest, id) ? id : oldest), undefined);

  const shardOf = (shardId: number): Shard => {
    const known = shards.get(shardId);
    if (known !== undefined) return known;
    const shard: Shard = { latest: earlierOf(shardId), from: undefined, saved: undefined };
    shards.set(shardId, shard);
    return shard;
  };

  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ reason: String(error) }, `${what} could not be noted; a message may be missed after the next restart`);
    }
  };

  const noteDirect = (channelId: string): void => {
    if (noted.has(channelId)) return;
    if (noted.size === MAX_NOTED) noted.clear();
    noted.add(channelId);
    void attempt('a direct channel', () => notebook.set(`${DIRECT}${channelId}`, String(now())));
  };

  const save = (): Promise<void> =>
    attempt('how far I listened', async () => {
      const waiting = oldestWaiting();
      for (const [shardId, shard] of shards) {
        const heard = shard.from ?? shard.latest;
        const id = waiting !== undefined && heard !== undefined && isNewer(heard, waiting) ? waiting : heard;
        if (id === undefined || id === shard.saved) continue;
        await notebook.set(keyOf(shardId), id);
        shard.saved = id;
      }
    });

  client.ws.on(GatewayDispatchEvents.MessageCreate, ({ id, guild_id, channel_id }: { id: string; guild_id?: string | null; channel_id: string }, shardId: number) => {
    // Also what comes while the process ends: the next one finds it there.
    if (!guild_id) noteDirect(channel_id);
    if (isClosed) return;
    const shard = shardOf(shardId);
    if (isNewer(id, shard.latest)) shard.latest = id;
  });
  // A session of its own: whatever was said between the last event of the old one and now came to nobody.
  client.ws.on(GatewayDispatchEvents.Ready, (_data: unknown, shardId: number) => {
    const shard = shardOf(shardId);
    shard.from ??= shard.latest;
    shard.listenedUntil = Math.min(now(), shard.from === undefined ? Infinity : SnowflakeUtil.timestampFrom(shard.from));
    // The first start of all has missed nothing, and no later one looks further back.
    shard.latest ??= String(SnowflakeUtil.generate({ timestamp: now() + MARGIN_MS - CLOCK_UNSURE_MS }));
    // At once: a process that is killed in its first seconds has listened, too.
    void save();
  });

  return {
    open: () =>
      attempt('what was heard before', async () => {
        for await (const [key, id] of notebook.entries(LISTENED)) earlier.set(key, id);
        saving ??= setInterval(() => void save(), SAVE_EVERY_MS).unref();
      }),
    gap: (shardId) => {
      const from = shards.get(shardId)?.from;
      return from === undefined ? undefined : shifted(from, -MARGIN_MS);
    },
    listenedUntil: (shardId) => shards.get(shardId)?.listenedUntil ?? Infinity,
    filled: (shardId) => {
      const shard = shards.get(shardId);
      if (shard !== undefined) shard.from = undefined;
    },
    take: (shardId) =>
      attempt('what was heard before', async () => {
        const key = keyOf(shardId);
        const id = await notebook.get(key);
        if (id !== undefined) earlier.set(key, id);
        shards.delete(shardId);
      }),
    leave: async (shardId) => {
      await save();
      shards.delete(shardId);
    },
    directChannels: async () => {
      const channels: (readonly [string, number])[] = [];
      for await (const [key, at] of notebook.entries(DIRECT)) channels.push([key.slice(DIRECT.length), Number(at)]);
      return channels.toSorted(([, one], [, other]) => other - one).slice(0, MAX_DIRECT_CHANNELS).map(([channelId]) => channelId);
    },
    noteDirect,
    close: async () => {
      isClosed = true;
      clearInterval(saving);
      await save();
    },
  };
};
