import { setTimeout as sleep } from 'node:timers/promises';
import { Routes } from 'discord.js';
import { isForLater } from './delivery-error.ts';
import { patiently } from './persist.ts';
import type { Client } from 'discord.js';

/** What is known of who is on which server. */
export interface Memberships {
  /**
   * The ids of somebody's roles; undefined where they are not on the server, or Discord cannot tell. Never rejects.
   * @param isHurried Discord waits for a response meanwhile
   */
  rolesOf(guildId: string, userId: string, isHurried: boolean): Promise<readonly string[] | undefined>;
  /** Whether somebody is on one of these servers with such roles. Never rejects. */
  isAnywhere(userId: string, guildIds: readonly string[], isHurried: boolean, may: (guildId: string, roleIds: readonly string[]) => boolean): Promise<boolean>;
  /** The servers that the bot is on. */
  serverIds(): readonly string[];
}

/** Whoever was given a role a moment ago may ask soon, in milliseconds. */
const KNOWN_FOR_MS = 60_000;
const MOST_KNOWN = 1_000;
/** Servers on which somebody is looked for, one after the other. */
const MOST_SERVERS = 100;
/** In milliseconds: between attempts while Discord fails, and in all where Discord waits three seconds for a response. */
const WAITS = { retriesMs: [500, 2_000, 8_000, 20_000, 30_000], hurriedMs: 1_500 };

interface Known {
  readonly until: number;
  readonly roleIds: Promise<readonly string[] | undefined>;
}

/**
 * Asks Discord: what discord.js keeps of members is as old as the last that they said.
 * @param monotonicNow milliseconds that only go forward
 * @param waits only tests, which are in a hurry, set them
 */
export const createMemberships = (client: Client, monotonicNow: () => number, { retriesMs, hurriedMs } = WAITS): Memberships => {
  /** The oldest first. */
  const known = new Map<string, Known>();

  const ask = async (guildId: string, userId: string): Promise<readonly string[] | undefined> => {
    const { roles } = ((await client.rest.get(Routes.guildMember(guildId, userId))) ?? {}) as { roles?: unknown };
    return Array.isArray(roles) ? roles.filter((id) => typeof id === 'string') : undefined;
  };

  /** Rejects where nobody can tell. */
  const askPatiently = (guildId: string, userId: string): Promise<readonly string[] | undefined> =>
    patiently(retriesMs, () => ask(guildId, userId)).catch((error: unknown) => {
      if (isForLater(error)) throw error;
      return undefined;
    });

  const find = (guildId: string, userId: string): Promise<readonly string[] | undefined> => {
    const now = monotonicNow();
    for (const [old, { until }] of known) {
      if (until > now && known.size < MOST_KNOWN) break;
      known.delete(old);
    }
    const key = `${guildId} ${userId}`;
    const found = known.get(key);
    if (found !== undefined) return found.roleIds;
    const roleIds = askPatiently(guildId, userId).catch(() => {
      // The next question asks again.
      known.delete(key);
      return undefined;
    });
    known.set(key, { until: now + KNOWN_FOR_MS, roleIds });
    return roleIds;
  };

  const inTime = <Value>(value: Promise<Value>, isHurried: boolean, otherwise: Value): Promise<Value> =>
    isHurried ? Promise.race([value, sleep(hurriedMs, otherwise, { ref: false })]) : value;

  const isAnywhere = async (userId: string, guildIds: readonly string[], may: (guildId: string, roleIds: readonly string[]) => boolean): Promise<boolean> => {
    for (const guildId of guildIds.slice(0, MOST_SERVERS)) {
      const roleIds = await find(guildId, userId);
      if (roleIds !== undefined && may(guildId, roleIds)) return true;
    }
    return false;
  };

  return {
    rolesOf: (guildId, userId, isHurried) => inTime(find(guildId, userId), isHurried, undefined),
    isAnywhere: (userId, guildIds, isHurried, may) => inTime(isAnywhere(userId, guildIds, may), isHurried, false),
    serverIds: () => [...client.guilds.cache.keys()],
  };
};
