import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ROOM_CURE, judgeStore } from './judge-store.ts';
import { shownStore, storeFile } from './store-address.ts';
import type { StoreKeys } from './row-cipher.ts';
import type { CheckGroup, Finding } from '../operations/finding.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Free space below which the disk will soon be full. */
const LITTLE_BYTES = 500 * MIB;
const TOO_LITTLE_BYTES = 20 * MIB;

/** `12 GiB`, `1.5 GiB`, `340 MiB`. */
const size = (bytes: number): string => {
  if (bytes < GIB) return `${Math.floor(bytes / MIB)} MiB`;
  return `${bytes < 10 * GIB ? Math.floor((bytes / GIB) * 10) / 10 : Math.floor(bytes / GIB)} GiB`;
};

/** Looks at the store: that a record is kept and given back, and that there is room for more. */
export const createStoreChecks = (url: string, keys?: StoreKeys): CheckGroup => {
  const checkRecord = async (): Promise<readonly Finding[]> => {
    const check = 'store.record';
    const verdict = await judgeStore(url, undefined, 0, keys);
    if (verdict.is !== 'fine') return [{ check, state: 'bad', says: verdict.says, cure: verdict.cure }];
    if (url === 'memory://') return [{ check, state: 'good', says: 'The store is in memory: whatever is remembered ends with the process.' }];
    return [{ check, state: 'good', says: `The store ${shownStore(url)} takes a record and gives it back.` }];
  };

  const checkSpace = async (): Promise<readonly Finding[]> => {
    const check = 'store.space';
    const path = storeFile(url);
    if (path === undefined) return [];
    const room = await statfs(dirname(path)).catch(() => undefined);
    // What keeps it from being looked at was told with the record.
    if (room === undefined) return [];
    const { bavail, bsize } = room;
    const free = bavail * bsize;
    const says = `Free where the store lies: ${size(free)}.`;
    if (free >= LITTLE_BYTES) return [{ check, state: 'good', says }];
    return [{ check, state: free < TOO_LITTLE_BYTES ? 'bad' : 'warning', says, cure: ROOM_CURE }];
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
