import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { assert, asyncProperty, constantFrom, string, uniqueArray } from '../property.ts';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { collect, failure, freshPath, open } from './temporary-driver.ts';

const { afterEach, describe, expect, it, vi } = vitest;

afterEach(() => {
  vi.useRealTimers();
});

describe("keyv's adapter test suite", () => {
  // The suite's last release is for Keyv 5. These two fail with a plain Map under Keyv 6 as well, so they have to fail here.
  const contradictions = new Map([
    ['.deleteMany([keys]) with nonexistent keys resolves to false', 'Keyv 6 resolves to an array with a boolean per key'],
    ['value can be BigInt using other serializer/deserializer', "uses Keyv 5's store.opts, serialize and deserialize"],
  ]);
  const registered: string[] = [];
  const suiteApi = {
    ...vitest,
    it(name: string, body: vitest.TestFunction) {
      registered.push(name);
      const reason = contradictions.get(name);
      if (reason === undefined) it(name, body);
      else it.fails(`${name} [not under Keyv 6: ${reason}]`, body);
    },
  } as unknown as typeof vitest;

  // A driver per Keyv on one file: Keyv sets its own namespace on its adapter.
  for (const [name, suite] of Object.entries({ keyvTestSuite, keyvIteratorTests })) {
    describe(name, () => {
      const path = freshPath();
      suite(suiteApi, Keyv as never, () => open({ path }));
    });
  }

  it('registered the whole suite, with the tests left out', () => {
    expect(registered).toHaveLength(42);
    expect(registered).toEqual(expect.arrayContaining([...contradictions.keys()]));
  });

  it('deletes with a boolean per key, and keeps a BigInt, as Keyv 6 has it', async () => {
    const keyv = new Keyv({ store: open() });
    await keyv.set('big', 9223372036854775807n);
    expect(await keyv.get('big')).toBe(9223372036854775807n);
    expect(await keyv.delete(['big', 'gone'])).toEqual([true, false]);
  });
});

describe('a failing driver under Keyv', () => {
  function broken(): Keyv {
    const path = freshPath();
    mkdirSync(join(path, '..'));
    writeFileSync(path, 'not a database '.repeat(100));
    return new Keyv({ store: open({ path }) });
  }

  it('makes every operation of a Keyv without an error listener reject', async () => {
    const keyv = broken();
    const message = /file is not a database/;
    await expect(keyv.get('a')).rejects.toThrow(message);
    await expect(keyv.get(['a'])).rejects.toThrow(message);
    await expect(keyv.getRaw('a')).rejects.toThrow(message);
    await expect(keyv.has('a')).rejects.toThrow(message);
    await expect(keyv.set('a', 'secret')).rejects.toThrow(message);
    await expect(keyv.setMany([{ key: 'a', value: 'secret' }])).rejects.toThrow(message);
    await expect(keyv.delete('a')).rejects.toThrow(message);
    await expect(keyv.clear()).rejects.toThrow(message);
    await expect(collect(keyv.iterator())).rejects.toThrow(message);
  });

  it('looks like an absent entry once there is an error listener, throwOnEmitError or not', async () => {
    const keyv = broken();
    keyv.throwOnEmitError = true;
    const listener = vi.fn();
    keyv.on('error', listener);
    expect(await keyv.get('a')).toBeUndefined();
    expect(await keyv.set('a', 1)).toBe(false);
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it('makes operations reject whatever else listens when one listener throws', async () => {
    const keyv = broken();
    const listener = vi.fn();
    keyv.on('error', listener);
    keyv.on('error', (error: Error) => {
      throw error;
    });
    await expect(keyv.get('a')).rejects.toThrow('file is not a database');
    await expect(keyv.set('a', 1)).rejects.toThrow('file is not a database');
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it('rejects on a value that cannot be decoded', async () => {
    const store = open();
    await store.set('a', '{"value":');
    await expect(new Keyv({ store }).get('a')).rejects.toThrow(SyntaxError);
  });

  it('is told about values that Keyv does not serialize', async () => {
    const keyv = new Keyv({ store: open(), serialization: false });
    await expect(keyv.set('a', 'text')).rejects.toThrow('stores strings, not object');
  });
});

it('serves a Keyv whose serialization is the identity, the expiry being its own business', async () => {
  const store = open();
  const serialization = {
    stringify: (envelope: unknown) => (envelope as { value: string }).value,
    parse: <T>(value: string) => ({ value }) as T,
  };
  const keyv = new Keyv<string>({ store, serialization });
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
  await keyv.set('a', '[1]', 500);
  expect(await store.get('a')).toBe('[1]');
  expect(await keyv.get('a')).toBe('[1]');
  vi.setSystemTime(1_000_500);
  expect(await keyv.get('a')).toBeUndefined();
});

describe('storage', () => {
  it('keeps everything across a reopening, per table and namespace', async () => {
    const path = freshPath();
    const first = open({ path });
    await first.set('a', 'plain');
    first.namespace = 'n';
    await first.set('a', 'in n');
    await first.setMany([{ key: 'b', value: 'two' }, { key: 'c', value: 'three' }]);
    const ledger = open({ path, table: 'ledger', synchronous: 'FULL' });
    await ledger.set('a', 'entry');
    await first.disconnect();
    await ledger.disconnect();

    const second = open({ path });
    expect(await second.get('a')).toBe('plain');
    expect(await collect(second.iterator())).toEqual([['a', 'plain']]);
    second.namespace = 'n';
    expect(await second.getMany(['a', 'b', 'x', 'c'])).toEqual(['in n', 'two', undefined, 'three']);
    expect(await second.hasMany(['a', 'x'])).toEqual([true, false]);
    await second.clear();
    expect(await collect(second.iterator())).toEqual([]);
    second.namespace = undefined;
    expect(await second.get('a')).toBe('plain');
    expect(await open({ path, table: 'ledger' }).get('a')).toBe('entry');
  });

  it('keeps a database in memory', async () => {
    const driver = open({ path: ':memory:' });
    await driver.set('a', '1');
    await failure(driver.setMany([{ key: 'a', value: '2' }, { key: null as never, value: '3' }]));
    expect(await driver.get('a')).toBe('1');
  });

  it.each(['', '\0', 'a\0b', '日本語 🦜', "'; DROP TABLE keyv; --", 'x'.repeat(1_000_000), '🦜'.repeat(250_000)])(
    'returns values and keys as they were (%#)', async (value) => {
      const driver = open();
      await driver.set('value', value);
      expect(await driver.get('value')).toBe(value);
      await driver.set(value, 'key');
      expect(await driver.get(value)).toBe('key');
    });

  it('writes many entries or none', async () => {
    const driver = open();
    await driver.set('a', 'before');
    await expect(driver.setMany([{ key: 'a', value: 'after' }, { key: 'b', value: 1 as never }])).rejects.toThrow(TypeError);
    await failure(driver.setMany([{ key: 'a', value: 'after' }, { key: null as never, value: 'x' }]));
    await failure(driver.deleteMany(['a', {} as never]));
    expect(await collect(driver.iterator())).toEqual([['a', 'before']]);
    expect(await driver.setMany([])).toEqual([]);
    expect(await driver.setMany([{ key: 'a', value: 'after' }])).toEqual([true]);
  });

  it('refuses a bad path or table', () => {
    expect(() => open({ path: '' })).toThrow(TypeError);
    expect(() => open({ table: 'a; DROP TABLE b' })).toThrow(TypeError);
  });
});

describe('expiry', () => {
  it('hides an entry from its deadline on, and sweeps in batches', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 });
    const driver = open();
    await driver.set('forever', '1');
    await driver.set('soon', '2', 1999.5);
    await driver.setMany([{ key: 'later', value: '3', expires: 3000 }, { key: 'infinite', value: '4', expires: Infinity }]);
    vi.setSystemTime(1999);
    expect(await driver.get('soon')).toBe('2');
    vi.setSystemTime(2000);
    expect(await driver.get('soon')).toBeUndefined();
    expect(await driver.has('soon')).toBe(false);
    expect(await driver.getMany(['soon', 'later'])).toEqual([undefined, '3']);
    expect((await collect(driver.iterator())).map(([key]) => key)).toEqual(['forever', 'infinite', 'later']);
    driver.namespace = 'other';
    expect(driver.sweep(10_000, 1)).toBe(1);
    expect(driver.sweep()).toBe(0);
    expect(driver.sweep(10_000)).toBe(1);
    driver.namespace = undefined;
    expect(await driver.deleteMany(['soon', 'later', 'forever', 'infinite'])).toEqual([false, false, true, true]);
  });

  it('finds expired entries through an index', async () => {
    const path = freshPath();
    await open({ path }).set('a', '1', 1);
    using db = new DatabaseSync(path);
    const plan = db.prepare('EXPLAIN QUERY PLAN SELECT rowid FROM keyv WHERE expires <= ? ORDER BY expires LIMIT ?');
    expect(JSON.stringify(plan.all(1, 1))).toContain('SEARCH keyv USING COVERING INDEX keyv_expires');
  });
});

describe('ledger', () => {
  it('claims an absent or expired entry only', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 });
    const driver = open();
    expect(await driver.setIfAbsent('a', 'first', 2000)).toBe(true);
    expect(await driver.setIfAbsent('a', 'second')).toBe(false);
    expect(await driver.get('a')).toBe('first');
    vi.setSystemTime(2000);
    expect(await driver.setIfAbsent('a', 'third')).toBe(true);
    expect(await driver.setIfAbsent('a', 'fourth')).toBe(false);
    vi.setSystemTime(1e12);
    expect(await driver.get('a')).toBe('third');
  });

  it('replaces only what is still as expected', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 });
    const driver = open();
    expect(await driver.replace('a', '', 'x')).toBe(false);
    await driver.set('a', 'open', 2000);
    expect(await driver.replace('a', 'OPEN', 'x')).toBe(false);
    expect(await driver.replace('a', 'open', 'done', 3000)).toBe(true);
    expect(await driver.replace('a', 'open', 'x')).toBe(false);
    vi.setSystemTime(2500);
    expect(await driver.get('a')).toBe('done');
    vi.setSystemTime(3000);
    expect(await driver.replace('a', 'done', 'x')).toBe(false);
    expect(await driver.get('a')).toBeUndefined();
  });

  it('deletes what nobody needs any more, in one step with the look for them', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const driver = open();
    await driver.set('bytes:a', 'x');
    await driver.set('owner:a:1', 'x', Date.now() + 1_000);
    await driver.set('owner:a', 'x');
    await driver.set('owner:a;', 'x');
    await driver.set('owner:b:1', 'x');
    expect(await driver.deleteUnneeded('bytes:a', 'owner:a:')).toBe(false);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await driver.deleteUnneeded('bytes:a', 'owner:a:')).toBe(true);
    expect(await driver.has('bytes:a')).toBe(false);
  });

  it('lists a prefix with no character being special', async () => {
    const driver = open();
    const keys = ['', '%', '%a', '_', '_a', 'a', 'a%', 'a_', 'ab', 'A', 'é', 'éa', '🦜', '🦜a', '日本', '[', '*', '\u{10ffff}'];
    for (const key of keys) await driver.set(key, `value of ${key}`);
    for (const prefix of keys) {
      const expected = keys.filter((key) => key.startsWith(prefix)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await collect(driver.entriesWithPrefix(prefix))).toEqual(expected.map((key) => [key, `value of ${key}`]));
    }
  });

  it('lists any prefix of any keys', async () => {
    const driver = open({ path: ':memory:' });
    const part = string({ unit: constantFrom('a', 'b', '%', '_', '\0', 'é', '🦜', '\u{10ffff}'), maxLength: 3 });
    await assert(asyncProperty(uniqueArray(part), part, async (keys, prefix) => {
      await driver.clear();
      await driver.setMany(keys.map((key) => ({ key, value: key })));
      const listed = (await collect(driver.entriesWithPrefix(prefix))).map(([key]) => key);
      expect(listed.sort()).toEqual(keys.filter((key) => key.startsWith(prefix)).sort());
    }));
  });

  it('lists many entries while they are being changed', async () => {
    const driver = open();
    const keys = Array.from({ length: 1000 }, (_, i) => `job:${String(i).padStart(4, '0')}`);
    await driver.setMany([...keys, 'jo', 'joc:1', 'jpb'].map((key) => ({ key, value: 'open' })));
    const seen: string[] = [];
    for await (const [key] of driver.entriesWithPrefix('job:')) {
      seen.push(key);
      await driver.delete(key);
      if (key === 'job:0100') await driver.delete('job:0101');
    }
    expect(seen).toEqual(keys.filter((key) => key !== 'job:0101'));
    expect(await collect(driver.entriesWithPrefix('job:'))).toEqual([]);
  });
});
