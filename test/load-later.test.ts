import { describe, expect, it } from 'vitest';
import { loadLater } from '../src/load-later.ts';

describe('what is loaded later', () => {
  it('is loaded once, with the first call, however many come together', async () => {
    let loads = 0;
    const double = loadLater(async () => {
      loads += 1;
      return async (value: number) => 2 * value;
    });
    expect(loads).toBe(0);
    expect(await Promise.all([double(1), double(2)])).toEqual([2, 4]);
    expect(await double(3)).toBe(6);
    expect(loads).toBe(1);
  });

  it('is loaded again by the next call when that failed', async () => {
    let loads = 0;
    const answer = loadLater(async () => {
      loads += 1;
      if (loads === 1) throw new Error('too many open files');
      return async () => 'there';
    });
    await expect(answer()).rejects.toThrow('too many open files');
    expect(await answer()).toBe('there');
  });
});
