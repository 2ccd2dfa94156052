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
});

/** What a process needs of what is there for all of them. */
export const needKind = jsonKind<z.infer<typeof need>>({ name: 'what a process needs', prefix: 'need:', version: VERSION, schema: need });

/** Requests to Discord, of the last second and waiting; and model calls, out and waiting. */
export interface Needs {
  readonly requests: number;
  readonly calls: number;
}

/** What the processes that share a store need. All reject when the store does. */
export interface NeedStore {
  tell(needs: Needs): Promise<void>;
  /** What the others told within so many milliseconds. */
  others(maxAgeMs: number): Promise<readonly Needs[]>;
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
      const others: Needs[] = [];
      for (const [key, text] of found) {
        const id = key.slice(needKind.prefix.length);
        const one = id === owner ? undefined : await told.check(id, text);
        if (one !== undefined && now - one.at <= maxAgeMs) others.push({ requests: one.requests, calls: one.calls });
      }
      return others;
    },
    leave: async () => {
      await store.delete(told.key(owner));
    },
  };
};
