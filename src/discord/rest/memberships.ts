import { setTimeout as sleep } from 'node:timers/promises';
import { Routes } from 'discord.js';
import { isForLater } from './delivery-error.ts';
import type { Client } from 'discord.js';

/** What is known of who is on which server. */
export interface Memberships {
  /** The ids of somebody's roles; undefined where they are not on the server, or Discord cannot tell. Never rejects. */
  rolesOf(guildId: string, userId: string): Promise<readonly string[] | undefined>;
  /** The servers that the bot is on. */
  serverIds(): readonly string[];
}

/** Whoever was given a role a moment ago may ask soon, in milliseconds. */
const KNOWN_FOR_MS = 60_000;
const MOST_KNOWN = 1_000;
/** Waits between attempts while Discord fails, in milliseconds. */
const RETRIES_MS: readonly number[] = [500, 2_000];

interface Known {
  readonly until: number;
  readonly roleIds: Promise<readonly string[] | undefined>;
}

/**
 * Asks Discord: what discord.js keeps of members is as old as the last that they said.
 * @param monotonicNow milliseconds that only go forward
 */
export const createMemberships = (client: Client, monotonicNow: () => number): Memberships => {
  /** The oldest first. */
  const known = new Map<string, Known>();

  const ask = async (guildId: string, userId: string): Promise<readonly string[] | undefined> => {
    const { roles } = ((await client.rest.get(Routes.guildMember(guildId, userId))) ?? {}) as { roles?: unknown };
    return Array.isArray(roles) ? roles.filter((id) => typeof id === 'string') : undefined;
  };

  const askPatiently = async (guildId: string, userId: string): Promise<readonly string[] | undefined> => {
    for (const waitMs of [...RETRIES_MS, undefined]) {
      try {
        return await ask(guildId, userId);
      } catch (error) {
        if (waitMs === undefined || !isForLater(error)) return undefined;
        await sleep(waitMs);
      }
    }
    return undefined;
  };

  return {
    rolesOf: (guildId, userId) => {
      const now = monotonicNow();
      for (const [old, { until }] of known) {
        if (until > now && known.size < MOST_KNOWN) break;
        known.delete(old);
      }
      const key = `${guildId} ${userId}`;
      const found = known.get(key);
      if (found !== undefined) return found.roleIds;
      const roleIds = askPatiently(guildId, userId);
      known.set(key, { until: now + KNOWN_FOR_MS, roleIds });
      return roleIds;
    },
    serverIds: () => [...client.guilds.cache.keys()],
  };
};
