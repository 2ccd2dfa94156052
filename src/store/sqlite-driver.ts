import { keyvStorageCapability } from 'keyv';
import { machineClock } from './machine-clock.ts';
import { SqliteFile } from './sqlite-file.ts';
import { deadline, endOf, textOf as text } from './store-driver.ts';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { KeyvStorageEntry } from 'keyv';
import type { SqliteFileOptions, SqliteTable } from './sqlite-file.ts';
import type { DriverRow, DriverTransaction, Guard, StoreDriver } from './store-driver.ts';

/** Which file a {@link SqliteDriver} is a table of: one that others share, or one of its own. */
export type SqliteDriverOptions = ({ file: SqliteFile } | SqliteFileOptions) & {
  /** The driver's table, a plain identifier (`keyv`): drivers of different tables can share a file. */
  table?: string | undefined;
};

type Statements = ReturnType<typeof prepare>;
type Row = Array<string | number | null>;

const PAGE_KEYS = 256;

function prepare(db: DatabaseSync, table: string) {
  db.exec(`CREATE TABLE IF NOT EXISTS ${table} (namespace TEXT NOT NULL, key TEXT NOT NULL,
      value TEXT NOT NULL, expires INTEGER, UNIQUE (namespace, key)) STRICT;
    CREATE INDEX IF NOT EXISTS ${table}_expires ON ${table} (expires) WHERE expires IS NOT NULL`);
  const entry = 'namespace = ? AND key = ?';
  const live = '(expires IS NULL OR expires > ?)';
  const insert = `INSERT INTO ${table} VALUES (?, ?, ?, ?) ON CONFLICT (namespace, key)
    DO UPDATE SET value = excluded.value, expires = excluded.expires`;
  return {
    get: db.prepare(`SELECT value FROM ${table} WHERE ${entry} AND ${live}`),
    set: db.prepare(insert),
    setIfAbsent: db.prepare(`${insert} WHERE expires <= ?`),
    setWithout: db.prepare(`INSERT INTO ${table} SELECT ?1, ?2, ?3, ?4
      WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE namespace = ?1 AND key = ?5 AND (expires IS NULL OR expires > ?6))
      ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, expires = excluded.expires`),
    replace: db.prepare(`UPDATE ${table} SET value = ?, expires = ? WHERE ${entry} AND ${live} AND value = ?`),
    change: db.prepare(`UPDATE ${table} SET value = ? WHERE ${entry} AND ${live}`),
    delete: db.prepare(`DELETE FROM ${table} WHERE ${entry}`),
    peek: db.prepare(`SELECT value FROM ${table} WHERE ${entry}`),
    move: db.prepare(`UPDATE OR REPLACE ${table} SET key = ?, expires = MIN(?, IFNULL(expires, ?)) WHERE ${entry} AND value = IFNULL(?, value)`),
    // Two looks into the index: with OR between them, all of the namespace would be read.
    withPrefix: db.prepare(`SELECT key, value FROM ${table} WHERE namespace = ?1 AND key = ?2 AND (expires IS NULL OR expires > ?5)
      UNION ALL SELECT key, value FROM ${table} WHERE namespace = ?1 AND key >= ?3 AND key < ?4 AND key <> ?2 AND (expires IS NULL OR expires > ?5) ORDER BY key`),
    deleteUnneeded: db.prepare(`DELETE FROM ${table} WHERE ${entry} AND NOT EXISTS
      (SELECT 1 FROM ${table} WHERE namespace = ? AND key >= ? AND key < ? AND ${live})`),
    clear: db.prepare(`DELETE FROM ${table} WHERE namespace = ?`),
    keys: db.prepare(`SELECT key FROM ${table} WHERE namespace = ? AND key >= ? AND ${live} ORDER BY key LIMIT ?`),
    rows: db.prepare(`SELECT namespace, key, value, expires FROM ${table} WHERE (namespace, key) > (?, ?) ORDER BY namespace, key LIMIT ?`),
    firstRows: db.prepare(`SELECT namespace, key, value, expires FROM ${table} ORDER BY namespace, key LIMIT ?`),
    add: db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?)`),
    removeAll: db.prepare(`DELETE FROM ${table}`),
    sweep: db.prepare(`DELETE FROM ${table} WHERE rowid IN
      (SELECT rowid FROM ${table} WHERE expires <= ? ORDER BY expires LIMIT ?)`),
  };
}

const valueIn = (row: Record<string, SQLOutputValue> | undefined): string | undefined => row && text(row['value']);

/**
 * A Keyv 6 storage adapter on one table of an SQLite file, which several processes may share.
 * Values are strings; `expires` is an absolute time in milliseconds, from which an entry is absent.
 * Keyv sets `namespace` on its adapter, so each Keyv needs a driver of its own.
 *
 * Methods reject and `sweep` throws as {@link SqliteTable} says; a value that is not a string is a TypeError; nothing is emitted.
 */
export class SqliteDriver implements StoreDriver {
  namespace: string | undefined;
  /** A file in WAL mode has all its processes on one machine, whose uptime is one clock for them. */
  readonly clock = machineClock;
  readonly capabilities = keyvStorageCapability(this);
  readonly #table: SqliteTable<Statements>;

  /** @throws {TypeError} when `path` is empty or `table` is not a plain identifier. */
  constructor({ table = 'keyv', ...options }: SqliteDriverOptions) {
    // It goes into the SQL as it is.
    if (!/^[a-z_]\w*$/i.test(table)) throw new TypeError(`Not a table name: ${table}`);
    const file = 'file' in options ? options.file : new SqliteFile(options);
    this.#table = file.table(table, (db) => prepare(db, table));
  }

  /** The live value of `key`. */
  async get(key: string): Promise<string | undefined> {
    return this.#read(this.namespace, key);
  }

  async getMany(keys: string[]): Promise<Array<string | undefined>> {
    const namespace = this.namespace ?? '';
    const now = Date.now();
    return this.#table.read('read entries', (statements) => keys.map((key) => valueIn(statements.get.get(namespace, key, now))));
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

  /**
   * Stores all entries and deletes `deletedKeys` or, when it rejects, does nothing of it; nor where the live value of the
   * guard's key is not exactly what it expects (undefined: that there is none). Resolves to whether it was done.
   */
  async exchange(entries: Array<KeyvStorageEntry<string>>, deletedKeys: readonly string[], guard?: Guard): Promise<boolean> {
    const namespace = this.namespace ?? '';
    const [only] = entries;
    // One statement is a transaction by itself.
    if (only !== undefined && entries.length + deletedKeys.length === 1) {
      if (guard === undefined) return this.set(only.key, only.value, only.expires);
      if (guard.expected === undefined && guard.key !== only.key) {
        const row = [only.key, text(only.value), deadline(only.expires), guard.key, Date.now()];
        return this.#table.write('write an entry', (statements) => statements.setWithout.run(namespace, ...row).changes > 0);
      }
    }
    return this.#table.writeTogether('write entries', (statements) => {
      const now = Date.now();
      const first = guard && entries.find(({ key }) => key === guard.key);
      if (first !== undefined) {
        // Compared and written in one statement.
        const [value, end] = [text(first.value), deadline(first.expires)];
        const isDone =
          guard?.expected === undefined
            ? statements.setIfAbsent.run(namespace, first.key, value, end, now)
            : statements.replace.run(value, end, namespace, first.key, now, guard.expected);
        if (isDone.changes === 0) return false;
      } else if (guard !== undefined && valueIn(statements.get.get(namespace, guard.key, now)) !== guard.expected) return false;
      for (const entry of entries) if (entry !== first) statements.set.run(namespace, entry.key, text(entry.value), deadline(entry.expires));
      for (const key of deletedKeys) statements.delete.run(namespace, key);
      return true;
    });
  }

  /** All that `work` does is done together or, when it throws or this rejects, nothing of it. It may be called again. */
  async transact<Result>(work: (entries: DriverTransaction) => Result): Promise<Result> {
    const namespace = this.namespace ?? '';
    return this.#table.writeTogether('write entries', (statements) => {
      const now = Date.now();
      return work({
        get: (key) => valueIn(statements.get.get(namespace, key, now)),
        set: (key, value, expires) => void statements.set.run(namespace, key, text(value), deadline(expires)),
        change: (key, value) => statements.change.run(text(value), namespace, key, now).changes > 0,
        setIfAbsent: (key, value, expires) => statements.setIfAbsent.run(namespace, key, text(value), deadline(expires), now).changes > 0,
        delete: (key) => statements.delete.run(namespace, key).changes > 0,
      });
    });
  }

  /** The value of `key`, although its time may be over. */
  async peek(key: string): Promise<string | undefined> {
    const namespace = this.namespace ?? '';
    return this.#table.read('read an entry', (statements) => valueIn(statements.peek.get(namespace, key)));
  }

  /**
   * Moves an entry to another key, in the place of what is there; it expires when it would have, or at `expires` if that is
   * earlier. Only while its value is exactly `expectedValue`, where that is given. Resolves to whether it was done.
   */
  async move(from: string, to: string, expires: number, expectedValue?: string): Promise<boolean> {
    const end = Math.ceil(expires);
    const row = [to, end, end, this.namespace ?? '', from, expectedValue ?? null];
    return this.#table.write('move an entry', (statements) => statements.move.run(...row).changes > 0);
  }

  /** The live entries of `key` and of all keys that start with `prefix` (ending in an ASCII character), as they are at one moment. */
  async withPrefix(key: string, prefix: string): Promise<Array<readonly [key: string, value: string]>> {
    const query = [this.namespace ?? '', key, prefix, endOf(prefix), Date.now()];
    const rows = await this.#table.read('read entries', (statements) => statements.withPrefix.all(...query));
    return rows.map((row) => [text(row['key']), text(row['value'])]);
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
    return this.#table.write('replace an entry', (statements) => statements.replace.run(...row).changes > 0);
  }

  /** Resolves to whether there was an entry, live or expired. */
  async delete(key: string): Promise<boolean> {
    return this.#change('delete an entry', 'delete', [key]);
  }

  /** Deletes `key` unless a live entry's key starts with `prefix`, which ends in an ASCII character; resolves to whether it did. */
  async deleteUnneeded(key: string, prefix: string): Promise<boolean> {
    const namespace = this.namespace ?? '';
    const row = [namespace, key, namespace, prefix, endOf(prefix), Date.now()];
    return this.#table.write('delete an entry', (statements) => statements.deleteUnneeded.run(...row).changes > 0);
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
      const rows = await this.#table.read('list entries', (statements) => statements.keys.all(...query));
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
    return this.#table.use('sweep expired entries', (statements) => Number(statements.sweep.run(now, limit).changes));
  }

  rowsBehind(row: Pick<DriverRow, 'namespace' | 'key'> | undefined, limit: number): Promise<DriverRow[]> {
    return this.#table.read('read entries', ({ rows, firstRows }) =>
      (row === undefined ? firstRows.all(limit) : rows.all(row.namespace, row.key, limit)).map(({ namespace, key, value, expires }) => ({
        namespace: text(namespace),
        key: text(key),
        value: text(value),
        expires: expires === null ? null : Number(expires),
      })),
    );
  }

  async addRows(rows: readonly DriverRow[]): Promise<void> {
    await this.#table.writeTogether('add entries', ({ add }) => {
      for (const { namespace, key, value, expires } of rows) add.run(namespace, key, value, expires);
    });
  }

  async removeAll(): Promise<void> {
    await this.#table.write('clear the table', ({ removeAll }) => removeAll.run());
  }

  /** Resolves when everything written before is on the disk, whatever `synchronous` says; the thread is free meanwhile. */
  flush(): Promise<void> {
    return this.#table.flush();
  }

  /** See {@link SqliteTable.hurry}. */
  hurry(ms: number): void {
    this.#table.hurry(ms);
  }

  /** See {@link SqliteTable.rewrite}. */
  rewrite(): void {
    this.#table.rewrite();
  }

  /** Closes the file, after the writes that wait for a lock; later calls reject. */
  async disconnect(): Promise<void> {
    await this.#table.close();
  }

  async #read(namespace: string | undefined, key: string): Promise<string | undefined> {
    return this.#table.read('read an entry', (statements) => valueIn(statements.get.get(namespace ?? '', key, Date.now())));
  }

  #change(task: string, kind: 'set' | 'setIfAbsent' | 'delete' | 'clear', row: Row): Promise<boolean> {
    return this.#table.write(task, (statements) => statements[kind].run(this.namespace ?? '', ...row).changes > 0);
  }

  #changeAll(task: string, kind: 'set' | 'setIfAbsent' | 'delete', rows: Row[]): Promise<boolean[]> {
    const namespace = this.namespace ?? '';
    return this.#table.writeTogether(task, (statements) => rows.map((row) => statements[kind].run(namespace, ...row).changes > 0));
  }
}
