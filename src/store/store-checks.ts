import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { openStore } from './open-store.ts';
import type { CheckGroup, Finding } from '../finding.ts';

const PROBE_MS = 60_000;
const MIB = 1024 * 1024;
/** Free space below which the disk will soon be full. */
const LITTLE_BYTES = 500 * MIB;
const TOO_LITTLE_BYTES = 20 * MIB;

const FILE = /^sqlite:\/\/(.+)$/u;

/** A store's address may hold a password. */
const withoutPassword = (url: string): string => url.replace(/\/\/[^/@]*@/u, '//…@');

const reasonOf = (error: unknown): string => (error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : String(error));

/** Looks at the store: that a record is kept and given back, and that there is room for more. */
export const createStoreChecks = (url: string): CheckGroup => {
  const checkRecord = async (): Promise<readonly Finding[]> => {
    const check = 'store.record';
    const key = `probe:${randomUUID()}`;
    try {
      const store = openStore(url);
      try {
        await store.set(key, key, PROBE_MS);
        if ((await store.get(key)) !== key) throw new Error('what was written did not come back');
        await store.delete(key);
      } finally {
        await store.close();
      }
    } catch (error) {
      const cure = 'Check STORE_URL, that its folder is there and belongs to the user Parley runs as, and that the disk is not full.';
      return [{ check, state: 'bad', says: `The store ${withoutPassword(url)} does not work (${reasonOf(error)}).`, cure }];
    }
    if (url === 'memory://') return [{ check, state: 'good', says: 'The store is in memory: whatever is remembered ends with the process.' }];
    return [{ check, state: 'good', says: `The store ${withoutPassword(url)} takes a record and gives it back.` }];
  };

  const checkSpace = async (): Promise<readonly Finding[]> => {
    const check = 'store.space';
    const path = FILE.exec(url)?.[1];
    if (path === undefined) return [];
    const { bavail, bsize } = await statfs(dirname(resolve(path)));
    const free = bavail * bsize;
    const says = `${Math.floor(free / MIB)} MiB are free where the store lies.`;
    if (free >= LITTLE_BYTES) return [{ check, state: 'good', says }];
    return [{ check, state: free < TOO_LITTLE_BYTES ? 'bad' : 'warning', says, cure: 'Make room on the disk, lower HISTORY_DAYS, or move the store with STORE_URL.' }];
  };

  return {
    id: 'store',
    title: 'Store',
    checks: [
      { id: 'store.record', about: 'the store', isForAdmins: false, run: checkRecord },
      { id: 'store.space', about: 'the free space', isForAdmins: false, run: checkSpace },
    ],
  };
};
