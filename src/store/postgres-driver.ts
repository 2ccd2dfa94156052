import { keyvStorageCapability } from 'keyv';
import { NOW, PREFIX, TABLES } from './postgres-form.ts';
import { deadline, endOf, textOf } from './store-driver.ts';
import { createGatheredReads } from './gathered-reads.ts';
import { createWriteOrder } from './write-order.ts';
import { createDraft, createGuesses } from './transaction-draft.ts';
import type { KeyvStorageEntry } from 'keyv';
import type { PostgresDatabase } from './postgres-database.ts';
import type { DriverRow, DriverTransaction, Guard, StoreDriver } from './store-driver.ts';
import type { Exchange } from './transaction-draft.ts';

export interface PostgresDriverOptions {
  readonly database: PostgresDatabase;
  /** One of the store's tables (`keyv`): drivers of different tables share a database. */
  readonly table?: string | undefined;
}

/** Entries that are listed in one message. */
const PAGE_ENTRIES = 64;
/** Milliseconds from now on; null: for ever. */
const fromNow = (expires: number | undefined): number | null => {
  const at = deadline(expires);
  return at === null ? null : at - Date.now();
};

const keysOf = ({ seen, set, changed, deleted }: Exchange): readonly string[] => [...seen.keys(), ...set.keys(), ...changed.keys(), ...deleted];

/** PostgreSQL keeps no such character in a text. */
const stored = (value: unknown): string => {
  const text = textOf(value);
  if (text.includes('\0')) throw new TypeError('PostgreSQL keeps no text with a NUL character');
  return text;
};

/**
 * A Keyv 6 storage adapter on one table of a PostgreSQL database, as {@link StoreDriver} says. Deadlines are counted by the
 * database's clock. Keys are at most some 2,000 bytes long; neither they nor values hold the character NUL.
 */
export class PostgresDriver implements StoreDriver {
  namespace: string | undefined;
  readonly capabilities = keyvStorageCapability(this);
  readonly clock;
  readonly #database: PostgresDatabase;
  readonly #name: string;
  readonly #table: string;
  readonly #live = `(expires IS NULL OR expires > ${NOW})`;
  readonly #order = createWriteOrder();
  readonly #guesses = createGuesses();
  readonly #reads = createGatheredReads((keys) => this.#valuesOf(keys));
  #isOpen = true;

  /** @throws {TypeError} when the store has no such table. */
  constructor({ database, table = 'keyv' }: PostgresDriverOptions) {
    if (!TABLES.some((known) => known === table)) throw new TypeError(`Not a table of the store: ${table}`);
    this.#database = database;
    this.#name = table;
    this.#table = `${PREFIX}${table}`;
    this.clock = { id: 'database', now: async () => Number((await this.#read('ask for the time', `SELECT ${NOW} AS now`, []))[0]?.['now']) };
    database.use();
  }

  async get(key: string): Promise<string | undefined> {
    await this.#order.before([key]);
    return this.#reads(key);
  }

  async getMany(keys: string[]): Promise<Array<string | undefined>> {
    await this.#order.before(keys);
    const found = await this.#valuesOf(keys);
    return keys.map((key) => found.get(key));
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return (await this.getMany(keys)).map((value) => value !== undefined);
  }

  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    const row = [this.#ns, key, stored(value), fromNow(expires)];
    await this.#write([key], 'write an entry', `SELECT ${this.#table}_set($1, $2, $3, $4)`, row, true);
    return true;
  }

  async setMany<Value>(entries: Array<KeyvStorageEntry<Value>>): Promise<boolean[]> {
    await this.exchange(entries.map((entry) => ({ ...entry, value: stored(entry.value) })), []);
    return entries.map(() => true);
  }

  async exchange(entries: Array<KeyvStorageEntry<string>>, deletedKeys: readonly string[], guard?: Guard): Promise<boolean> {
    const [only] = entries;
    if (only !== undefined && entries.length + deletedKeys.length === 1 && guard === undefined) return this.set(only.key, only.value, only.expires);
    const exchange: Exchange = {
      seen: new Map(guard === undefined ? [] : [[guard.key, guard.expected]]),
      set: new Map(entries.map(({ key, value, expires }) => [key, { value: stored(value), ms: fromNow(expires) }])),
      changed: new Map(),
      deleted: new Set(deletedKeys),
    };
    const keys = [...exchange.set.keys(), ...deletedKeys, ...exchange.seen.keys()];
    return this.#order.write(keys, async () => (await this.#exchange('write entries', exchange, guard === undefined)).length === 0);
  }

  /**
   * What `work` looks at is taken for what this process saw there last in a transaction, or for absent, until the database has said something
   * else; then it is called again with that.
   */
  transact<Result>(work: (entries: DriverTransaction) => Result): Promise<Result> {
    const known = new Map<string, string | undefined>();
    const draft = () => {
      const { entries, exchange } = createDraft((key) => (known.has(key) ? known.get(key) : this.#guesses.of(key)), stored, fromNow);
      try {
        return { result: work(entries), exchange };
      } catch (error) {
        return { thrown: error, exchange: { seen: exchange.seen, set: new Map(), changed: new Map(), deleted: new Set<string>() } };
      }
    };
    let first: ReturnType<typeof draft> | undefined = draft();
    const carryOut = async (about: (keys: readonly string[]) => Promise<unknown> | undefined): Promise<Result> => {
      for (;;) {
        const drafted = first ?? draft();
        first = undefined;
        await about(keysOf(drafted.exchange));
        const others = await this.#exchange('write entries', drafted.exchange, 'thrown' in drafted);
        if (others.length === 0) {
          this.#guesses.learn(drafted.exchange);
          if ('thrown' in drafted) throw this.#database.failure(this.#name, 'write entries', drafted.thrown);
          return drafted.result as Result;
        }
        for (const { key, value } of others) known.set(key, value ?? undefined);
      }
    };
    const done = this.#order.writeMore(keysOf(first.exchange), carryOut);
    // What waits for others begins anew behind them, with what they have left.
    first = undefined;
    return done;
  }

  async peek(key: string): Promise<string | undefined> {
    await this.#order.before([key]);
    return (await this.#read('read an entry', `SELECT value FROM ${this.#table} WHERE namespace = $1 AND key = $2`, [this.#ns, key]))[0]?.['value'];
  }

  async move(from: string, to: string, expires: number, expectedValue?: string): Promise<boolean> {
    const row = [this.#ns, from, to, fromNow(expires), expectedValue ?? null];
    return this.#decide([from, to], 'move an entry', `SELECT ${this.#table}_move($1, $2, $3, $4, $5) AS done`, row);
  }

  async withPrefix(key: string, prefix: string): Promise<Array<readonly [key: string, value: string]>> {
    await this.#order.before(undefined);
    const where = `namespace = $1 AND (key = $2 OR (key >= $3 AND key < $4)) AND ${this.#live} ORDER BY key`;
    const rows = await this.#read('read entries', `SELECT key, value FROM ${this.#table} WHERE ${where}`, [this.#ns, key, prefix, endOf(prefix)]);
    return rows.map((row) => [row['key'] ?? '', row['value'] ?? '']);
  }

  async setIfAbsent(key: string, value: string, expires?: number): Promise<boolean> {
    const row = [this.#ns, key, stored(value), fromNow(expires)];
    return this.#decide([key], 'claim an entry', `SELECT ${this.#table}_set_if_absent($1, $2, $3, $4) AS done`, row);
  }

  async setManyIfAbsent(entries: Array<KeyvStorageEntry<string>>): Promise<boolean[]> {
    return this.transact((transaction) => entries.map(({ key, value, expires }) => transaction.setIfAbsent(key, value, expires ?? Number.POSITIVE_INFINITY)));
  }

  async replace(key: string, expectedValue: string, newValue: string, expires?: number): Promise<boolean> {
    const row = [this.#ns, key, expectedValue, stored(newValue), fromNow(expires)];
    return this.#decide([key], 'replace an entry', `SELECT ${this.#table}_replace($1, $2, $3, $4, $5) AS done`, row);
  }

  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key]))[0] === true;
  }

  async deleteUnneeded(key: string, prefix: string): Promise<boolean> {
    const row = [this.#ns, key, prefix, endOf(prefix)];
    return this.#decide(undefined, 'delete an entry', `SELECT ${this.#table}_delete_unneeded($1, $2, $3, $4) AS done`, row);
  }

  async deleteMany(keys: string[]): Promise<boolean[]> {
    const rows = await this.#write(keys, 'delete entries', `SELECT ${this.#table}_delete($1, $2) AS key`, [this.#ns, keys], false);
    const deleted = new Set(rows.map(({ key }) => key));
    return keys.map((key) => deleted.delete(key));
  }

  async clear(): Promise<void> {
    await this.#write(undefined, 'clear the namespace', `SELECT ${this.#table}_clear($1)`, [this.#ns], true);
  }

  iterator(): AsyncGenerator<[key: string, value: string], void> {
    return this.entriesWithPrefix('');
  }

  async *entriesWithPrefix(prefix: string): AsyncGenerator<[key: string, value: string], void> {
    const ns = this.#ns;
    await this.#order.before(undefined);
    for (let [from, comparison, isFull] = [prefix, '>=', true]; isFull; comparison = '>') {
      const where = `namespace = $1 AND key ${comparison} $2 AND starts_with(key, $3) AND ${this.#live} ORDER BY key LIMIT ${PAGE_ENTRIES}`;
      const rows = await this.#read('list entries', `SELECT key FROM ${this.#table} WHERE ${where}`, [ns, from, prefix]);
      const keys = rows.map((row) => row['key'] ?? '');
      for (const key of keys) {
        const value = await this.get(key);
        if (value !== undefined) yield [key, value];
      }
      from = keys.at(-1) ?? '';
      isFull = keys.length === PAGE_ENTRIES;
    }
  }

  async rowsBehind(row: Pick<DriverRow, 'namespace' | 'key'> | undefined, limit: number): Promise<DriverRow[]> {
    await this.#order.before(undefined);
    const where = row === undefined ? '' : 'WHERE (namespace, key) > ($2, $3)';
    const text = `SELECT namespace, key, value, expires - ${NOW} AS ms FROM ${this.#table} ${where} ORDER BY namespace, key LIMIT $1`;
    const rows: ReadonlyArray<Record<string, string | null>> = await this.#read('read entries', text, row === undefined ? [limit] : [limit, row.namespace, row.key]);
    const now = Date.now();
    return rows.map(({ namespace, key, value, ms }) => ({ namespace: namespace ?? '', key: key ?? '', value: value ?? '', expires: typeof ms === 'string' ? now + Number(ms) : null }));
  }

  async addRows(rows: readonly DriverRow[]): Promise<void> {
    const values = [rows.map(({ namespace }) => namespace), rows.map(({ key }) => stored(key)), rows.map(({ value }) => stored(value)), rows.map(({ expires }) => fromNow(expires ?? undefined))];
    const text = `INSERT INTO ${this.#table} SELECT new.namespace, new.key, new.value, ${NOW} + new.ms FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS new(namespace, key, value, ms)`;
    await this.#write(undefined, 'add entries', text, values, false);
  }

  async removeAll(): Promise<void> {
    await this.#write(undefined, 'clear the table', `DELETE FROM ${this.#table}`, [], true);
  }

  async sweep(now = Date.now(), limit = 500): Promise<number> {
    const rows = await this.#write(undefined, 'sweep expired entries', `SELECT ${this.#table}_sweep($1, $2) AS swept`, [Math.floor(now - Date.now()), limit], true);
    return Number(rows[0]?.['swept']);
  }

  /** PostgreSQL confirms what is on the disk, unless its admin wants it otherwise. */
  async flush(): Promise<void> {
    await this.#order.before(undefined);
  }

  hurry(ms: number): void {
    this.#database.hurry(ms);
  }

  /** What is deleted goes with PostgreSQL's own vacuum. */
  rewrite(): void {}

  async disconnect(): Promise<void> {
    await this.#order.settled();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#database.close();
  }

  get #ns(): string {
    return this.namespace ?? '';
  }

  async #valuesOf(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#read('read entries', `SELECT key, value FROM ${this.#table} WHERE namespace = $1 AND key = ANY($2) AND ${this.#live}`, [this.#ns, keys]);
    return new Map(rows.map(({ key, value }) => [key ?? '', value ?? '']));
  }

  #read(task: string, text: string, values: unknown[]): Promise<Array<Record<string, string>>> {
    return this.#query(task, text, values, true);
  }

  #write(keys: readonly string[] | undefined, task: string, text: string, values: unknown[], isRepeatable: boolean): Promise<Array<Record<string, string>>> {
    return this.#order.write(keys, () => this.#query(task, text, values, isRepeatable));
  }

  async #decide(keys: readonly string[] | undefined, task: string, text: string, values: unknown[]): Promise<boolean> {
    const rows = await this.#write(keys, task, text, values, false);
    return (rows[0] as { readonly done?: unknown } | undefined)?.done === true;
  }

  /** What was not as it was seen, and what is there; then nothing was done. */
  async #exchange(task: string, { seen, set, changed, deleted }: Exchange, isRepeatable: boolean): Promise<Array<{ readonly key: string; readonly value: string | null }>> {
    const sets = [...set.values()];
    const values = [
      this.#ns,
      [...seen.keys()],
      [...seen.values()].map((value) => value ?? null),
      [...set.keys()],
      sets.map(({ value }) => value),
      sets.map(({ ms }) => ms),
      [...changed.keys()],
      [...changed.values()],
      [...deleted],
    ];
    const rows = await this.#query(task, `SELECT key, value FROM ${this.#table}_exchange($1, $2, $3, $4, $5, $6, $7, $8, $9)`, values, isRepeatable);
    return rows as unknown as Array<{ key: string; value: string | null }>;
  }

  #query(task: string, text: string, values: unknown[], isRepeatable: boolean): Promise<Array<Record<string, string>>> {
    if (!this.#isOpen) return Promise.reject(new Error(`Could not ${task} (table ${this.#name}): the driver was disconnected`, { cause: new Error('the driver was disconnected') }));
    return this.#database.query(this.#name, task, { text, values, isRepeatable });
  }
}
