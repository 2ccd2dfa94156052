import { setTimeout as sleep } from 'node:timers/promises';
import { Events } from 'discord.js';
import { LOOK_AGAIN_AFTER_MS } from '../rest/doubted-token.ts';
import type { Client } from 'discord.js';
import type { Log } from '../../log/log.ts';

export interface RefusedSessionsOptions {
  readonly client: Client;
  /** discord.js's login, any number of times. Rejects with its errors. */
  readonly logIn: () => Promise<void>;
  /** Begins another session of a shard. May reject. */
  readonly connect: (shardId: number) => Promise<void>;
  /** Whether the token has worked for an earlier process. Never rejects. */
  readonly hasTokenWorked: () => Promise<boolean>;
  readonly onRefused: () => void;
  readonly log: Log;
  readonly wait?: (ms: number) => Promise<unknown>;
}

export interface RefusedSessions {
  /** Logs in; again and again where the first connection is closed because of a token that has worked. Rejects with discord.js's error. */
  logIn(): Promise<void>;
  /** A connection was closed because of the token. */
  refused(shardId: number): Promise<void>;
}

/**
 * What becomes of a shard whose connection was closed because of the token: as with requests (`doubted-token.ts`), one that has
 * worked is refused only when that is said again and again, for a minute.
 * @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
 */
export const createRefusedSessions = ({
  client,
  logIn,
  connect,
  hasTokenWorked,
  onRefused,
  log,
  wait = (ms) => sleep(ms, undefined, { ref: false }),
}: RefusedSessionsOptions): RefusedSessions => {
  /** Refusals of each shard since its last session. */
  const refusals = new Map<number, number>();
  let hasBeenReady = false;
  /** Of the login: discord.js ends that with the first connection. */
  let wasRefused = false;
  client.once(Events.ClientReady, () => (hasBeenReady = true));
  client.on(Events.ShardReady, (shardId) => refusals.delete(shardId));
  client.on(Events.ShardResume, (shardId) => refusals.delete(shardId));

  const again = async (shardId: number): Promise<void> => {
    for (;;) {
      const count = refusals.get(shardId) ?? 0;
      const afterMs = LOOK_AGAIN_AFTER_MS[count];
      if (afterMs === undefined) return onRefused();
      refusals.set(shardId, count + 1);
      log.warn({ shardId, afterMs }, 'Discord closed a connection because of the token, which worked before; I try again');
      await wait(afterMs);
      try {
        return await connect(shardId);
      } catch (error) {
        log.warn({ shardId, reason: String(error) }, 'no new session could be begun');
      }
    }
  };

  return {
    refused: async (shardId) => {
      if (hasBeenReady) await again(shardId);
      else wasRefused = true;
    },
    logIn: async () => {
      for (const afterMs of [...LOOK_AGAIN_AFTER_MS, undefined]) {
        wasRefused = false;
        try {
          return await logIn();
        } catch (error) {
          const isOver = wasRefused && (afterMs === undefined || !(await hasTokenWorked()));
          if (isOver) onRefused();
          if (isOver || !wasRefused) throw error;
          log.warn({ afterMs }, 'Discord closed the first connection because of the token, which worked before; I try again');
          await wait(afterMs ?? 0);
        }
      }
    },
  };
};
