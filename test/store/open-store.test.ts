import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore, openTables } from '../../src/store/open-store.ts';

const HOUR = 3_600_000;

const open = (): ReturnType<typeof openStore> => openStore('memory://', { table: 'claims', synchronous: 'FULL' });

describe('a store', () => {
  it('lets a key be claimed once', async () => {
    const store = open();
    expect([await store.setIfAbsent('a', 'first', HOUR), await store.setIfAbsent('a', 'second', HOUR)]).toEqual([true, false]);
    expect(await store.get('a')).toBe('first');
  });

  it('replaces what is still as expected', async () => {
    const store = open();
    await store.set('a', 'first', HOUR);
    expect(await store.replace('a', 'other', 'second', HOUR)).toBe(false);
    expect(await store.replace('a', 'first', 'second', HOUR)).toBe(true);
    expect(await store.get('a')).toBe('second');
  });

  it('lists what was written by any of its methods, by prefix', async () => {
    const store = open();
    await store.set('q:1', 'one', HOUR);
    await store.setIfAbsent('q:2', 'two', HOUR);
    await store.set('r:1', 'other', HOUR);
    expect(await Array.fromAsync(store.entries('q:'))).toEqual([['q:1', 'one'], ['q:2', 'two']]);
  });

  it('forgets a claim when its time is over', async () => {
    const store = open();
    await store.setIfAbsent('a', 'first', -1);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.setIfAbsent('a', 'second', HOUR)).toBe(true);
  });
});

describe('tables of one store', () => {
  const freshPath = (): string => join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite');
  const handlesOn = (path: string): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false;
      }
    }).length;

  const twoTables = async () => {
    const path = freshPath();
    const openTable = openTables(`sqlite://${path}`);
    const [first, second] = [openTable(), openTable('other')];
    await first.set('a', 'one', HOUR);
    await second.set('a', 'two', HOUR);
    return { path, first, second };
  };

  it('are apart, and share one connection, which the last of them closes', async () => {
    const { path, first, second } = await twoTables();
    expect([await first.get('a'), await second.get('a')]).toEqual(['one', 'two']);
    if (process.platform === 'linux') expect(handlesOn(path)).toBe(1);
    await first.close();
    await expect(first.get('a')).rejects.toThrow('disconnected');
    expect(await second.get('a')).toBe('two');
    await second.close();
    await second.close();
    if (process.platform === 'linux') expect(handlesOn(path)).toBe(0);
    await expect(second.get('a')).rejects.toThrow('disconnected');
  });

  it('all go on when the trouble of one of them is over', async () => {
    const { path, first, second } = await twoTables();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`);
    await expect(first.set('b', 'lost', HOUR)).rejects.toThrow('ENOENT');
    await Promise.all([first.set('b', 'three', HOUR), second.set('b', 'four', HOUR)]);
    expect([await first.get('b'), await second.get('b'), await second.get('a')]).toEqual(['three', 'four', undefined]);
    await Promise.all([first.close(), second.close()]);
  });

  it('lose nothing in memory when one of them fails', async () => {
    const openTable = openTables('memory://');
    const [first, second] = [openTable(), openTable('other')];
    await first.set('a', 'one', HOUR);
    await expect(second.set('a', 1 as never, HOUR)).rejects.toThrow();
    await expect(second.setMany([{ key: 'b', text: 'two', ttlMs: HOUR }, { key: 'c', text: 1 as never, ttlMs: HOUR }])).rejects.toThrow();
    expect([await first.get('a'), await second.get('b')]).toEqual(['one', undefined]);
    await second.setMany([{ key: 'b', text: 'two', ttlMs: HOUR }]);
    expect(await second.get('b')).toBe('two');
  });
});
