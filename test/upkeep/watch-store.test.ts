import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createStoreWatch } from '../../src/upkeep/watch-store.ts';
import type { Log } from '../../src/log/log.ts';
import type { Store } from '../../src/store/open-store.ts';

const HOUR_MS = 3_600_000;
const write = (): void => undefined;
const log = { info: write, warn: write, error: write } as unknown as Log;
/** As SQLite says it. */
const diskIsFull = (): Error => Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });

let store: Store;
beforeEach(() => {
  vi.useFakeTimers();
  store = openStore('memory://');
});
afterEach(async () => {
  vi.useRealTimers();
  await store.close();
});

/** A store's watch, with a disk that has room for so many characters. */
const start = () => {
  const disk = { room: Infinity };
  const toOwners: string[] = [];
  let time = 0;
  const watch = createStoreWatch({
    url: 'memory://',
    store: {
      ...store,
      set: (key, text, ttlMs) => {
        if (text.length > disk.room) return Promise.reject(diskIsFull());
        return store.set(key, text, ttlMs);
      },
    },
    tellOwners: (text) => {
      toOwners.push(text);
      return Promise.resolve();
    },
    monotonicNow: () => time,
    log,
    onChange: () => undefined,
  });
  const fails = async (): Promise<void> => {
    watch.failed(diskIsFull());
    await vi.advanceTimersByTimeAsync(0);
  };
  return { watch, disk, toOwners, fails, pass: (ms: number) => (time += ms) };
};

it('takes a disk for full until there is room for more than a little', async () => {
  const { watch, disk, fails } = start();
  disk.room = 10_000;
  await fails();
  expect(watch.trouble()).toBe('store-full');
  await vi.advanceTimersByTimeAsync(600_000);
  expect(watch.trouble()).toBe('store-full');
  disk.room = Infinity;
  await vi.advanceTimersByTimeAsync(300_000);
  expect(watch.trouble()).toBeUndefined();
  watch.stop();
});

it('tells the owners once an hour, however often the disk is full', async () => {
  const { watch, toOwners, fails, pass } = start();
  for (let time = 0; time < 3; time += 1) {
    await fails();
    expect(watch.trouble()).toBe('store-full');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watch.trouble()).toBeUndefined();
  }
  expect(toOwners).toHaveLength(1);
  pass(HOUR_MS);
  await fails();
  expect(toOwners).toHaveLength(2);
  expect(toOwners[1]).toContain('There is no room left on the disk for the store memory://.');
  watch.stop();
  await fails();
  expect(toOwners).toHaveLength(2);
});
