import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { jsonKind } from './record-kind.ts';
import { timeKind } from './small-records.ts';
import type { Store } from './open-store.ts';

const VERSION = 1;
/** As many as `SHARD_COUNT` may be. */
const MOST_SHARDS = 1_000;
const owner = z.string().min(1).max(100);
const division = z.object({
  version: z.literal(VERSION),
  count: z.int().min(1).max(MOST_SHARDS),
  /** By its number: the process that hears it, and the one that is about to. */
  shards: z.record(z.string().regex(/^\d{1,3}$/u), z.object({ owner: owner.exactOptional(), next: owner.exactOptional() })),
});

/** How the shards are divided among processes. */
export type StoredDivision = Omit<z.infer<typeof division>, 'version'>;
type DivisionRecord = z.infer<typeof division>;

/** One record, so that how many shards there are changes in one step with who has them. */
export const divisionKind = jsonKind<DivisionRecord>({ name: 'who has which shard', prefix: 'shards:', version: VERSION, schema: division });

/** When a session was begun last, of those that take turns; by the store's clock. */
export const identifyKind = timeKind({ name: 'when a session was begun', prefix: 'identify:' });

/** Until somebody divides them anew, in milliseconds: a hundred years. */
const FOR_EVER_MS = 100 * 365 * 24 * 60 * 60 * 1000;
/** Nobody waits for longer than that, in milliseconds. */
const TURN_KEPT_MS = 60 * 60 * 1000;

/** All reject when the store does. */
export interface ShardStore {
  /** How the shards are divided, and the very text that says so; undefined where they never were. */
  read(): Promise<{ readonly division: StoredDivision; readonly text: string } | undefined>;
  /** Divides them anew. @param text as it was read; false where somebody else was there before */
  replace(text: string | undefined, division: StoredDivision): Promise<boolean>;
  /** Takes the turn of those who wait in one row, of any number of processes, and then nobody does for so many milliseconds. Zero where it is taken, or how many milliseconds to wait. */
  takeTurn(row: number, everyMs: number): Promise<number>;
}

export const createShardStore = (store: Store): ShardStore => {
  const divisions = checkedTable(store, divisionKind);
  const turns = checkedTable(store, identifyKind);
  return {
    read: async () => {
      const found = await divisions.find('');
      return found && { division: found.value, text: found.text };
    },
    replace: async (text, { count, shards }) => {
      const entry = divisions.entry('', { version: VERSION, count, shards }, FOR_EVER_MS);
      if (entry === undefined) throw new TypeError('a division of shards that could not be read again');
      return store.setMany([entry], [], { key: entry.key, expected: text });
    },
    takeTurn: async (row, everyMs) => {
      const id = String(row);
      const [found, now] = await Promise.all([turns.find(id), store.clock.now()]);
      const leftMs = found === undefined ? 0 : Number(found.value) + everyMs - now;
      // One from the future was written by another clock.
      if (leftMs > 0 && leftMs <= everyMs) return leftMs;
      const entry = turns.entry(id, String(Math.floor(now)), TURN_KEPT_MS);
      if (entry === undefined) throw new TypeError('a time that could not be read again');
      return (await store.setMany([entry], [], { key: entry.key, expected: found?.text })) ? 0 : everyMs;
    },
  };
};
