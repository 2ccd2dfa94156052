import type { EventEmitter } from 'node:events';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { keyvStorageCapability } from 'keyv';
import type { KeyvStorageAdapter, KeyvStorageEntry } from 'keyv';

/** How a {@link SqliteDriver} opens its file. */
export type SqliteDriverOptions = {
  /** Database file, created with its directory when missing; `:memory:` keeps everything in RAM. */
  path: string;
  /** The driver's table, a plain identifier (`keyv`): drivers of different tables can share a file. */
  table?: string;
  /** How long a call blocks the thread while another process has the write lock (5000 milliseconds). */
  busyTimeoutMs?: number;
  /**
   * What a resolved write survives: always the death of the process, and the file stays consistent.
   * `NORMAL` (the default) may lose the last writes in a power cut: right for a history, where that
   * is one reply. `FULL` flushes the disk at every write: right for a ledger of accepted work.
   */
  synchronous?: 'NORMAL' | 'FULL';
};

type Handle = ReturnType<typeof openHandle>;
type Row = Array<string | number | null>;

const MEMORY = ':memory:';
const PAGE_KEYS = 256;
const RETRY_MS = 10;
const SQLITE_BUSY = 5;

/** Names the file itself rather than its path, to notice that another file has taken its place. */
function identify(path: string): string {
  if (path === MEMORY) return MEMORY;
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

/** Creates the file readable by its owner alone; SQLite gives its -wal and -shm the same mode. */
function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // 'wx' never opens what exists: closing a second descriptor of a database in use would drop
    // the POSIX locks that this process's other connections hold on it.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return false;
  return (error.errcode & 0xff) === SQLITE_BUSY;
}

/** The switch to WAL does not wait for another process doing the same, so the wait is done here. */
function execPatiently(db: DatabaseSync, sql: string, timeoutMs: number): void {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return db.exec(sql);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

function openHandle({ path, table, busyTimeoutMs, synchronous }: Required<SqliteDriverOptions>) {
  if (path !== MEMORY) createFile(path);
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    execPatiently(db, 'PRAGMA journal_mode = WAL', busyTimeoutMs);
    // The log is copied into the database every 1000 pages (4 MB), and cut to 8 MB if it grew.
    db.exec(`PRAGMA synchronous = ${synchronous};
      PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 8388608;
      CREATE TABLE IF NOT EXISTS ${table} (namespace TEXT NOT NULL, key TEXT NOT NULL,
        value TEXT NOT NULL, expires INTEGER, UNIQUE (namespace, key)) STRICT;
      CREATE INDEX IF NOT EXISTS ${table}_expires ON ${table} (expires) WHERE expires IS NOT NULL`);
    const entry = 'namespace = ? AND key = ?';
    const live = '(expires IS NULL OR expires > ?)';
    const insert = `INSERT INTO ${table} VALUES (?, ?, ?, ?) ON CONFLICT (namespace, key)
      DO UPDATE SET value = excluded.value, expires = excluded.expires`;
    return {
      db,
      identity: identify(path),
      get: db.prepare(`SELECT value FROM ${table} WHERE ${entry} AND ${live}`),
      set: db.prepare(insert),
      setIfAbsent: db.prepare(`${insert} WHERE expires <= ?`),
      replace: db.prepare(`UPDATE ${table} SET value = ?, expires = ? WHERE ${entry} AND ${live} AND value = ?`),
      delete: db.prepare(`DELETE FROM ${table} WHERE ${entry}`),
      clear: db.prepare(`DELETE FROM ${table} WHERE namespace = ?`),
      keys: db.prepare(`SELECT key FROM ${table} WHERE namespace = ? AND key >= ? AND ${live} ORDER BY key LIMIT ?`),
      sweep: db.prepare(`DELETE FROM ${table} WHERE rowid IN
        (SELECT rowid FROM ${table} WHERE expires <= ? ORDER BY expires LIMIT ?)`),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite would store an object as NULL without a word, so what is not a string is refused here. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`SqliteDriver stores strings, not ${typeof value}: give Keyv a serialization`);
}

/** Keyv's own rule: whole milliseconds, rounded up; not a finite number means no expiry. */
function deadline(expires: number | undefined): number | null {
  return expires !== undefined && Number.isFinite(expires) ? Math.ceil(expires) : null;
}

/**
 * A Keyv 6 storage adapter on one table of an SQLite file, which several processes may share.
 * Values are strings; `expires` is an absolute time in milliseconds, from which an entry is absent.
 * Keyv sets `namespace` on its adapter, so each Keyv needs a driver of its own.
 *
 * The first call opens the file. Methods reject (`sweep` throws) with an Error that names the task
 * and the file, its `cause` being the error of SQLite or the file system; a value that is not a
 * string is a TypeError; nothing is emitted. A call after a failure works again once the reason is
 * gone, on a reopened file if need be. A broken file is never deleted or replaced.
 */
export class SqliteDriver implements Omit<KeyvStorageAdapter, keyof EventEmitter> {
  namespace: string | undefined;
  readonly capabilities = keyvStorageCapability(this);
  readonly #options: Required<SqliteDriverOptions>;
  #handle: Handle | undefined;
  #disconnected = false;

  /** @throws {TypeError} when `path` is empty or `table` is not a plain identifier. */
  constructor({ path, table = 'keyv', busyTimeoutMs = 5000, synchronous = 'NORMAL' }: SqliteDriverOptions) {
    // SQLite takes an empty path for a temporary file, and the table goes into the SQL as it is.
    if (path === '') throw new TypeError('SqliteDriver needs a path');
    if (!/^[a-z_]\w*$/i.test(table)) throw new TypeError(`Not a table name: ${table}`);
    this.#options = { path: path === MEMORY ? path : resolve(path), table, busyTimeoutMs, synchronous };
  }

  /** The live value of `key`. */
  async get(key: string): Promise<string | undefined> {
    return this.#read(this.namespace, key);
  }

  async getMany(keys: string[]): Promise<Array<string | undefined>> {
    return keys.map((key) => this.#read(this.namespace, key));
  }

  async has(key: string): Promise<boolean> {
    return this.#read(this.namespace, key) !== undefined;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return keys.map((key) => this.#read(this.namespace, key) !== undefined);
  }

  /** Stores `value`, replacing any. `expires`: absolute, in milliseconds; without it, kept forever. */
  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    return this.#change('write an entry', 'set', [key, text(value), deadline(expires)]);
  }

  /** Stores all entries or, when it rejects, none. */
  async setMany<Value>(entries: Array<KeyvStorageEntry<Value>>): Promise<boolean[]> {
    const rows = entries.map(({ key, value, expires }) => [key, text(value), deadline(expires)]);
    return this.#changeAll('write entries', 'set', rows);
  }

  /** Stores `value` unless `key` has a live one; of any number of processes, one gets `true`. */
  async setIfAbsent(key: string, value: string, expires?: number): Promise<boolean> {
    const row = [key, text(value), deadline(expires), Date.now()];
    return this.#change('claim an entry', 'setIfAbsent', row);
  }

  /** Stores `newValue` if the live value is exactly `expectedValue`; the old expiry is not kept. */
  async replace(key: string, expectedValue: string, newValue: string, expires?: number): Promise<boolean> {
    const row = [text(newValue), deadline(expires), this.namespace ?? '', key, Date.now(), expectedValue];
    return this.#use('replace an entry', (handle) => handle.replace.run(...row).changes > 0);
  }

  /** Resolves to whether there was an entry, live or expired. */
  async delete(key: string): Promise<boolean> {
    return this.#change('delete an entry', 'delete', [key]);
  }

  /** Deletes all of `keys` or, when it rejects, none. */
  async deleteMany(keys: string[]): Promise<boolean[]> {
    return this.#changeAll('delete entries', 'delete', keys.map((key) => [key]));
  }

  /** Deletes the namespace's entries; without a namespace, those that have none. */
  async clear(): Promise<void> {
    this.#change('clear the namespace', 'clear', []);
  }

  iterator(): AsyncGenerator<[key: string, value: string], void> {
    return this.entriesWithPrefix('');
  }

  /**
   * Lists the live entries whose key starts with `prefix`, in the order of the keys' UTF-8 bytes,
   * each with its value when it is yielded. Entries added or deleted meanwhile may be missed.
   */
  async *entriesWithPrefix(prefix: string): AsyncGenerator<[key: string, value: string], void> {
    const namespace = this.namespace;
    for (let from = prefix, full = true; full; ) {
      // No cursor stays open while the caller works: it would keep the log from being cut back.
      const query = [namespace ?? '', from, Date.now(), PAGE_KEYS];
      const keys = this.#use('list entries', (handle) => handle.keys.all(...query)).map((row) => text(row['key']));
      for (const key of keys) {
        if (!key.startsWith(prefix)) return;
        const value = this.#read(namespace, key);
        if (value !== undefined) yield [key, value];
      }
      from = `${keys.at(-1)}\0`; // The very next possible key.
      full = keys.length === PAGE_KEYS;
    }
  }

  /**
   * Deletes entries of every namespace that had expired by `now` (milliseconds), longest expired
   * first, and returns how many: at most `limit`, so that the call is brief. Call it again, after
   * letting other work run, while it returns `limit`.
   */
  sweep(now = Date.now(), limit = 500): number {
    return this.#use('sweep expired entries', (handle) => Number(handle.sweep.run(now, limit).changes));
  }

  /** Closes the file; later calls reject. */
  async disconnect(): Promise<void> {
    this.#disconnected = true;
    this.#close();
  }

  #read(namespace: string | undefined, key: string): string | undefined {
    const row = this.#use('read an entry', (handle) => handle.get.get(namespace ?? '', key, Date.now()));
    return row && text(row['value']);
  }

  #change(task: string, kind: 'set' | 'setIfAbsent' | 'delete' | 'clear', row: Row): boolean {
    return this.#use(task, (handle) => handle[kind].run(this.namespace ?? '', ...row).changes > 0);
  }

  #changeAll(task: string, kind: 'set' | 'delete', rows: Row[]): boolean[] {
    return this.#use(task, (handle) => {
      handle.db.exec('BEGIN IMMEDIATE');
      try {
        const changed = rows.map((row) => handle[kind].run(this.namespace ?? '', ...row).changes > 0);
        handle.db.exec('COMMIT');
        return changed;
      } catch (error) {
        if (handle.db.isTransaction) handle.db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #use<T>(task: string, work: (handle: Handle) => T): T {
    const { path, table } = this.#options;
    let step = 'open the database';
    try {
      if (this.#disconnected) throw new Error('the driver was disconnected');
      this.#handle ??= openHandle(this.#options);
      step = task;
      // SQLite goes on writing to a file that was deleted: whatever it wrote would be gone for good.
      if (identify(path) !== this.#handle.identity) throw new Error('the file was replaced while in use');
      return work(this.#handle);
    } catch (cause) {
      // A fresh handle mends whatever can be mended, but would empty a database that is in memory.
      if (path !== MEMORY && !isBusy(cause)) this.#close();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Could not ${step} (table ${table} of ${path}): ${reason}`, { cause });
    }
  }

  #close(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle?.db.isOpen) handle.db.close();
  }
}
