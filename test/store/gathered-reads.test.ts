import { describe, expect, it } from 'vitest';
import { createGatheredReads } from '../../src/store/gathered-reads.ts';

/** What was asked in each message, and how to answer the oldest that is not answered. */
const heldReads = () => {
  const asked: (readonly string[])[] = [];
  const held: { readonly keys: readonly string[]; readonly resolve: (found: ReadonlyMap<string, string>) => void; readonly reject: (error: Error) => void }[] = [];
  const read = createGatheredReads((keys) => {
    asked.push(keys);
    const one = Promise.withResolvers<ReadonlyMap<string, string>>();
    held.push({ keys, ...one });
    return one.promise;
  });
  const answer = async (): Promise<void> => {
    const oldest = held.shift();
    oldest?.resolve(new Map(oldest.keys.filter((key) => key !== 'gone').map((key) => [key, `text of ${key}`])));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { asked, held, read, answer };
};

describe('reads of single entries', () => {
  it('go at once while few are under way, and together while more are', async () => {
    const { asked, read, answer } = heldReads();
    const all = Promise.all(['a', 'b', 'c', 'gone', 'c'].map(read));
    expect(asked).toEqual([['a'], ['b']]);
    await answer();
    expect(asked).toEqual([['a'], ['b'], ['c', 'gone']]);
    await answer();
    await answer();
    expect(await all).toEqual(['text of a', 'text of b', 'text of c', undefined, 'text of c']);
  });

  it('of very many are several messages', async () => {
    const { asked, read, answer } = heldReads();
    const keys = Array.from({ length: 150 }, (_, index) => `k${index}`);
    const all = Promise.all(keys.map(read));
    for (let message = 0; message < 5; message += 1) await answer();
    expect(await all).toEqual(keys.map((key) => `text of ${key}`));
    expect(asked.map(({ length }) => length)).toEqual([1, 1, 64, 64, 20]);
  });

  it('wait for no others that take long', async () => {
    const { asked, read } = heldReads();
    void Promise.all(['a', 'b', 'c', 'd'].map(read));
    await expect.poll(() => asked).toEqual([['a'], ['b'], ['c', 'd']]);
    void read('e');
    await expect.poll(() => asked.at(-1)).toEqual(['e']);
  });

  it('fail together, and not those that come behind them', async () => {
    const { held, read, answer } = heldReads();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(read);
    const failed = Promise.allSettled([a, c, d]);
    held.shift()?.reject(new Error('away'));
    await new Promise((resolve) => setImmediate(resolve));
    held.pop()?.reject(new Error('away'));
    await answer();
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await b).toBe('text of b');
    const later = read('e');
    await answer();
    expect(await later).toBe('text of e');
  });
});
