import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { assert, asyncProperty, constantFrom, string, uniqueArray } from 'fast-check';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { SqliteDriver } from '../../src/store/sqlite-driver.ts';
import type { SqliteDriverOptions } from '../../src/store/sqlite-driver.ts';

const { afterAll, afterEach, describe, expect, it, vi } = vitest;

const root = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
const opened: SqliteDriver[] = [];
let files = 0;

function freshPath(): string {
  files += 1;
  return join(root, String(files), 'parley.db');
}

function open(options: Partial<SqliteDriverOptions> = {}): SqliteDriver {
  const driver = new SqliteDriver({ path: freshPath(), ...options });
  opened.push(driver);
  return driver;
}

async function collect<T>(generator: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of generator) all.push(item);
  return all;
}

async function failure(promise: Promise<unknown>): Promise<Error & { cause: Error & { errcode?: number; code?: string } }> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).cause).toBeInstanceOf(Error);
  return error as Awaited<ReturnType<typeof failure>>;
}

afterEach(() => {
  vi.useRealTimers();
});

afterAll(async () => {
  for (const driver of opened) await driver.disconnect();
  rmSync(root, { recursive: true });
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

  it('makes the file and its directory private to the owner', async () => {
    const path = freshPath();
    await open({ path }).set('a', '1');
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
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

  it('keeps the log small', async () => {
    const path = freshPath();
    const driver = open({ path });
    for (let i = 0; i < 8000; i += 1) await driver.set(`key ${i % 50}`, String(i).repeat(1000));
    expect(statSync(`${path}-wal`).size).toBeLessThan(8_500_000);
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

describe('failures', () => {
  it('names the file and the cause, not the value, and recovers', async () => {
    const path = freshPath();
    const parent = join(path, '..');
    writeFileSync(parent, 'a file where the directory should be');
    const driver = open({ path });
    const error = await failure(driver.set('a', 'secret'));
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/^Could not open the database .*ENOTDIR/);
    expect(error.message).not.toContain('secret');
    expect(() => driver.sweep()).toThrow('Could not open');
    rmSync(parent);
    expect(await driver.set('a', 'secret')).toBe(true);
  });

  it('rejects on a file that is not a database, and leaves it alone', async () => {
    const path = freshPath();
    mkdirSync(join(path, '..'));
    const garbage = 'not a database '.repeat(1000);
    writeFileSync(path, garbage);
    const driver = open({ path });
    const { replace, setIfAbsent } = driver;
    const attempts = [
      () => driver.get('a'), () => driver.getMany(['a']), () => driver.has('a'), () => driver.hasMany(['a']),
      () => driver.set('a', '1'), () => driver.setMany([{ key: 'a', value: '1' }]), () => driver.delete('a'),
      () => driver.deleteMany(['a']), () => driver.clear(), () => collect(driver.iterator()),
      () => setIfAbsent.call(driver, 'a', '1'), () => replace.call(driver, 'a', '1', '2'),
    ];
    for (const attempt of attempts) expect((await failure(attempt())).cause.errcode).toBe(26);
    expect(readFileSync(path, 'utf8')).toBe(garbage);
    rmSync(path);
    expect(await driver.get('a')).toBeUndefined();
  });

  it('rejects on a damaged page', async () => {
    const path = freshPath();
    const driver = open({ path });
    await driver.setMany(Array.from({ length: 500 }, (_, i) => ({ key: `key ${i}`, value: 'x'.repeat(1000) })));
    await driver.disconnect();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 4 * 4096));
    const error = await failure(open({ path }).get('key 100'));
    expect(error.cause.errcode).toBe(11);
    expect(error.message).toContain('Could not read an entry');
  });

  it('rejects while another connection holds the write lock, and writes again afterwards', async () => {
    const path = freshPath();
    const driver = open({ path, busyTimeoutMs: 30 });
    await driver.set('a', '1');
    using other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const started = performance.now();
    const error = await failure(driver.set('a', '2'));
    expect(performance.now() - started).toBeGreaterThanOrEqual(25);
    expect(error.cause.errcode).toBe(5);
    expect((await failure(driver.setMany([{ key: 'a', value: '2' }]))).cause.errcode).toBe(5);
    expect(await driver.get('a')).toBe('1');
    other.exec('ROLLBACK');
    expect(await driver.set('a', '3')).toBe(true);
    expect(await driver.get('a')).toBe('3');
  });

  it('leaves the thread free while it waits for a lock, and keeps the order of its writes', async () => {
    const path = freshPath();
    const driver = open({ path });
    await driver.set('a', '1');
    using other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const settled: string[] = [];
    const writes = ['2', '3', '4'].map((value) => driver.set('a', value).then(() => settled.push(value)));
    let longestGapMs = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      longestGapMs = Math.max(longestGapMs, performance.now() - last);
      last = performance.now();
    }, 1);
    expect(await driver.get('a')).toBe('1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    clearInterval(beat);
    // Three writes that each blocked for the whole time would leave no room for a beat at all.
    expect(longestGapMs).toBeLessThan(200);
    expect(settled).toEqual([]);
    other.exec('COMMIT');
    await Promise.all(writes);
    expect(settled).toEqual(['2', '3', '4']);
    expect(await driver.get('a')).toBe('4');
  });

  it('closes after the writes that wait for a lock', async () => {
    const path = freshPath();
    const driver = open({ path });
    await driver.set('a', '1');
    using other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const write = driver.set('a', '2');
    const closed = driver.disconnect();
    other.exec('COMMIT');
    await Promise.all([write, closed]);
    expect(other.prepare("SELECT value FROM keyv WHERE key = 'a'").get()?.['value']).toBe('2');
  });

  it('waits as long as told to open a locked database that is not in WAL mode yet', async () => {
    const path = freshPath();
    mkdirSync(join(path, '..'));
    using other = new DatabaseSync(path);
    other.exec('CREATE TABLE t (x); BEGIN EXCLUSIVE');
    const driver = open({ path, busyTimeoutMs: 300 });
    const started = performance.now();
    expect((await failure(driver.get('a'))).message).toContain('database is locked');
    expect(performance.now() - started).toBeGreaterThanOrEqual(290);
    expect(performance.now() - started).toBeLessThan(1000);
    other.exec('ROLLBACK');
    expect(await driver.get('a')).toBeUndefined();
  });

  it('notices that its file was deleted, and starts a new one with the next call', async () => {
    const path = freshPath();
    const driver = open({ path });
    await driver.set('a', '1');
    rmSync(path);
    expect((await failure(driver.set('a', '2'))).cause.code).toBe('ENOENT');
    expect(await driver.get('a')).toBeUndefined();
    expect(await driver.set('a', '3')).toBe(true);
    expect(await open({ path }).get('a')).toBe('3');
  });

  it('notices that its file was replaced, without harm to the new one', async () => {
    const path = freshPath();
    const driver = open({ path });
    await driver.set('a', 'old');
    for (const suffix of ['', '-wal', '-shm']) renameSync(path + suffix, `${path}.old${suffix}`);
    const restored = open({ path });
    await restored.set('a', 'new');
    expect((await failure(driver.set('a', 'lost'))).message).toContain('was replaced');
    expect(await driver.get('a')).toBe('new');
    await driver.disconnect();
    await restored.disconnect();
    expect(await open({ path }).get('a')).toBe('new');
    expect(await open({ path: `${path}.old` }).get('a')).toBe('old');
  });

  it('rejects calls after disconnect, which may be repeated', async () => {
    const driver = open();
    await driver.set('a', '1');
    await driver.disconnect();
    await driver.disconnect();
    expect((await failure(driver.get('a'))).message).toContain('disconnected');
  });
});
