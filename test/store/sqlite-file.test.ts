import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { collect, failure, freshPath, open } from './temporary-driver.ts';

describe('the file', () => {
  it('makes the file and its directory private to the owner', async () => {
    const path = freshPath();
    await open({ path }).set('a', '1');
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it('keeps the log small', async () => {
    const path = freshPath();
    const driver = open({ path });
    for (let i = 0; i < 8000; i += 1) await driver.set(`key ${i % 50}`, String(i).repeat(1000));
    expect(statSync(`${path}-wal`).size).toBeLessThan(8_500_000);
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
    const driver = open({ path, busyTimeoutMs: 60_000 });
    await driver.set('a', '1');
    using other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const settled: string[] = [];
    const writes = ['2', '3', '4'].map((value) => driver.set('a', value).then(() => settled.push(value)));
    expect(await driver.get('a')).toBe('1');
    // Writes that blocked the thread would do so for longer than this test may take.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setTimeout(resolve, 2));
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
