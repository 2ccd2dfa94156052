import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';

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
