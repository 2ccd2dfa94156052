import type { EventEmitter } from 'node:events';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyvStorageCapability } from 'keyv';
import type { KeyvStorageAdapter, KeyvStorageEntry } from 'keyv';

/** How a {@link SqliteDriver} opens its file. */
export type SqliteDriverOptions = {
  /** Database file, created with its directory when missing; `:memory:` keeps everything in RAM. */
  path: string;
  /** The driver's table, a plain identifier (`keyv`): drivers of different tables can share a file. */
  table?: string;
  /** How long a call is tried while another process has the lock (5000 milliseconds); the thread is free meanwhile. */
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
/** What one attempt may block the thread for, in milliseconds: heartbeats and answers stand still as long. */
const BLOCK_MS = 5;
const RETRY_MS = 25;
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

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

function openHandle({ path, table, synchronous }: Required<SqliteDriverOptions>) {
  if (path !== MEMORY) createFile(path);
  const db = new DatabaseSync(path, { timeout: BLOCK_MS });
  try {
    db.exec('PRAGMA journal_mode = WAL');
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
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      get: db.prepare(`SELECT value FROM ${table} WHERE ${entry} AND ${live}`),
      set: db.prepare(insert),
      setIfAbsent: db.prepare(`${insert} WHERE expires <= ?`),
      replace: db.prepare(`UPDATE ${table} SET value = ?, expires = ? WHERE ${entry} AND ${live} AND value = ?`),
      delete: db.prepare(`DELETE FROM ${table} WHERE ${entry}`),
      deleteUnneeded: db.prepare(`DELETE FROM ${table} WHERE ${entry} AND NOT EXISTS
        (SELECT 1 FROM ${table} WHERE namespace = ? AND key >= ? AND key < ? AND ${live})`),
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
  /** Resolves when all writes that wait for the lock are done with. */
  #waiting: Promise<void> | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #nextFlush: Promise<void> | undefined;
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
    return Promise.all(keys.map((key) => this.#read(this.namespace, key)));
  }

  async has(key: string): Promise<boolean> {
    return (await this.#read(this.namespace, key)) !== undefined;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return (await this.getMany(keys)).map((value) => value !== undefined);
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

  /** Stores all entries and deletes `deletedKeys` or, when it rejects, does nothing of it. */
  async exchange(entries: Array<KeyvStorageEntry<string>>, deletedKeys: readonly string[]): Promise<void> {
    const namespace = this.namespace ?? '';
    await this.#writeTogether('write entries', (handle) => {
      for (const { key, value, expires } of entries) handle.set.run(namespace, key, text(value), deadline(expires));
      for (const key of deletedKeys) handle.delete.run(namespace, key);
    });
  }

  /** Stores `value` unless `key` has a live one; of any number of processes, one gets `true`. */
  async setIfAbsent(key: string, value: string, expires?: number): Promise<boolean> {
    const row = [key, text(value), deadline(expires), Date.now()];
    return this.#change('claim an entry', 'setIfAbsent', row);
  }

  /** Stores each entry whose `key` has no live one, all in one transaction; resolves to which were stored. */
  async setManyIfAbsent(entries: Array<KeyvStorageEntry<string>>): Promise<boolean[]> {
    const now = Date.now();
    const rows = entries.map(({ key, value, expires }) => [key, text(value), deadline(expires), now]);
    return this.#changeAll('claim entries', 'setIfAbsent', rows);
  }

  /** Stores `newValue` if the live value is exactly `expectedValue`; the old expiry is not kept. */
  async replace(key: string, expectedValue: string, newValue: string, expires?: number): Promise<boolean> {
    const row = [text(newValue), deadline(expires), this.namespace ?? '', key, Date.now(), expectedValue];
    return this.#write('replace an entry', (handle) => handle.replace.run(...row).changes > 0);
  }

  /** Resolves to whether there was an entry, live or expired. */
  async delete(key: string): Promise<boolean> {
    return this.#change('delete an entry', 'delete', [key]);
  }

  /** Deletes `key` unless a live entry's key starts with `prefix`, which ends in an ASCII character; resolves to whether it did. */
  async deleteUnneeded(key: string, prefix: string): Promise<boolean> {
    const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    const namespace = this.namespace ?? '';
    const row = [namespace, key, namespace, prefix, end, Date.now()];
    return this.#write('delete an entry', (handle) => handle.deleteUnneeded.run(...row).changes > 0);
  }

  /** Deletes all of `keys` or, when it rejects, none. */
  async deleteMany(keys: string[]): Promise<boolean[]> {
    return this.#changeAll('delete entries', 'delete', keys.map((key) => [key]));
  }

  /** Deletes the namespace's entries; without a namespace, those that have none. */
  async clear(): Promise<void> {
    await this.#change('clear the namespace', 'clear', []);
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
      const rows = await this.#patiently('list entries', (handle) => handle.keys.all(...query));
      const keys = rows.map((row) => text(row['key']));
      for (const key of keys) {
        if (!key.startsWith(prefix)) return;
        const value = await this.#read(namespace, key);
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

  /**
   * Resolves when everything written before is on the disk, whatever `synchronous` says; the thread is free meanwhile. What
   * was written is in the log, or was flushed with the database when it was copied there.
   */
  flush(): Promise<void> {
    const run = async (): Promise<void> => {
      // The one that is under way may have begun before the last write; whoever asks meanwhile shares the next.
      await this.#flushing.catch(() => undefined);
      this.#nextFlush = undefined;
      this.#flushing = this.#flushLog();
      await this.#flushing;
    };
    return (this.#nextFlush ??= run());
  }

  /** Closes the file, after the writes that wait for a lock; later calls reject. */
  async disconnect(): Promise<void> {
    await (this.#nextFlush ?? this.#flushing).catch(() => undefined);
    await this.#waiting;
    this.#disconnected = true;
    this.#close();
  }

  async #flushLog(): Promise<void> {
    const { path, table } = this.#options;
    if (path === MEMORY) return;
    try {
      const log = await open(`${path}-wal`, 'r+');
      await log.datasync().finally(() => log.close());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Could not flush the log (table ${table} of ${path}): ${reason}`, { cause });
    }
  }

  async #read(namespace: string | undefined, key: string): Promise<string | undefined> {
    const row = await this.#patiently('read an entry', (handle) => handle.get.get(namespace ?? '', key, Date.now()));
    return row && text(row['value']);
  }

  #change(task: string, kind: 'set' | 'setIfAbsent' | 'delete' | 'clear', row: Row): Promise<boolean> {
    return this.#write(task, (handle) => handle[kind].run(this.namespace ?? '', ...row).changes > 0);
  }

  #changeAll(task: string, kind: 'set' | 'setIfAbsent' | 'delete', rows: Row[]): Promise<boolean[]> {
    const namespace = this.namespace ?? '';
    return this.#writeTogether(task, (handle) => rows.map((row) => handle[kind].run(namespace, ...row).changes > 0));
  }

  /** All of `work` is done or, when it rejects, nothing of it. */
  #writeTogether<T>(task: string, work: (handle: Handle) => T): Promise<T> {
    return this.#write(task, (handle) => {
      handle.begin.run();
      try {
        const result = work(handle);
        handle.commit.run();
        return result;
      } catch (error) {
        if (handle.db.isTransaction) handle.db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** While somebody else has the lock, writes wait in their order: no older value overtakes a newer one. */
  async #write<T>(task: string, work: (handle: Handle) => T): Promise<T> {
    const before = this.#waiting;
    if (before === undefined) {
      try {
        return this.#use(task, work);
      } catch (error) {
        if (!isBusy(causeOf(error))) throw error;
      }
    }
    const turn = this.#patiently(task, work, before ?? sleep(RETRY_MS));
    const done = turn.then(() => undefined, () => undefined);
    this.#waiting = done;
    void done.then(() => {
      if (this.#waiting === done) this.#waiting = undefined;
    });
    return turn;
  }

  /** Tries until nobody else has the lock, or the patience is at its end. The thread is free between two attempts. */
  async #patiently<T>(task: string, work: (handle: Handle) => T, first?: Promise<void>): Promise<T> {
    const giveUpAt = performance.now() + this.#options.busyTimeoutMs;
    if (first !== undefined) await first;
    for (;;) {
      try {
        return this.#use(task, work);
      } catch (error) {
        if (!isBusy(causeOf(error)) || performance.now() >= giveUpAt) throw error;
      }
      await sleep(RETRY_MS);
    }
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
