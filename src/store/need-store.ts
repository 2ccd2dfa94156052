import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { jsonKind } from './record-kind.ts';
import type { Store } from './open-store.ts';

const VERSION = 1;
const amount = z.number().min(0).max(1e9);
const need = z.object({
  version: z.literal(VERSION),
  /** When it was told, by the store's clock, in milliseconds. */
  at: z.number().min(0),
  requests: amount,
  calls: amount,
  /** What Bedrock refuses it, for so many milliseconds from that time on. */
  refused: z.array(z.object({ modelId: z.string().max(2_048), reason: z.enum(['throttled', 'overloaded', 'daily-quota']), forMs: z.number().min(0).max(3_600_000) })).max(100),
});
type NeedRecord = z.infer<typeof need>;

/** What a process needs of what is there for all of them. */
export const needKind = jsonKind<NeedRecord>({ name: 'what a process needs', prefix: 'need:', version: VERSION, schema: need });

/** Requests to Discord, of the last second and waiting; and model calls, out and waiting. */
export interface Needs {
  readonly requests: number;
  readonly calls: number;
}

/** What a process tells the others. */
export interface Told extends Needs {
  readonly refused: NeedRecord['refused'];
}

/** What the processes that share a store need. All reject when the store does. */
export interface NeedStore {
  tell(told: Told): Promise<void>;
  /** What the others told within so many milliseconds. */
  others(maxAgeMs: number): Promise<readonly Told[]>;
  /** Needs nothing any more. */
  leave(): Promise<void>;
}

/** How long it lies in the store, in milliseconds. */
const KEPT_MS = 60_000;

export const createNeedStore = (store: Store, owner: string): NeedStore => {
  const told = checkedTable(store, needKind);
  return {
    tell: async (needs) => told.save(owner, { version: VERSION, at: await store.clock.now(), ...needs }, KEPT_MS),
    others: async (maxAgeMs) => {
      const [now, found] = await Promise.all([store.clock.now(), store.withPrefix(needKind.prefix, needKind.prefix)]);
      const others: Told[] = [];
      for (const [key, text] of found) {
        const id = key.slice(needKind.prefix.length);
        const one = id === owner ? undefined : await told.check(id, text);
        if (one !== undefined && now - one.at <= maxAgeMs) others.push({ requests: one.requests, calls: one.calls, refused: one.refused.map(({ modelId, reason, forMs }) => ({ modelId, reason, forMs: forMs - Math.max(0, now - one.at) })) });
      }
      return others;
    },
    leave: async () => {
      await store.delete(told.key(owner));
    },
  };
};
