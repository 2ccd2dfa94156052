import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNotebook } from '../../src/store/notebook.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Notebook } from '../../src/store/notebook.ts';
import type { Store } from '../../src/store/open-store.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const DAY_ENDS = Date.UTC(2026, 10, 26);
const KEPT_MS = 60_000;
const day = (used: number): string => `${DAY_ENDS} ${used} 0`;

let store: Store;
let notebook: Notebook;
beforeEach(() => {
  store = openStore('memory://');
  notebook = createNotebook(store, { ttlMs: KEPT_MS, now: () => NOW });
});
afterEach(() => store.close());

describe('a notebook', () => {
  it('keeps what is set, by its key', async () => {
    await notebook.set('direct:10', '5');
    await notebook.set('direct:11', '6');
    await notebook.set('quota/r/m', day(7));
    expect([await notebook.get('direct:10'), await notebook.get('direct:12'), await notebook.get('quota/r/m')]).toEqual(['5', undefined, day(7)]);
    expect((await Array.fromAsync(notebook.entries('direct:'))).toSorted()).toEqual([['direct:10', '5'], ['direct:11', '6']]);
  });

  it('keeps what is to be kept longer than all else for as long as that', async () => {
    const short = createNotebook(store, { ttlMs: 1, now: () => NOW });
    await short.set('direct:10', '5');
    await short.set('direct:11', '6', KEPT_MS);
    await expect.poll(() => short.get('direct:10')).toBeUndefined();
    expect(await short.get('direct:11')).toBe('6');
  });

  it('lets one of those who set at once be the first', async () => {
    expect(await Promise.all([1, 2].map((used) => notebook.setIfAbsent('quota/r/m', day(used), KEPT_MS)))).toEqual([true, false]);
    expect(await notebook.get('quota/r/m')).toBe(day(1));
  });

  it('replaces only what is still as it was read', async () => {
    await notebook.set('quota/r/m', day(1));
    expect(await notebook.replace('quota/r/m', day(1), day(2), KEPT_MS)).toBe(true);
    expect(await notebook.replace('quota/r/m', day(1), day(3), KEPT_MS)).toBe(false);
    expect(await notebook.get('quota/r/m')).toBe(day(2));
  });

  it('writes nothing that could not be read again', async () => {
    await notebook.set('quota/r/m', day(1));
    await notebook.set('quota/r/m', 'NaN of them');
    expect(await notebook.replace('quota/r/m', day(1), 'NaN of them', KEPT_MS)).toBe(false);
    expect(await notebook.setIfAbsent('quota/r/other', 'NaN of them', KEPT_MS)).toBe(false);
    expect([await notebook.get('quota/r/m'), await notebook.get('quota/r/other')]).toEqual([day(1), undefined]);
  });
});
