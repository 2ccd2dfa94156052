import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MEMORY, REWRITTEN_BYTES, identify, openSqliteFile } from './open-sqlite-file.ts';
import { rewriteFile } from './rewrite-file.ts';
import { causeOf, isBusy, isFull } from './sqlite-errors.ts';
import type { FileHandle } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import type { SqliteHandle } from './open-sqlite-file.ts';

export interface SqliteFileOptions {
  /** Database file, created with its directory when missing; `:memory:` keeps everything in RAM. */
  readonly path: string;
  /** How long a call is tried while another process has the lock (5000 milliseconds); the thread is free meanwhile. */
  readonly busyTimeoutMs?: number | undefined;
  /**
   * What a resolved write survives: always the death of the process, and the file stays consistent.
   * `NORMAL` (the default) may lose the last writes in a power cut: right for a history, where that
   * is one reply. `FULL` flushes the disk at every write: right for a ledger of accepted work.
   */
  readonly synchronous?: 'NORMAL' | 'FULL' | undefined;
  /** Hears of each call that failed for another reason than a lock. */
  readonly onFailure?: ((error: Error) => void) | undefined;
  /** Hears how long each call took, in milliseconds, what it waited for a lock among it. Never throws. */
  readonly onUsed?: OnStoreUsed | undefined;
}

export type OnStoreUsed = (does: 'read' | 'write', tookMs: number) => void;

/**
 * One table of a file. Methods reject (`use` throws) with an Error that names the task, the table and the file, its `cause`
 * being the error of SQLite or the file system.
 */
export interface SqliteTable<Statements> {
  read<T>(task: string, work: (statements: Statements) => T): Promise<T>;
  write<T>(task: string, work: (statements: Statements) => T): Promise<T>;
  /** All of `work` is done or, when it rejects, nothing of it. */
  writeTogether<T>(task: string, work: (statements: Statements) => T): Promise<T>;
  /** At once, once. */
  use<T>(task: string, work: (statements: Statements) => T): T;
  /**
   * Resolves when everything written before is on the disk, whatever `synchronous` says; the thread is free meanwhile. What
   * was written is in the log, or was flushed with the database when it was copied there.
   */
  flush(): Promise<void>;
  /** From now on nothing waits for a lock for longer than so many milliseconds, all calls together. */
  hurry(ms: number): void;
  /**
   * Has the file written anew when it is quiet, if that takes no longer than a moment: what SQLite deletes it overwrites, but not
   * what it moved before from one page to another.
   */
  rewrite(): void;
  /** Takes no calls any more, after the writes that wait for a lock. The file is closed with its last table. */
  close(): Promise<void>;
}

/** Who uses the file. */
interface User {
  readonly table: string;
  isGone: boolean;
}

type Work<T> = (handle: SqliteHandle) => T;

const RETRY_MS = 25;

/** Milliseconds without a write after which the log is emptied, and the longest time until then while writes go on. */
const QUIET_MS = 2_000;
const LONGEST_UNREST_MS = 60_000;

const REWRITE_ATTEMPTS = 5;

/**
 * One SQLite file, which several processes may share. The first call opens it. All tables of a process should share one of
 * these: SQLite forgets the pages that it holds whenever another connection has written. A call after a failure works again
 * once the reason is gone, on a reopened file if need be. A broken file is never deleted or replaced.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  readonly #synchronous: string;
  readonly #onFailure: (error: Error) => void;
  readonly #onUsed: OnStoreUsed | undefined;
  #openTables = 0;
  #handle: SqliteHandle | undefined;
  /** Resolves when all writes that wait for the lock are done with. */
  #waiting: Promise<void> | undefined;
  #log: Promise<FileHandle> | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #nextFlush: Promise<void> | undefined;
  #emptying: NodeJS.Timeout | undefined;
  #wroteAt = 0;
  #rewritesToTry = 0;
  #rewriting: Promise<boolean> | undefined;
  #patientUntil = Number.POSITIVE_INFINITY;

  /** @throws {TypeError} when `path` is empty */
  constructor({ path, busyTimeoutMs = 5000, synchronous = 'NORMAL', onFailure = () => undefined, onUsed }: SqliteFileOptions) {
    // SQLite takes an empty path for a temporary file.
    if (path === '') throw new TypeError('SqliteFile needs a path');
    this.#path = path === MEMORY ? path : resolve(path);
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#synchronous = synchronous;
    this.#onFailure = onFailure;
    this.#onUsed = onUsed;
  }

  /** @param prepare makes the table where there is none; called with each newly opened database */
  table<Statements>(name: string, prepare: (db: DatabaseSync) => Statements): SqliteTable<Statements> {
    let prepared: { readonly db: DatabaseSync; readonly statements: Statements } | undefined;
    const user: User = { table: name, isGone: false };
    this.#openTables += 1;

    const statementsFor = ({ db }: SqliteHandle): Statements => {
      if (prepared?.db !== db) prepared = { db, statements: prepare(db) };
      return prepared.statements;
    };
    const alone =
      <T>(work: (statements: Statements) => T): Work<T> =>
      (handle) =>
        work(statementsFor(handle));
    const together =
      <T>(work: (statements: Statements) => T): Work<T> =>
      (handle) => {
        const statements = statementsFor(handle);
        handle.begin.run();
        try {
          const result = work(statements);
          handle.commit.run();
          return result;
        } catch (error) {
          if (handle.db.isTransaction) handle.db.exec('ROLLBACK');
          throw error;
        }
      };
    return {
      read: (task, work) => this.#timed('read', alone(work), (timed) => this.#patiently(user, task, timed)),
      write: (task, work) => this.#timed('write', this.#written(alone(work)), (timed) => this.#write(user, task, timed)),
      writeTogether: (task, work) => this.#timed('write', this.#written(together(work)), (timed) => this.#write(user, task, timed)),
      use: (task, work) => this.#use(user, task, this.#written(alone(work))),
      flush: () => this.#flush(),
      hurry: (ms) => {
        this.#patientUntil = performance.now() + ms;
      },
      rewrite: () => {
        this.#rewritesToTry = REWRITE_ATTEMPTS;
        if (this.#path !== MEMORY) this.#emptying ??= this.#emptyLater(performance.now());
      },
      close: async () => {
        await (this.#nextFlush ?? this.#flushing).catch(() => undefined);
        await this.#waiting;
        await this.#rewriting;
        if (user.isGone) return;
        user.isGone = true;
        this.#openTables -= 1;
        if (this.#openTables === 0) this.#close();
      },
    };
  }

  #timed<T>(does: 'read' | 'write', work: Work<T>, call: (work: Work<T>) => Promise<T>): Promise<T> {
    const onUsed = this.#onUsed;
    if (onUsed === undefined) return call(work);
    const startedAt = performance.now();
    const told = (): void => onUsed(does, performance.now() - startedAt);
    let isDone = false;
    const calling = call((handle) => {
      const result = work(handle);
      isDone = true;
      return result;
    });
    // Mostly nobody else has it locked, and it is over by now: to wait for the promise would cost more than all that is counted.
    if (isDone) told();
    else calling.then(told, told);
    return calling;
  }

  /** Deleted texts are gone from the database at once, but stay in the log until it is emptied. */
  #written<T>(work: Work<T>): Work<T> {
    return (handle) => {
      const result = work(handle);
      if (this.#path !== MEMORY) {
        this.#wroteAt = performance.now();
        this.#emptying ??= this.#emptyLater(this.#wroteAt);
      }
      return result;
    };
  }

  #emptyLater(since: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const now = performance.now();
      if (now - this.#wroteAt < QUIET_MS && now - since < LONGEST_UNREST_MS) this.#emptying = this.#emptyLater(since);
      else void this.#empty(timer, since);
    }, QUIET_MS).unref();
    return timer;
  }

  /** Afterwards nothing is left of what was deleted. */
  async #empty(timer: NodeJS.Timeout, since: number): Promise<void> {
    if (this.#rewritesToTry > 0) {
      const before = this.#rewritesToTry;
      this.#rewritesToTry = 0;
      if (this.#isRewritable() && !(await (this.#rewriting = rewriteFile(this.#path)))) this.#rewritesToTry ||= before - 1;
    }
    // It may have been closed meanwhile.
    if (this.#emptying === timer) this.#emptying = this.#emptyLog() && this.#rewritesToTry === 0 ? undefined : this.#emptyLater(since);
  }

  /** Not a large file, nor another one that has taken its place. */
  #isRewritable(): boolean {
    try {
      return identify(this.#path) === this.#handle?.identity && statSync(this.#path).size <= REWRITTEN_BYTES;
    } catch {
      return false;
    }
  }

  /** False where somebody else was in the way. */
  #emptyLog(): boolean {
    try {
      return this.#handle?.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] !== 1;
    } catch (error) {
      // What is wrong with the file, the next call tells.
      return !isBusy(error);
    }
  }

  #flush(): Promise<void> {
    const run = async (): Promise<void> => {
      // The one that is under way may have begun before the last write; whoever asks meanwhile shares the next.
      await this.#flushing.catch(() => undefined);
      this.#nextFlush = undefined;
      this.#flushing = this.#flushLog();
      await this.#flushing;
    };
    return (this.#nextFlush ??= run());
  }

  async #flushLog(): Promise<void> {
    if (this.#path === MEMORY) return;
    try {
      // It stays the same file for as long as the database is open; to open and to close it takes longer than to flush it.
      await (await (this.#log ??= open(`${this.#path}-wal`, 'r+'))).datasync();
    } catch (cause) {
      this.#closeLog();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Could not flush the log of ${this.#path}: ${reason}`, { cause });
    }
  }

  /** While somebody else has the lock, writes wait in their order: no older value overtakes a newer one. */
  async #write<T>(user: User, task: string, work: Work<T>): Promise<T> {
    const before = this.#waiting;
    if (before === undefined) {
      try {
        return this.#use(user, task, work);
      } catch (error) {
        if (!isBusy(causeOf(error))) throw error;
      }
    }
    const turn = this.#patiently(user, task, work, before ?? sleep(RETRY_MS));
    const done = turn.then(() => undefined, () => undefined);
    this.#waiting = done;
    void done.then(() => {
      if (this.#waiting === done) this.#waiting = undefined;
    });
    return turn;
  }

  /** Tries until nobody else has the lock, or the patience is at its end. The thread is free between two attempts. */
  async #patiently<T>(user: User, task: string, work: Work<T>, first?: Promise<void>): Promise<T> {
    const giveUpAt = performance.now() + this.#busyTimeoutMs;
    if (first !== undefined) await first;
    for (;;) {
      try {
        return this.#use(user, task, work);
      } catch (error) {
        if (!isBusy(causeOf(error)) || performance.now() >= Math.min(giveUpAt, this.#patientUntil)) throw error;
      }
      await sleep(RETRY_MS);
    }
  }

  #use<T>(user: User, task: string, work: Work<T>): T {
    const path = this.#path;
    let step = 'open the database';
    try {
      if (user.isGone) throw new Error('the driver was disconnected');
      this.#handle ??= openSqliteFile(path, this.#synchronous);
      step = task;
      // SQLite goes on writing to a file that was deleted: whatever it wrote would be gone for good.
      if (identify(path) !== this.#handle.identity) throw new Error('the file was replaced while in use');
      return work(this.#handle);
    } catch (cause) {
      // A fresh handle mends whatever can be mended, but would empty a database that is in memory; and on a full disk none can be opened.
      if (path !== MEMORY && !isBusy(cause) && !isFull(cause)) this.#close();
      const reason = cause instanceof Error ? cause.message : String(cause);
      const error = new Error(`Could not ${step} (table ${user.table} of ${path}): ${reason}`, { cause });
      if (!isBusy(cause) && !user.isGone) this.#onFailure(error);
      throw error;
    }
  }

  /** What is being flushed comes to its end before. */
  #closeLog(): void {
    const log = this.#log;
    this.#log = undefined;
    log?.then((file) => file.close()).catch(() => undefined);
  }

  #close(): void {
    this.#closeLog();
    clearTimeout(this.#emptying);
    this.#emptying = undefined;
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle?.db.isOpen) handle.db.close();
  }
}
