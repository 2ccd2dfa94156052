import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeStore } from '../../src/store/judge-store.ts';
import { migrateStore } from '../../src/store/migrate-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createRowCipher } from '../../src/store/row-cipher.ts';
import { SealedDriver, WrongKeyError } from '../../src/store/sealed-driver.ts';
import { describeDriverContract } from './driver-contract.ts';
import { freshPath, open } from './temporary-driver.ts';
import type { StoreKeys } from '../../src/store/row-cipher.ts';
import type { Store } from '../../src/store/open-store.ts';

const DAY_MS = 86_400_000;
const [first, second, third] = [randomBytes(32), randomBytes(32), randomBytes(32)];

/** All that lies in the folder of a store. */
const bytesOf = (path: string): string => readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name), 'latin1')).join('');
const using = async <Result>(path: string, keys: StoreKeys | undefined, work: (store: Store) => Promise<Result>): Promise<Result> => {
  const store = openStore(`sqlite://${path}`, { keys });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};

describe('an encrypted driver', () => {
  const places = new Map<string, string>();
  describeDriverContract({
    open: async (place, table) => {
      const path = places.get(place) ?? freshPath();
      places.set(place, path);
      return new SealedDriver(open({ path, table }), { current: first });
    },
    refuses: [],
    longestKey: Number.POSITIVE_INFINITY,
  });
});

it('an encrypted driver has removed all when it says so, and not before', async () => {
  const path = freshPath();
  const removing = Promise.withResolvers<void>();
  const slow = open({ path });
  const removeAll = slow.removeAll.bind(slow);
  slow.removeAll = async () => {
    await removing.promise;
    await removeAll();
  };
  const driver = new SealedDriver(slow, { current: first });
  await driver.set('a', 'one');
  let isDone = false;
  const done = driver.removeAll().then(() => (isDone = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isDone).toBe(false);
  removing.resolve();
  await done;
  expect(await driver.get('a')).toBeUndefined();
});

describe('an encrypted store', () => {
  it('shows nothing of what it keeps, and takes back nothing that was changed', async () => {
    const path = freshPath();
    await using(path, { current: first }, async (store) => {
      await store.set('a', 'my cat is called Mia', DAY_MS);
      expect(await store.get('a')).toBe('my cat is called Mia');
    });
    expect(bytesOf(path)).not.toContain('Mia');
    const bare = open({ path });
    const sealed = (await bare.get('a')) ?? '';
    await bare.set('a', `${sealed.slice(0, -8)}AAAA${sealed.slice(-4)}`);
    // Whoever reads records sets it aside.
    expect(await using(path, { current: first }, (store) => store.get('a'))).toMatch(/^sealed1\./u);
  });

  it.each([
    ['another key', { current: second }, 'encrypted with another key'],
    ['no key', undefined, 'STORE_ENCRYPTION_KEY is not set'],
    ['other keys', { current: second, old: third }, 'encrypted with another key'],
  ])('is left as it is with %s', async (_name, keys, says) => {
    const path = freshPath();
    await using(path, { current: first }, (store) => store.set('a', 'text', DAY_MS));
    const before = await open({ path }).rowsBehind(undefined, 10);
    await using(path, keys, async (store) => {
      for (const call of [() => store.get('a'), () => store.set('a', 'x', DAY_MS), () => store.setIfAbsent('b', 'x', DAY_MS), () => store.delete('a'), () => store.transact(({ get }) => get('a')), () => store.move('a', 'b', DAY_MS), ...(keys === undefined ? [] : [() => store.reseal()])]) {
        await expect(call()).rejects.toThrow(expect.objectContaining({ cause: expect.any(WrongKeyError) }));
      }
    });
    expect(await open({ path }).rowsBehind(undefined, 10)).toEqual(before);
    expect(await judgeStore(`sqlite://${path}`, undefined, 0, keys)).toMatchObject({ is: 'hopeless', says: expect.stringContaining(says), cure: expect.stringContaining('STORE_ENCRYPTION_KEY') });
    expect(await judgeStore(`sqlite://${path}`, undefined, 0, { current: first })).toEqual({ is: 'fine' });
  });

  it('takes over what was not encrypted, and a new key, with nothing lost on the way', async () => {
    const path = freshPath();
    const texts = Array.from({ length: 250 }, (_, index) => `text ${index} of Mia`);
    await using(path, undefined, (store) => store.setMany(texts.map((text, index) => ({ key: `k${index}`, text, ttlMs: DAY_MS }))));
    const keys = texts.map((_text, index) => `k${index}`);
    for (const [index, stage] of ([{ current: first }, { current: second, old: first }, { current: second }] as const).entries()) {
      await using(path, stage, async (store) => {
        expect(await store.getMany(keys)).toEqual(texts);
        // Compared as they lie there, in whichever form.
        expect(await store.replace('k0', texts[0] ?? '', 'new', DAY_MS)).toBe(true);
        expect(await store.replace('k0', 'new', texts[0] ?? '', DAY_MS)).toBe(true);
        expect(await store.setMany([{ key: 'k1', text: texts[1] ?? '', ttlMs: DAY_MS }], [], { key: 'k2', expected: texts[2] })).toBe(true);
        expect(await store.setMany([], ['k1'], { key: 'k2', expected: 'another' })).toBe(false);
        expect(await store.reseal()).toBe(index === 2 ? 0 : texts.length - 2);
        expect(await store.reseal()).toBe(0);
        expect(await store.getMany(keys)).toEqual(texts);
      });
    }
    const sealed = (await open({ path }).rowsBehind(undefined, 1_000)).map(({ value }) => value);
    const cipher = createRowCipher({ current: second });
    expect(sealed.filter((value) => !cipher.isCurrent(value))).toEqual([]);
    // An entry stays as long as it would have stayed.
    expect((await open({ path }).rowsBehind(undefined, 1_000)).filter(({ expires }) => expires === null)).toHaveLength(1);
  });

  it('is copied as it is into another place', async () => {
    const [path, copy] = [freshPath(), freshPath()];
    await using(path, { current: first }, (store) => store.set('a', 'my cat is called Mia', DAY_MS));
    await expect(migrateStore(`sqlite://${path}`, `sqlite://${copy}`)).rejects.toThrow('STORE_ENCRYPTION_KEY is not set');
    await migrateStore(`sqlite://${path}`, `sqlite://${copy}`, undefined, { current: first });
    expect(await using(copy, { current: first }, (store) => store.get('a'))).toBe('my cat is called Mia');
    expect(bytesOf(copy)).not.toContain('Mia');
  });

  it('gives one nonce to one text alone', () => {
    const cipher = createRowCipher({ current: first });
    expect(cipher.seal('a')).toBe(cipher.seal('a'));
    expect(cipher.seal('a').slice(0, 34)).not.toBe(cipher.seal('b').slice(0, 34));
    expect(createRowCipher({ current: second }).seal('a')).not.toBe(cipher.seal('a'));
    expect(cipher.forms('a').map((form) => cipher.open(form) ?? form)).toEqual(['a', 'a']);
  });
});
