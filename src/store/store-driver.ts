import type { KeyvStorageAdapter, KeyvStorageEntry } from 'keyv';
import type { EventEmitter } from 'node:events';

/** What a write depends on. */
export interface Guard {
  readonly key: string;
  /** Undefined: that nothing is there. */
  readonly expected: string | undefined;
}

/** An entry of a table as it lies there, whatever its namespace and its deadline. */
export interface DriverRow {
  readonly namespace: string;
  readonly key: string;
  readonly value: string;
  /** Absolute, in milliseconds by our own clock; null: for ever. */
  readonly expires: number | null;
}

/** The entries of a table while nobody else can write: each sees what was written before. */
export interface DriverTransaction {
  /** The live value of `key`. */
  get(key: string): string | undefined;
  set(key: string, value: string, expires: number): void;
  /** Another value for a live entry, which stays as long as it would have stayed; whether there was one. */
  change(key: string, value: string): boolean;
  /** Whether there was no live entry, and now is this one. */
  setIfAbsent(key: string, value: string, expires: number): boolean;
  /** Whether there was an entry. */
  delete(key: string): boolean;
}

/** A clock that is one for all processes that can share a store. */
export interface SharedClock {
  /** Whose it is: times of another one say nothing. */
  readonly id: string;
  /** Milliseconds since some moment; nobody sets it while it runs. */
  now(): number | Promise<number>;
}

/**
 * A Keyv 6 storage adapter on one table that several processes may share, with what keyv has no word for. Values are strings;
 * `expires` is an absolute time in milliseconds by our own clock, from which an entry is absent. Keyv sets `namespace` on its
 * adapter, so each Keyv needs a driver of its own. Methods reject with an Error that names the task and the place, its `cause`
 * being the error of the database; a value that is not a string is a TypeError; nothing is emitted.
 */
export interface StoreDriver extends Omit<KeyvStorageAdapter, keyof EventEmitter> {
  get(key: string): Promise<string | undefined>;
  getMany(keys: string[]): Promise<Array<string | undefined>>;
  /** Stores `value` unless `key` has a live one; of any number of processes, one gets `true`. */
  setIfAbsent(key: string, value: string, expires?: number): Promise<boolean>;
  /** Stores each entry whose `key` has no live one, all in one transaction; resolves to which were stored. */
  setManyIfAbsent(entries: Array<KeyvStorageEntry<string>>): Promise<boolean[]>;
  /**
   * Stores all entries and deletes `deletedKeys` or, when it rejects, does nothing of it; nor where the live value of the
   * guard's key is not exactly what it expects (undefined: that there is none). Resolves to whether it was done.
   */
  exchange(entries: Array<KeyvStorageEntry<string>>, deletedKeys: readonly string[], guard?: Guard): Promise<boolean>;
  /** All that `work` does is done together or, when it throws or this rejects, nothing of it. It may be called again. */
  transact<Result>(work: (entries: DriverTransaction) => Result): Promise<Result>;
  /** The value of `key`, although its time may be over. */
  peek(key: string): Promise<string | undefined>;
  /**
   * Moves an entry to another key, in the place of what is there; it expires when it would have, or at `expires` if that is
   * earlier. Only while its value is exactly `expectedValue`, where that is given. Resolves to whether it was done.
   */
  move(from: string, to: string, expires: number, expectedValue?: string): Promise<boolean>;
  /** The live entries of `key` and of all keys that start with `prefix` (ending in an ASCII character), as they are at one moment. */
  withPrefix(key: string, prefix: string): Promise<Array<readonly [key: string, value: string]>>;
  /** Stores `newValue` if the live value is exactly `expectedValue`; the old expiry is not kept. */
  replace(key: string, expectedValue: string, newValue: string, expires?: number): Promise<boolean>;
  /** Deletes `key` unless a live entry's key starts with `prefix`, which ends in an ASCII character; resolves to whether it did. */
  deleteUnneeded(key: string, prefix: string): Promise<boolean>;
  /**
   * Lists the live entries whose key starts with `prefix`, in the order of the keys' UTF-8 bytes,
   * each with its value when it is yielded. Entries added or deleted meanwhile may be missed.
   */
  entriesWithPrefix(prefix: string): AsyncGenerator<[key: string, value: string], void>;
  /** Deletes entries of every namespace that had expired by `now`, longest expired first, and says how many: at most `limit`. */
  sweep(now?: number, limit?: number): number | Promise<number>;
  /** Resolves when everything written before would survive a power cut. */
  flush(): Promise<void>;
  /** From now on nothing waits for the store for longer than so many milliseconds, all calls together. */
  hurry(ms: number): void;
  /** Has nothing left of what was deleted, when there is a quiet moment, where that is the driver's to do. */
  rewrite(): void;
  /** The entries behind one, in the order of their namespaces' and keys' UTF-8 bytes; all that there are where there are fewer than `limit`. */
  rowsBehind(row: Pick<DriverRow, 'namespace' | 'key'> | undefined, limit: number): Promise<DriverRow[]>;
  /** Adds entries, none of which is there. */
  addRows(rows: readonly DriverRow[]): Promise<void>;
  /** Deletes the entries of all namespaces. */
  removeAll(): Promise<void>;
  readonly clock: SharedClock;
}

/** A database would store an object in some form without a word, so what is not a string is refused. @throws {TypeError} */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`The store keeps strings, not ${typeof value}: give Keyv a serialization`);
}

/** The first key behind all that start with `prefix`. */
export const endOf = (prefix: string): string => prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

/** Keyv's own rule: whole milliseconds, rounded up; not a finite number means no expiry. */
export function deadline(expires: number | undefined): number | null {
  return expires !== undefined && Number.isFinite(expires) ? Math.ceil(expires) : null;
}
