import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { describeDriverContract } from './driver-contract.ts';
import { collect, failure, freshPath, open } from './temporary-driver.ts';

const { afterEach, describe, expect, it, vi } = vitest;

afterEach(() => {
  vi.useRealTimers();
});

const places = new Map<string, string>();
describeDriverContract({
  open: async (place, table) => {
    const path = places.get(place) ?? freshPath();
    places.set(place, path);
    return open({ path, table });
  },
  refuses: [],
  longestKey: Number.POSITIVE_INFINITY,
});

it('looks up no more of a table than it is asked for, but where all of it is meant', async () => {
  const path = freshPath();
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
  await open({ path }).set('a', 'text');
  const prepared = prepare.mock.calls.map(([sql]) => sql);
  prepare.mockRestore();
  const db = new DatabaseSync(path);
  const stepsOf = (sql: string): readonly string[] => db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map((row) => String(row['detail']));
  const readsAll = prepared.filter((sql) => stepsOf(sql).some((step) => /^SCAN keyv|\(namespace=\?\)$/u.test(step)));
  expect(prepared.filter((sql) => stepsOf(sql).some((step) => step.startsWith('SEARCH'))).length).toBeGreaterThan(10);
  expect(readsAll).toEqual([
    'DELETE FROM keyv WHERE namespace = ?',
    'SELECT namespace, key, value, expires FROM keyv ORDER BY namespace, key LIMIT ?',
  ]);
  db.close();
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
    await expect(keyv.set('a', 'text')).rejects.toThrow('keeps strings, not object');
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
});
