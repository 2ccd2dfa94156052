import { setTimeout as sleep } from 'node:timers/promises';
import { ShardClientUtil } from 'discord.js';
import type { Client } from 'discord.js';
import type { Log } from '../../log/log.ts';

/** Of which connections to Discord the bot consists, and which of them this process makes. */
export interface ShardSettings {
  /** Undefined: as many as Discord recommends. */
  readonly shardCount: number | undefined;
  /** Undefined: all of them. */
  readonly shardIds: readonly number[] | undefined;
}

/** More shards than any bot has: what Discord says beyond that makes no sense. */
const MOST_SHARDS = 100_000;

/** What Discord says of how the bot may connect. What is not plausible is left out: one shard, and no limit. */
export interface GatewayBot {
  /** As many as Discord recommends. */
  readonly shards: number;
  /** How many sessions may be begun, until how many milliseconds are over. */
  readonly sessions: { readonly total: number; readonly remaining: number; readonly resetAfterMs: number } | undefined;
}

const isWhole = (value: unknown, min: number): value is number => Number.isInteger(value) && (value as number) >= min;

/** @see https://discord.com/developers/docs/events/gateway#get-gateway-bot */
export const readGatewayBot = (answer: unknown): GatewayBot => {
  const { shards, session_start_limit: limit } = (answer ?? {}) as { readonly shards?: unknown; readonly session_start_limit?: unknown };
  const { total, remaining, reset_after: resetAfterMs } = (limit ?? {}) as { readonly total?: unknown; readonly remaining?: unknown; readonly reset_after?: unknown };
  const isPlausible = isWhole(total, 1) && isWhole(remaining, 0) && isWhole(resetAfterMs, 0);
  return { shards: isWhole(shards, 1) && shards <= MOST_SHARDS ? shards : 1, sessions: isPlausible ? { total, remaining, resetAfterMs } : undefined };
};

/** Tells discord.js which shards to connect, before it logs in. How many there are of all. */
export const planShards = (client: Client, { shards: recommended }: GatewayBot, { shardCount = recommended, shardIds }: ShardSettings, log: Log): number => {
  const ids = shardIds ?? Array.from({ length: shardCount }, (_, id) => id);
  Object.assign(client.options, { shardCount, shards: [...ids] });
  if (shardCount > 1) log.info({ shardCount, shards: ids.length }, 'the connection to Discord is divided into shards');
  if (shardCount < recommended) log.warn({ shardCount, recommended }, 'Discord recommends more shards: leave SHARD_COUNT out, or set it to that, in all processes');
  return shardCount;
};

/** Direct messages come to the first. @see https://discord.com/developers/docs/events/gateway#sharding */
const FIRST_SHARD = 0;

/** The shard that hears of a server, of so many; without one, of direct messages. */
export const shardOf = (guildId: string | undefined, shardCount: number): number => (guildId === undefined ? FIRST_SHARD : ShardClientUtil.shardIdForGuildId(guildId, shardCount));

/** Below this share of a day's sessions somebody is told, and none is begun that nobody needs. */
const FEW = 0.1;

/** Whether Discord lets this bot begin few sessions more today. */
export const areFew = ({ sessions }: GatewayBot): boolean => sessions !== undefined && sessions.remaining < sessions.total * FEW;

/** Milliseconds until Discord is asked again whether there are sessions left. */
const LOOK_AGAIN_MS = 10 * 60_000;

/**
 * Waits until Discord has as many sessions left as there are shards, which discord.js asks for, too: it takes the token away from whoever begins more than
 * 1,000 a day.
 * @param ask asks Discord once more
 * @see https://discord.com/developers/docs/events/gateway#session-start-limit-object
 */
export const awaitSessions = async (first: GatewayBot, shards: number, ask: () => Promise<GatewayBot>, log: Log): Promise<void> => {
  for (let { sessions } = first; sessions !== undefined; { sessions } = await ask()) {
    const { total, remaining, resetAfterMs } = sessions;
    const seconds = Math.ceil(resetAfterMs / 1_000);
    if (remaining >= shards) {
      if (areFew({ shards, sessions })) log.warn({ remaining, total, seconds }, 'few sessions are left that Discord lets this bot begin in so many seconds: something starts it again and again');
      return;
    }
    log.error({ remaining, shards, seconds }, 'Discord lets this bot begin too few sessions for now; I wait until it has more');
    await sleep(Math.min(LOOK_AGAIN_MS, Math.max(resetAfterMs, 1_000)), undefined, { ref: false });
  }
};
