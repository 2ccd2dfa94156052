import { randomUUID } from 'node:crypto';
import { openStore } from './open-store.ts';
import { NEWER_STORE_CURE, NewerStoreError } from './newer-store.ts';
import { WRONG_KEY_CURE, WrongKeyError } from './sealed-driver.ts';
import { SQLITE, extendedCode, isFull, primaryCode } from './sqlite-errors.ts';
import { judgePostgresError } from './judge-postgres.ts';
import { isPostgres, shownStore, storeFile } from './store-address.ts';
import { findObstacle } from './store-obstacle.ts';
import type { Store } from './open-store.ts';
import type { StoreKeys } from './row-cipher.ts';
import type { Obstacle } from './store-obstacle.ts';

/** What became of a record that was written and read. `hopeless`: only an admin can mend it; `troubled`: it may pass by itself. */
export type StoreVerdict = { readonly is: 'fine' } | ({ readonly is: 'hopeless' | 'troubled' } & Obstacle);

const PROBE_MS = 60_000;

/** Where the disk is full, or nearly. */
export const ROOM_CURE = 'Make room on the disk, lower HISTORY_DAYS, or move the store with STORE_URL.';
const CHECK = 'Check STORE_URL, that its folder is there and belongs to the user Parley runs as, and that the disk is not full.';

/** The file was moved away while in use: the next look opens the new one. */
const READONLY_DBMOVED = 1032;

/** Errors of the file system that no waiting mends. */
const LASTING = new Set<unknown>(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'EINVAL']);

const verdictOn = (error: unknown, place: string, isDatabase: boolean): StoreVerdict => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof NewerStoreError) return { is: 'hopeless', says: `${place}: ${reason}.`, cure: NEWER_STORE_CURE };
  if (cause instanceof WrongKeyError) return { is: 'hopeless', says: `${place}: ${reason}.`, cure: WRONG_KEY_CURE };
  if (isFull(cause)) return { is: 'troubled', says: `There is no room left on the disk for the store ${place}.`, cure: ROOM_CURE };
  if (isDatabase) return judgePostgresError(cause, place);
  const primary = primaryCode(cause);
  if (primary === SQLITE.busy || primary === SQLITE.locked) {
    return { is: 'troubled', says: `Another program has locked the store ${place}.`, cure: 'End that program (a backup, a database browser), or wait until it is done.' };
  }
  if (primary === SQLITE.notADatabase) {
    return { is: 'hopeless', says: `${place} is a file of another kind, and no store of Parley.`, cure: 'Move it away, or name another file with STORE_URL.' };
  }
  if (primary === SQLITE.corrupt) {
    const cure = 'Put a backup in its place; or move it away with its -wal and -shm, and Parley begins with an empty store.';
    return { is: 'hopeless', says: `The store ${place} is damaged, and cannot be read.`, cure };
  }
  const isReadOnly = primary === SQLITE.readOnly && extendedCode(cause) !== READONLY_DBMOVED;
  const isLasting = isReadOnly || primary === SQLITE.perm || (cause instanceof Error && 'code' in cause && LASTING.has(cause.code));
  const uid = process.getuid?.();
  const whose = uid === undefined ? '' : ` for uid ${uid}, as which Parley runs`;
  return { is: isLasting ? 'hopeless' : 'troubled', says: `The store ${place} does not work${whose} (${reason}).`, cure: CHECK };
};

/** What is wrong with a store of which a call failed so. */
export const judgeStoreError = (error: unknown, url: string): StoreVerdict => verdictOn(error, storeFile(url) ?? shownStore(url), isPostgres(url));

const probe = async (store: Store, length: number): Promise<void> => {
  const key = `probe:${randomUUID()}`;
  const text = key.padEnd(length, '.');
  await store.set(key, text, PROBE_MS);
  if ((await store.get(key)) !== text) throw new Error('what was written did not come back');
  await store.delete(key);
};

/**
 * Writes a record, reads it and deletes it. Never rejects.
 * @param open the store where it is open already; it stays so
 * @param length of the record, in characters
 * @param keys what it is encrypted with, where it is not open yet
 */
export const judgeStore = async (url: string, open?: Store, length = 0, keys?: StoreKeys): Promise<StoreVerdict> => {
  const file = storeFile(url);
  const obstacle = file === undefined ? undefined : findObstacle(file);
  if (obstacle !== undefined) return { is: 'hopeless', ...obstacle };
  try {
    if (open !== undefined) await probe(open, length);
    else {
      const store = openStore(url, { keys });
      await probe(store, length).finally(() => store.close());
    }
    return { is: 'fine' };
  } catch (error) {
    return judgeStoreError(error, url);
  }
};
