import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NewerStoreError } from './newer-store.ts';

/** A path that keeps everything in RAM. */
export const MEMORY = ':memory:';

/** What one attempt may block the thread for, in milliseconds: heartbeats and answers stand still as long. */
const BLOCK_MS = 5;

/** What a file says of its own form, in `PRAGMA user_version`: 0 where nothing was said yet. */
const FORM = 1;

/** Larger files are not written anew for what was deleted in them: nobody can write meanwhile, some milliseconds for each MiB. */
export const REWRITTEN_BYTES = 32 * 1024 * 1024;

/** Names the file itself rather than its path, to notice that another file has taken its place. */
export function identify(path: string): string {
  if (path === MEMORY) return MEMORY;
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

/** Somebody else may make it at the same time. */
function unlessThere(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Not `recursive`: where nothing can be made, as below /proc, that never returns. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  unlessThere(() => mkdirSync(path, { mode: 0o700 }));
}

/** Creates the file readable by its owner alone; SQLite gives its -wal and -shm the same mode. */
function createFile(path: string): void {
  makeDirectory(dirname(path));
  // 'wx' never opens what exists: closing a second descriptor of a database in use would drop
  // the POSIX locks that this process's other connections hold on it.
  unlessThere(() => closeSync(openSync(path, 'wx', 0o600)));
}

const pragma = (db: DatabaseSync, name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);

/** @throws {NewerStoreError} */
function checkForm(db: DatabaseSync): void {
  const form = pragma(db, 'user_version');
  if (form > FORM) throw new NewerStoreError(`a newer version of Parley has written to this store (form ${form}; this one knows ${FORM})`);
  if (form === FORM) return;
  try {
    // Until form 1, deleted texts stayed where they were.
    const bytes = pragma(db, 'page_count') * pragma(db, 'page_size');
    if (bytes > 0 && bytes <= REWRITTEN_BYTES) db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
    db.exec(`PRAGMA user_version = ${FORM}`);
  } catch {
    // Somebody else has the lock, or the disk is read-only: whoever opens it next says it.
  }
}

/** Opens a database, and makes its file where there is none. @throws {NewerStoreError} */
export function openSqliteFile(path: string, synchronous: string) {
  if (path !== MEMORY) createFile(path);
  const db = new DatabaseSync(path, { timeout: BLOCK_MS });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON');
    checkForm(db);
    // The log is copied into the database every 1000 pages (4 MB), and cut to 8 MB if it grew.
    db.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 8388608`);
    return { db, identity: identify(path), begin: db.prepare('BEGIN IMMEDIATE'), commit: db.prepare('COMMIT') };
  } catch (error) {
    db.close();
    throw error;
  }
}

export type SqliteHandle = ReturnType<typeof openSqliteFile>;
