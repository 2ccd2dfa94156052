import { setTimeout as sleep } from 'node:timers/promises';
import { postgresAddress } from './postgres-address.ts';
import { OldServerError, bringToForm } from './postgres-form.ts';
import { NewerStoreError } from './newer-store.ts';
import { shownStore } from './store-address.ts';
import type { OnStoreUsed } from './sqlite-file.ts';
import type { Pool, PoolClient, QueryResultRow } from 'pg';

export interface PostgresDatabaseOptions {
  /** `postgres://…`, as in `STORE_URL`. */
  readonly url: string;
  /** How long a call is tried while the database is away, in milliseconds. */
  readonly patienceMs?: number | undefined;
  /** Hears of each call that failed. */
  readonly onFailure?: ((error: Error) => void) | undefined;
  /** Hears how long each call took, in milliseconds. Never throws. */
  readonly onUsed?: OnStoreUsed | undefined;
}

/** What a call asks of the database; values as its placeholders take them. */
export interface PostgresQuery {
  readonly text: string;
  readonly values: unknown[];
  /** Whether it may be made again where nobody knows whether it was done. */
  readonly isRepeatable: boolean;
}

/** Connections of a process: each takes a server's process, and they are only ever busy for a moment. */
const CONNECTIONS = 4;
const RETRY_MS = 50;
const LONGEST_RETRY_MS = 500;
/** What one attempt may take, in milliseconds: the largest files take some hundred. */
const ATTEMPT_MS = 15_000;
const SHORTEST_ATTEMPT_MS = 100;

/**
 * Errors that pass by themselves, after which nothing was done: serialization failures and deadlocks, the server going down
 * or coming up, no connection left.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const PASSING = new Set(['40001', '40P01', '57P01', '57P02', '57P03', '53300']);

export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && 'severity' in error && typeof error.code === 'string' ? error.code : undefined;

/** The application's side of one PostgreSQL database, which any number of processes and machines share. The first call connects. */
export class PostgresDatabase {
  readonly #url: string;
  readonly #patienceMs: number;
  readonly #onFailure: (error: Error) => void;
  readonly #onUsed: OnStoreUsed | undefined;
  #openTables = 0;
  #pool: Promise<Pool> | undefined;
  #isInForm: Promise<void> | undefined;
  #isClosed = false;
  #patientUntil = Number.POSITIVE_INFINITY;
  /** Gives up what is under way: nothing else ends what is not answered. */
  readonly #underWay = new Set<() => void>();

  constructor({ url, patienceMs = 5_000, onFailure = () => undefined, onUsed }: PostgresDatabaseOptions) {
    this.#url = url;
    this.#patienceMs = patienceMs;
    this.#onFailure = onFailure;
    this.#onUsed = onUsed;
  }

  /** Counts who uses it: the connections are closed with the last one. */
  use(): void {
    this.#openTables += 1;
  }

  /** From now on nothing waits for longer than so many milliseconds, all calls together, those that are under way among them. */
  hurry(ms: number): void {
    this.#patientUntil = performance.now() + ms;
    setTimeout(() => {
      for (const giveUp of this.#underWay) giveUp();
    }, ms).unref();
  }

  /**
   * Makes a query, again and again while the database is away, until the patience is at its end. Rejects with an Error that names
   * the task, the table and the place; its `cause` is what the database or the connection said.
   */
  async query<Row extends QueryResultRow>(table: string, task: string, query: PostgresQuery): Promise<Row[]> {
    const startedAt = performance.now();
    const giveUpAt = startedAt + this.#patienceMs;
    try {
      for (let waitMs = RETRY_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_RETRY_MS)) {
        try {
          return await this.#attempt<Row>(query);
        } catch (error) {
          const { cause, isPassing } = error as Attempted;
          const isLate = performance.now() + waitMs >= Math.min(giveUpAt, this.#patientUntil);
          if (!isPassing || isLate || this.#isClosed) throw this.failure(table, task, cause);
        }
        await sleep(waitMs);
      }
    } finally {
      this.#onUsed?.(task.startsWith('read') ? 'read' : 'write', performance.now() - startedAt);
    }
  }

  async close(): Promise<void> {
    this.#openTables -= 1;
    if (this.#openTables > 0) return;
    this.#isClosed = true;
    const pool = await this.#pool?.catch(() => undefined);
    const ended = pool?.end();
    await (this.#isHurried ? Promise.race([ended, sleep(this.#leftMs(), undefined, { ref: false })]) : ended);
  }

  get #isHurried(): boolean {
    return this.#patientUntil !== Number.POSITIVE_INFINITY;
  }

  /** What one attempt may take, in milliseconds; whoever is in a hurry asks a database that is well all the same. */
  #leftMs(): number {
    return Math.max(SHORTEST_ATTEMPT_MS, Math.min(ATTEMPT_MS, this.#patientUntil - performance.now()));
  }

  /** What went wrong, as whoever asked for it hears of it. */
  failure(table: string, task: string, cause: unknown): Error {
    const error = new Error(`Could not ${task} (table ${table} of ${shownStore(this.#url)}): ${reasonOf(cause)}`, { cause });
    if (!this.#isClosed) this.#onFailure(error);
    return error;
  }

  /** @throws {Attempted} */
  async #attempt<Row extends QueryResultRow>(query: PostgresQuery): Promise<Row[]> {
    if (this.#isClosed) throw new Attempted(new Error('the driver was disconnected'), false);
    const { promise: late, reject } = Promise.withResolvers<never>();
    let giveUp = (): void => reject(new Error('the database did not answer in time'));
    const giveUpNow = (): void => giveUp();
    this.#underWay.add(giveUpNow);
    const timer = this.#isHurried ? setTimeout(giveUpNow, this.#leftMs()) : undefined;
    try {
      const client = await this.#connect(late);
      let isOver = false;
      const release = (isLost: boolean): void => {
        if (isOver) return;
        isOver = true;
        client.release(isLost);
      };
      giveUp = () => release(true);
      return await this.#ask<Row>(client, query, release);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(giveUpNow);
    }
  }

  /** @param late rejects when it has taken too long. @throws {Attempted} */
  async #connect(late: Promise<never>): Promise<PoolClient> {
    let connecting: Promise<PoolClient> | undefined;
    try {
      connecting = (await Promise.race([(this.#pool ??= this.#open()), late])).connect();
      return await Promise.race([connecting, late]);
    } catch (error) {
      // It may come yet.
      void connecting?.then((client) => client.release(), () => undefined);
      throw new Attempted(error, sqlState(error) === undefined ? !isLasting(error) : PASSING.has(sqlState(error) ?? ''));
    }
  }

  /** @throws {Attempted} */
  async #ask<Row extends QueryResultRow>(client: PoolClient, { text, values, isRepeatable }: PostgresQuery, release: (isLost: boolean) => void): Promise<Row[]> {
    try {
      await (this.#isInForm ??= bringToForm(client));
    } catch (error) {
      this.#isInForm = undefined;
      release(true);
      throw new Attempted(error, !(error instanceof NewerStoreError) && !(error instanceof OldServerError) && (sqlState(error) === undefined || PASSING.has(sqlState(error) ?? '')));
    }
    try {
      // `query_timeout` is the client's own; a server's `statement_timeout` a pooler may refuse.
      const { rows } = await client.query<Row>({ text, values, query_timeout: this.#leftMs() } as { text: string; values: unknown[] });
      release(false);
      return rows;
    } catch (error) {
      const state = sqlState(error);
      // A connection that said nothing may have done what it was told.
      release(state === undefined || state.startsWith('57P'));
      throw new Attempted(error, state === undefined ? isRepeatable : PASSING.has(state));
    }
  }

  async #open(): Promise<Pool> {
    const address = postgresAddress(this.#url);
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({ ...address, max: CONNECTIONS, connectionTimeoutMillis: this.#patienceMs, keepAlive: true, allowExitOnIdle: true, application_name: 'parley' });
    // A connection that is lost while nobody uses it: the next call makes another.
    pool.on('error', () => undefined);
    // While somebody does, whoever asked hears of it; the connection says so all the same, and would end the process.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }
}

/** What became of one attempt. */
class Attempted extends Error {
  readonly isPassing: boolean;

  constructor(cause: unknown, isPassing: boolean) {
    super('', { cause });
    this.isPassing = isPassing;
  }
}

/** What an address or a certificate says that no waiting mends. */
const LASTING = new Set(['EACCES', 'ENOENT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED']);

export const isLasting = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (error.name === 'BadAddressError' || /SSL|SASL|password/u.test(error.message)) return true;
  return 'code' in error && LASTING.has(String(error.code));
};

/** Of several addresses that were tried, an AggregateError says nothing by itself. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};
