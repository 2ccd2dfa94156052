import { checkedTable } from './checked-table.ts';
import { dayKind, directKind, listenedKind, sessionKind, tokenKind } from './small-records.ts';
import type { CheckedTable } from './checked-table.ts';
import type { Store } from './open-store.ts';

/** Small texts of those who know nothing of stores: each is of a kind that its key begins with. All reject when the store does. */
export interface Notebook {
  get(key: string): Promise<string | undefined>;
  /** @param ttlMs how long it is kept where that is not as long as all else, in milliseconds */
  set(key: string, text: string, ttlMs?: number): Promise<void>;
  setIfAbsent(key: string, text: string, ttlMs: number): Promise<boolean>;
  replace(key: string, expected: string, text: string, ttlMs: number): Promise<boolean>;
  entries(prefix: string): AsyncIterable<readonly [key: string, text: string]>;
}

/**
 * @param ttlMs how long a text is kept where nobody says it, in milliseconds
 * @param now milliseconds since the epoch
 */
export const createNotebook = (store: Store, { ttlMs, now }: { readonly ttlMs: number; readonly now: () => number }): Notebook => {
  const kinds = [listenedKind(now), directKind, sessionKind, dayKind, tokenKind];
  const tables = kinds.map((kind) => ({ prefix: kind.prefix, table: checkedTable(store, kind) }));

  const of = (key: string): { readonly table: CheckedTable<string>; readonly id: string } => {
    const found = tables.find(({ prefix }) => key.startsWith(prefix));
    if (found === undefined) throw new TypeError(`No kind of record has keys like ${key}`);
    return { table: found.table, id: key.slice(found.prefix.length) };
  };
  /** Undefined where what was to be written could not be read again: what is there stays. */
  const entry = (key: string, text: string, keptMs: number) => {
    const { table, id } = of(key);
    return table.entry(id, text, keptMs);
  };

  return {
    get: async (key) => {
      const { table, id } = of(key);
      return (await table.find(id))?.value;
    },
    set: async (key, text, keptMs = ttlMs) => {
      const one = entry(key, text, keptMs);
      if (one !== undefined) await store.set(one.key, one.text, one.ttlMs);
    },
    setIfAbsent: async (key, text, keptMs) => {
      const one = entry(key, text, keptMs);
      return one !== undefined && store.setIfAbsent(one.key, one.text, one.ttlMs);
    },
    replace: async (key, expected, text, keptMs) => {
      const one = entry(key, text, keptMs);
      return one !== undefined && store.replace(key, expected, one.text, one.ttlMs);
    },
    async *entries(prefix) {
      const { table, id } = of(prefix);
      for await (const [found, text] of table.list(id)) yield [table.key(found), text];
    },
  };
};
