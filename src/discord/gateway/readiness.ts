import { Status } from 'discord.js';
import { MAX_SILENCE_MS } from './zombie-watch.ts';

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
