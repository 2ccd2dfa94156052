import { mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
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
  /** What this process has open. */
  const openPaths = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  const handlesOn = (path: string): number => openPaths().filter((opened) => opened === path).length;

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

  it.runIf(process.platform === 'linux')('flush the log that belongs to the file, and let go of it with the file', async () => {
    const { path, first, second } = await twoTables();
    const ofStore = (): string[] => openPaths().filter((opened) => opened.startsWith(path));
    await first.flush();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`);
    await expect(first.set('b', 'lost', HOUR)).rejects.toThrow('ENOENT');
    await first.set('b', 'three', HOUR);
    await first.flush();
    // The end of a deleted file's name.
    await expect.poll(() => ofStore().filter((opened) => opened.endsWith(' (deleted)'))).toEqual([]);
    await Promise.all([first.close(), second.close()]);
    await expect.poll(ofStore).toEqual([]);
  });

  it('flush again after a log that could not be opened', async () => {
    const { path, first, second } = await twoTables();
    renameSync(`${path}-wal`, `${path}-away`);
    await expect(first.flush()).rejects.toThrow(/^Could not flush the log of .*ENOENT/u);
    renameSync(`${path}-away`, `${path}-wal`);
    await first.flush();
    await Promise.all([first.close(), second.close()]);
  });

  it('keep texts together only where the text that they depend on is as expected', async () => {
    const { first, second } = await twoTables();
    const entry = (key: string, text: string, ttlMs = HOUR) => ({ key, text, ttlMs });
    const texts = (): Promise<readonly (string | undefined)[]> => first.getMany(['a', 'b', 'c']);
    // The guard's text is among those that are written.
    expect(await first.setMany([entry('b', '1'), entry('a', 'mine')], [], { key: 'a', expected: 'theirs' })).toBe(false);
    expect(await first.setMany([entry('b', '2'), entry('a', 'mine')], [], { key: 'a', expected: undefined })).toBe(false);
    expect(await texts()).toEqual(['one', undefined, undefined]);
    expect(await first.setMany([entry('b', '3'), entry('a', 'mine')], [], { key: 'a', expected: 'one' })).toBe(true);
    expect(await texts()).toEqual(['mine', '3', undefined]);
    expect(await first.setMany([entry('c', 'new')], ['b'], { key: 'c', expected: undefined })).toBe(true);
    expect(await texts()).toEqual(['mine', undefined, 'new']);
    // It is not.
    expect(await first.setMany([entry('b', '4')], ['c'], { key: 'a', expected: 'one' })).toBe(false);
    expect(await first.setMany([], ['a', 'c'], { key: 'a', expected: undefined })).toBe(false);
    expect(await texts()).toEqual(['mine', undefined, 'new']);
    expect(await first.setMany([], ['a', 'c'], { key: 'a', expected: 'mine' })).toBe(true);
    expect(await texts()).toEqual([undefined, undefined, undefined]);
    // One that is past its time is as good as none.
    await first.set('a', 'late', 0);
    expect(await first.setMany([entry('a', 'mine')], [], { key: 'a', expected: 'late' })).toBe(false);
    expect(await first.setMany([entry('a', 'mine')], [], { key: 'a', expected: undefined })).toBe(true);
    expect(await texts()).toEqual(['mine', undefined, undefined]);
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
