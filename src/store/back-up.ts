import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { markKind } from './ledger-record.ts';
import { listenedKind, sessionKind } from './small-records.ts';
import { SQLITE, isFull, primaryCode } from './sqlite-errors.ts';
import { COMPANIONS, isPostgres, storeFile } from './store-address.ts';
import type { Stats } from 'node:fs';

/** Why there is no backup, in a sentence or two. */
export class NoBackup extends Error {
  override readonly name = 'NoBackup';
}

export interface Backup {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

/** How long somebody may have the store locked, in milliseconds. */
const PATIENCE_MS = 10_000;
const LEDGER = 'ledger';

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Undefined also where nobody may look: whoever writes there is told. */
const lookAt = (path: string): Stats | undefined => {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};

/** @throws {NoBackup} where there is nothing to copy, or no place for the copy */
const checkPlaces = (source: string, target: string): void => {
  if (statSync(source, { throwIfNoEntry: false })?.isFile() !== true) throw new NoBackup(`There is no store at ${source}. STORE_URL says where it lies.`);
  if (COMPANIONS.some((ending) => target === `${source}${ending}`)) throw new NoBackup(`${target} would be taken for a part of the store. Name another file.`);
  const there = lookAt(target);
  if (there?.isDirectory() === true) throw new NoBackup(`${target} is a folder. Name a file in it that is not there yet.`);
  if (there !== undefined) throw new NoBackup(`${target} is there already, and is left as it is. Name a file that is not there yet.`);
};

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/** Makes the file that is written to, which only its owner may read. @throws {NoBackup} */
const makeFile = (path: string): void => {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    const folder = dirname(path);
    const code = codeOf(error);
    const reasons: Readonly<Record<string, string>> = {
      EEXIST: `${path} is there: another backup is under way, or was broken off. Delete it in that case.`,
      ENOENT: isFolder(folder) ? `${folder} takes no new files (ENOENT): it is the system's own, or was deleted meanwhile. Name a file in another folder.` : `The folder ${folder} is not there. Make it first.`,
      ENOTDIR: `${folder} is not a folder.`,
      EACCES: `The user with uid ${process.geteuid?.()}, as which this runs, may not write into ${folder}.`,
      EROFS: `${folder} is on a file system that is mounted read-only.`,
    };
    throw new NoBackup(reasons[code] ?? `${path} cannot be written (${code || messageOf(error)}).`);
  }
};

/**
 * What only goes on with the very moment: questions that are being answered, which by the time of a restore have been, and how
 * far Discord was listened to. With them, whoever starts on the copy would answer a second time.
 */
const leaveOutTheMoment = (db: DatabaseSync): void => {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(LEDGER) === undefined) return;
  const forget = db.prepare(`DELETE FROM ${LEDGER} WHERE substr(key, 1, ?1) = ?2`);
  for (const { prefix } of [markKind, listenedKind(Date.now), sessionKind]) forget.run(prefix.length, prefix);
};

/** @throws {NoBackup} where the copy is damaged */
const finishCopy = (path: string): void => {
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON');
    leaveOutTheMoment(db);
    const [first] = Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {});
    if (first !== 'ok') throw new NoBackup(`The copy is damaged, and so may be the store (${String(first)}).`);
  } finally {
    db.close();
  }
};

const flush = (path: string, flags: 'r' | 'r+'): void => {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

const flushFolder = (path: string): void => {
  try {
    flush(path, 'r');
  } catch {
    // Not every system flushes folders.
  }
};

const NOT_OURS = new Set<number>([SQLITE.cantOpen, SQLITE.readOnly, SQLITE.perm]);

/** By codes alone: a message may name a path, which may hold any word. */
const sentenceFor = (error: unknown, source: string, target: string): string => {
  const message = messageOf(error);
  const code = primaryCode(error);
  if (isFull(error)) return `There is not enough room for a copy in ${dirname(target)}.`;
  if (code === SQLITE.corrupt || code === SQLITE.notADatabase) return `${source} is damaged, or no store of Parley (${message}).`;
  if (code === SQLITE.busy || code === SQLITE.locked) return `Somebody else has locked ${source}. Try again.`;
  if (NOT_OURS.has(code) || codeOf(error) === 'EACCES') return `The user with uid ${process.geteuid?.()}, as which this runs, may not read ${source}, or not write beside it. Run it as the user that Parley runs as.`;
  return `${source} cannot be copied (${message}).`;
};

const copy = (source: string, target: string): Backup => {
  const partial = `${target}.partial`;
  makeFile(partial);
  try {
    const db = new DatabaseSync(source, { readOnly: true, timeout: PATIENCE_MS });
    try {
      db.prepare('VACUUM INTO ?').run(partial);
    } finally {
      db.close();
    }
    finishCopy(partial);
    flush(partial, 'r+');
    // A rename would replace it.
    if (lookAt(target) !== undefined) throw new NoBackup(`${target} has come to be there meanwhile, and is left as it is. Name another file.`);
    renameSync(partial, target);
    flushFolder(dirname(target));
    return { path: target, bytes: statSync(target).size };
  } finally {
    for (const ending of ['', ...COMPANIONS]) rmSync(`${partial}${ending}`, { force: true });
  }
};

/**
 * Copies a store as it is at one moment, also while Parley writes to it: one file, readable by its owner alone, checked, flushed,
 * and there under its name only when it is whole.
 * @throws {NoBackup}
 * @see https://www.sqlite.org/lang_vacuum.html#vacuuminto
 */
export const backUp = (url: string, to: string): Backup => {
  const source = storeFile(url);
  if (isPostgres(url)) throw new NoBackup('The store is a PostgreSQL database (STORE_URL), which is copied by its own means: pg_dump --format=custom --table=\'parley_*\' --file=FILE DATABASE');
  if (source === undefined) throw new NoBackup('The store is in memory (STORE_URL), where there is nothing to copy.');
  const target = resolve(to);
  try {
    checkPlaces(source, target);
    return copy(source, target);
  } catch (error) {
    throw error instanceof NoBackup ? error : new NoBackup(sentenceFor(error, source, target));
  }
};
