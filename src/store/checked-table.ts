import { asideKey } from './set-aside.ts';
import type { StoreEntry, StoreTransaction, Store } from './open-store.ts';
import type { RecordKind } from './record-kind.ts';

/** A record that was read, and the very text that it was read from. */
export interface Found<Value> {
  readonly text: string;
  readonly value: Value;
}

/** All records of one kind in a table. Everything rejects when the store does, and nothing else but {@link NewerRecordError}. */
export interface CheckedTable<Value> {
  key(id: string): string;
  /** What is there; one that cannot be read is set aside, told, and replaced by what is empty. */
  find(id: string): Promise<Found<Value> | undefined>;
  /** The same of a text that was read already. */
  check(id: string, text: string): Promise<Value | undefined>;
  /** The same within a transaction, in which what cannot be read is set aside. @throws {NewerRecordError} */
  findIn(entries: StoreTransaction, id: string): Value | undefined;
  /** Like `check`, but what cannot be read stays where it is. */
  look(id: string, text: string): Value | undefined;
  /** To be stored. Undefined, and told, where it could not be read again. */
  entry(id: string, value: Value, ttlMs: number): StoreEntry | undefined;
  save(id: string, value: Value, ttlMs: number): Promise<void>;
  /** All whose id begins with `prefix`. */
  list(prefix?: string): AsyncIterable<readonly [id: string, value: Value]>;
}

/** A record was written by a later Parley. It was left as it is, and whoever hears of it ends the process. */
export class NewerRecordError extends Error {
  override readonly name = 'NewerRecordError';
}

export interface CheckedTableOptions {
  /** The conversation that a record belongs to, with which its copy is forgotten. */
  readonly conversationOf?: (id: string, text: string) => string | undefined;
}

export const checkedTable = <Value>(store: Store, kind: RecordKind<Value>, { conversationOf = () => undefined }: CheckedTableOptions = {}): CheckedTable<Value> => {
  const { audience } = store;
  const key = (id: string): string => `${kind.prefix}${id}`;

  const look = (id: string, text: string): Value | undefined => {
    const reading = kind.read(text);
    if (reading.is === 'fine') return reading.value;
    if (reading.is === 'unreadable') return undefined;
    audience.onNewer({ kind: kind.name, key: key(id) }, reading.version);
    throw new NewerRecordError(`${kind.name} ${key(id)} is of version ${reading.version}, which only a later Parley can read`);
  };

  /** In one step, and only while it is still that text. */
  const setAside = async (id: string, text: string): Promise<void> => {
    const aside = asideKey(conversationOf(id, text), key(id));
    const ttlMs = audience.keptAsideMs;
    const empty = kind.empty === undefined ? undefined : entry(id, kind.empty, ttlMs);
    // Moved, it is kept no longer than it would have been.
    const isDone = await (empty === undefined
      ? store.move(key(id), aside, ttlMs, text)
      : store.setMany([{ key: aside, text, ttlMs }, empty], [], { key: key(id), expected: text }));
    if (isDone) audience.onUnreadable({ kind: kind.name, key: key(id) }, aside);
  };

  const check = async (id: string, text: string): Promise<Value | undefined> => {
    const value = look(id, text);
    if (value !== undefined) return value;
    await setAside(id, text);
    return kind.empty;
  };

  const entry = (id: string, value: Value, ttlMs: number): StoreEntry | undefined => {
    const written = kind.write(value);
    if (written?.leftOut.length !== 0) audience.onDefect({ kind: kind.name, key: key(id) }, written?.leftOut ?? ['all of it']);
    return written && { key: key(id), text: written.text, ttlMs };
  };

  return {
    key,
    find: async (id) => {
      const text = await store.get(key(id));
      const value = text === undefined ? undefined : await check(id, text);
      return text === undefined || value === undefined ? undefined : { text, value };
    },
    findIn: (entries, id) => {
      const text = entries.get(key(id));
      if (text === undefined) return undefined;
      const value = look(id, text);
      if (value !== undefined) return value;
      const aside = asideKey(conversationOf(id, text), key(id));
      entries.set({ key: aside, text, ttlMs: audience.keptAsideMs });
      entries.delete(key(id));
      audience.onUnreadable({ kind: kind.name, key: key(id) }, aside);
      return kind.empty;
    },
    check,
    look,
    entry,
    save: async (id, value, ttlMs) => {
      const one = entry(id, value, ttlMs);
      if (one !== undefined) await store.set(one.key, one.text, one.ttlMs);
    },
    async *list(prefix = '') {
      for await (const [found, text] of store.entries(key(prefix))) {
        const id = found.slice(kind.prefix.length);
        const value = await check(id, text);
        if (value !== undefined) yield [id, value];
      }
    },
  };
};
