import { Keyv } from 'keyv';
import { NOBODY } from './store-audience.ts';
import { SealedDriver } from './sealed-driver.ts';
import { SqliteDriver } from './sqlite-driver.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { PostgresDriver } from './postgres-driver.ts';
import { SqliteFile } from './sqlite-file.ts';
import { isPostgres } from './store-address.ts';
import type { StoreKeys } from './row-cipher.ts';
import type { OnStoreUsed } from './sqlite-file.ts';
import type { StoreAudience } from './store-audience.ts';
import type { Guard, SharedClock, StoreDriver } from './store-driver.ts';

/** A text to be kept under a key, for so many milliseconds. */
export interface StoreEntry {
  readonly key: string;
  readonly text: string;
  readonly ttlMs: number;
}

/** A store while nobody else can write: each look sees what was written before. */
export interface StoreTransaction {
  get(key: string): string | undefined;
  set(entry: StoreEntry): void;
  /** Another text in the place of one, which stays as long as that would have stayed: cheaper than a new time. Whether there was one. */
  change(key: string, text: string): boolean;
  /** Whether there was nothing, and now is this. */
  setIfAbsent(entry: StoreEntry): boolean;
  /** True when there was something to delete. */
  delete(key: string): boolean;
}

/** keyv, as this program uses it: texts under keys, and whatever goes wrong rejects and never looks like "nothing there". */
export interface Store {
  get(key: string): Promise<string | undefined>;
  /** The texts under several keys, in the keys' order. */
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** @param ttlMs how long the text is kept, in milliseconds */
  set(key: string, text: string, ttlMs: number): Promise<void>;
  /** Keeps a text unless there is one already; of any number of processes, one gets `true`. */
  setIfAbsent(key: string, text: string, ttlMs: number): Promise<boolean>;
  /** The same for several at once, together: in one transaction, with one flush of the disk. Which of them were kept. */
  setManyIfAbsent(entries: readonly StoreEntry[]): Promise<readonly boolean[]>;
  /** Resolves when all that was written before would survive a power cut. */
  flush(): Promise<void>;
  /** Keeps all of the texts and deletes what is under the other keys, or does nothing of it: false where the guard's key has another text. */
  setMany(entries: readonly StoreEntry[], deletedKeys?: readonly string[], guard?: Guard): Promise<boolean>;
  /** All that `work` does is done together, of any number of processes by one at a time, or nothing of it is where it throws or the store fails. */
  transact<Result>(work: (entries: StoreTransaction) => Result): Promise<Result>;
  /** The text under a key and those whose key begins with `prefix`, as they are at one moment. */
  withPrefix(key: string, prefix: string): Promise<readonly (readonly [key: string, text: string])[]>;
  /** The text under a key, although its time may be over: what clocks say of it is not asked. */
  peek(key: string): Promise<string | undefined>;
  /** Replaces a text if it is still exactly `expected`. */
  replace(key: string, expected: string, text: string, ttlMs: number): Promise<boolean>;
  /** The texts whose key begins with `prefix`, in the order of their keys. */
  entries(prefix: string): AsyncIterable<readonly [key: string, text: string]>;
  /** True when there was something to delete. */
  delete(key: string): Promise<boolean>;
  /** Deletes a text unless there is another whose key begins with `prefix`; of any number of processes, none can add one in between. */
  deleteUnneeded(key: string, prefix: string): Promise<void>;
  /**
   * Moves a text to another key, where it stays as long as it would have stayed, and no longer than `ttlMs`; only while it is
   * still exactly `expected`, where that is given. Whether it was done.
   */
  move(from: string, to: string, ttlMs: number, expected?: string): Promise<boolean>;
  /** From now on nothing waits for a store that somebody else has locked for longer than so many milliseconds, all tables and calls together. */
  hurry(ms: number): void;
  /** Has nothing left of what was deleted, when there is a quiet moment. */
  scrub(): void;
  /** Encrypts what is not yet, or with the key before; resolves to how many texts that were. */
  reseal(): Promise<number>;
  /** Frees the space of texts that are past their time, some at a time; true when there is more to free. */
  sweep(): boolean | Promise<boolean>;
  close(): Promise<void>;
  /** By which the processes that share the store tell how long something was ago. */
  readonly clock: SharedClock;
  /** Hears of records that are not as they should be. */
  readonly audience: StoreAudience;
}

/** Records are written and read by those who know their form; keyv passes them on as they are, and the driver knows when they end. */
const asTheyAre = {
  stringify: (envelope: unknown): string => (envelope as { value: string }).value,
  parse: <Envelope>(text: string): Envelope => ({ value: text }) as Envelope,
};

/** Entries swept in one go: a call stays below a few milliseconds. */
const SWEEP_LIMIT = 500;

const pathOf = (url: string): string => (url === 'memory://' ? ':memory:' : url.slice('sqlite://'.length));

const toDriverEntry = ({ key, text, ttlMs }: StoreEntry) => ({ key, value: text, expires: Date.now() + ttlMs });

export interface OpenOptions {
  readonly audience?: StoreAudience;
  /** What texts are encrypted with. */
  readonly keys?: StoreKeys | undefined;
  /** Hears how long calls took. */
  readonly onUsed?: OnStoreUsed | undefined;
}

/** Opens tables of the store that `STORE_URL` names, which share its connections. The first call opens them, and they are closed with the last table. */
export const openTables = (url: string, { audience, keys, onUsed }: OpenOptions = {}): ((table?: string) => Store) => {
  if (isPostgres(url)) {
    const database = new PostgresDatabase({ url, onFailure: audience?.onFailure, onUsed });
    return (table) => storeOn(new PostgresDriver({ database, table }), audience, keys);
  }
  const file = new SqliteFile({ path: pathOf(url), onFailure: audience?.onFailure, onUsed });
  return (table) => storeOn(new SqliteDriver({ file, table }), audience, keys);
};

/** The tables of a store, of which each is there or becomes so with its first call. */
export const STORE_TABLES = ['keyv', 'files', 'ledger', 'usage'] as const;

/** Opens all tables of a store below what knows records, to be copied as they are. */
export const openDrivers = (url: string): readonly StoreDriver[] => {
  if (isPostgres(url)) {
    const database = new PostgresDatabase({ url });
    return STORE_TABLES.map((table) => new PostgresDriver({ database, table }));
  }
  const file = new SqliteFile({ path: pathOf(url) });
  return STORE_TABLES.map((table) => new SqliteDriver({ file, table }));
};

/** Opens a table of that store by itself, as another process would. */
export const openStore = (url: string, { keys, ...options }: { readonly table?: string; readonly synchronous?: 'FULL'; readonly keys?: StoreKeys | undefined } = {}): Store =>
  isPostgres(url) ? openTables(url, { keys })(options.table) : storeOn(new SqliteDriver({ path: pathOf(url), ...options }), undefined, keys);

const storeOn = (bare: StoreDriver, audience: StoreAudience = NOBODY, keys?: StoreKeys): Store => {
  const driver = new SealedDriver(bare, keys);
  const keyv = new Keyv<string>({ store: driver, serialization: asTheyAre });
  // Whoever else may listen: a failed read must not become a miss.
  keyv.on('error', (error) => {
    throw error;
  });
  return {
    get: (key) => driver.get(key),
    getMany: (keys) => keyv.getMany([...keys]),
    // keyv has no word for these, or wraps them in more than they need; its keys are the driver's.
    set: async (key, text, ttlMs) => {
      await driver.set(key, text, Date.now() + ttlMs);
    },
    setIfAbsent: (key, text, ttlMs) => driver.setIfAbsent(key, text, Date.now() + ttlMs),
    setManyIfAbsent: (entries) => driver.setManyIfAbsent(entries.map(toDriverEntry)),
    flush: () => driver.flush(),
    setMany: (entries, deletedKeys = [], guard) => driver.exchange(entries.map(toDriverEntry), deletedKeys, guard),
    transact: (work) =>
      driver.transact(({ get, set, change, setIfAbsent, delete: remove }) =>
        work({
          get,
          change,
          set: ({ key, text, ttlMs }) => set(key, text, Date.now() + ttlMs),
          setIfAbsent: ({ key, text, ttlMs }) => setIfAbsent(key, text, Date.now() + ttlMs),
          delete: remove,
        }),
      ),
    withPrefix: (key, prefix) => driver.withPrefix(key, prefix),
    peek: (key) => driver.peek(key),
    replace: (key, expected, text, ttlMs) => driver.replace(key, expected, text, Date.now() + ttlMs),
    entries: (prefix) => driver.entriesWithPrefix(prefix),
    deleteUnneeded: async (key, prefix) => {
      await driver.deleteUnneeded(key, prefix);
    },
    delete: (key) => keyv.delete(key),
    move: (from, to, ttlMs, expected) => driver.move(from, to, Date.now() + ttlMs, expected),
    hurry: (ms) => driver.hurry(ms),
    scrub: () => driver.rewrite(),
    reseal: () => driver.reseal(),
    sweep: () => {
      const swept = driver.sweep(Date.now(), SWEEP_LIMIT);
      return typeof swept === 'number' ? swept === SWEEP_LIMIT : swept.then((count) => count === SWEEP_LIMIT);
    },
    close: () => keyv.disconnect(),
    clock: driver.clock,
    audience,
  };
};
