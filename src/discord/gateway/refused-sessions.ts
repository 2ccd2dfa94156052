import { setTimeout as sleep } from 'node:timers/promises';
import { Events } from 'discord.js';
import { LOOK_AGAIN_AFTER_MS } from '../rest/doubted-token.ts';
import type { Client } from 'discord.js';
import type { Log } from '../../log/log.ts';

export interface RefusedSessionsOptions {
  readonly client: Client;
  /** Begins another session of a shard. May reject. */
  readonly connect: (shardId: number) => Promise<void>;
  /** Whether the token has worked for an earlier process. Never rejects. */
  readonly hasTokenWorked: () => Promise<boolean>;
  readonly onRefused: () => void;
  /** A new process helps. */
  readonly onAnew: (reason: string) => void;
  readonly log: Log;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * What becomes of a shard whose connection was closed because of the token: as with requests (`doubted-token.ts`), one that has
 * worked is refused only when that is said again and again, for a minute.
 * @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
 */
export const createRefusedSessions = ({
  client,
  connect,
  hasTokenWorked,
  onRefused,
  onAnew,
  log,
  wait = (ms) => sleep(ms, undefined, { ref: false }),
}: RefusedSessionsOptions): ((shardId: number) => Promise<void>) => {
  /** Refusals of each shard since its last session. */
  const refusals = new Map<number, number>();
  let hasBeenReady = false;
  client.once(Events.ClientReady, () => (hasBeenReady = true));
  client.on(Events.ShardReady, (shardId) => refusals.delete(shardId));
  client.on(Events.ShardResume, (shardId) => refusals.delete(shardId));

  return async (shardId) => {
    if (!hasBeenReady) {
      // discord.js has ended its login with that.
      if (await hasTokenWorked()) onAnew('Discord closed the first connection because of DISCORD_TOKEN, which worked before.');
      else onRefused();
      return;
    }
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
};
