import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeStore } from '../../src/store/judge-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { PostgresDatabase } from '../../src/store/postgres-database.ts';
import { PostgresDriver } from '../../src/store/postgres-driver.ts';
import { freePort } from '../free-port.ts';
import { holdConnections } from '../postgres/held-connections.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from '../postgres/postgres-server.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';

const MINUTE_MS = 60_000;

describe('an address of PostgreSQL', () => {
  it.each([
    ['postgres://parley:geheim99@db.example/parley?sslmode=prefer', 'STORE_URL has sslmode=prefer; it must be one of disable, require, verify-ca, verify-full.'],
    ['postgres://parley:geheim99@db.example/', 'STORE_URL names no database, for example postgres://parley@db.example/parley.'],
    ['postgres://parley:geheim99@db.example/parley?password=x', 'STORE_URL has "password", which Parley does not know; it knows host, port, user, sslmode, sslrootcert, sslcert, sslkey.'],
    ['postgres://parley:geheim99@db.example/parley?sslmode=verify-full&sslrootcert=/nowhere/ca.pem', 'STORE_URL names the file /nowhere/ca.pem, which cannot be read (ENOENT).'],
    ['postgres://parley:geheim99@db.example/parley?sslmode=verify-ca', 'STORE_URL cannot be read; sslmode=verify-ca needs sslrootcert=FILE.'],
    ['postgres://parley:ge heim/99@db.example/parley', 'STORE_URL is no address; write a "%" for what is special in a password in its place, for example %40 for @.'],
  ])('that cannot be used is hopeless, and says why without its password (%#)', async (url, says) => {
    const verdict = await judgeStore(url);
    expect(verdict).toMatchObject({ is: 'hopeless', says });
    expect(JSON.stringify(verdict)).not.toContain('geheim99');
  });
});

describe.skipIf(WITHOUT_POSTGRES)(`a PostgreSQL database${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  it('is fine where it can be used, and made by many processes at once', async () => {
    const url = await server.freshDatabase();
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => judgeStore(url)));
    expect(verdicts).toEqual(verdicts.map(() => ({ is: 'fine' })));
    expect(await server.query(url, 'SELECT form FROM parley_form')).toEqual([{ form: 1 }]);
    expect(await server.query(url, 'SELECT count(*)::int AS left FROM parley_keyv')).toEqual([{ left: 0 }]);
  });

  it('is hopeless where it is not there, may not be used, or belongs to a newer Parley, which is left as it was', async () => {
    const url = await server.freshDatabase();
    expect(await judgeStore(url.replace(/\/\w+$/u, '/nothing'))).toMatchObject({ is: 'hopeless', says: expect.stringContaining('database "nothing" does not exist') });
    await server.query(url, 'CREATE ROLE guest LOGIN');
    await server.query(url, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    expect(await judgeStore(url.replace('postgres@', 'guest:geheim99@'))).toMatchObject({ is: 'hopeless', says: expect.stringMatching(/…@127.*permission denied for schema public/u) });
    expect(await judgeStore(url.replace('postgres@', 'nobody@'))).toMatchObject({ is: 'hopeless', cure: expect.stringContaining('Check the user') });
    expect(await judgeStore(`${url}?sslmode=require`)).toMatchObject({ is: 'hopeless', cure: expect.stringContaining('sslmode=disable') });
    expect(await judgeStore(url)).toEqual({ is: 'fine' });
    await server.query(url, 'INSERT INTO parley_form VALUES (99)');
    expect(await judgeStore(url)).toMatchObject({ is: 'hopeless', says: expect.stringContaining('a newer version of Parley has written to this store (form 99; this one knows 1)') });
  });

  it('is waited for while it is away, and what was lost in between is not said to be done', async () => {
    const url = await server.freshDatabase();
    const failures: string[] = [];
    const driver = new PostgresDriver({ database: new PostgresDatabase({ url, patienceMs: MINUTE_MS, onFailure: (error) => failures.push(error.message) }) });
    await driver.set('a', '1');
    await server.stop('immediate');
    const [read, written] = [driver.get('a'), driver.set('b', '2')];
    const claimed = driver.setIfAbsent('c', '3');
    await server.start();
    expect(await read).toBe('1');
    expect(await written).toBe(true);
    // The connection may have died with it in its hands: then nobody knows.
    await claimed.then((isOurs) => expect(isOurs).toBe(true), (error: Error) => expect(error.message).toMatch(/^Could not claim an entry/u));
    expect(await driver.getMany(['a', 'b'])).toEqual(['1', '2']);
    await driver.disconnect();
    expect(failures.filter((message) => message.includes('read'))).toEqual([]);
  });

  it('may go in the middle of a call, which is made again', async () => {
    const url = await server.freshDatabase();
    const driver = new PostgresDriver({ database: new PostgresDatabase({ url, patienceMs: MINUTE_MS }) });
    await driver.set('a', '1');
    const blocking = new pg.Client({ connectionString: url });
    blocking.on('error', () => undefined);
    await blocking.connect();
    await blocking.query('BEGIN');
    await blocking.query('LOCK TABLE parley_keyv');
    const written = driver.set('a', '2');
    await expect.poll(async () => (await server.query(url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).length).toBe(1);
    await server.stop('immediate');
    await server.start();
    expect(await written).toBe(true);
    expect(await driver.get('a')).toBe('2');
    await driver.disconnect();
  });

  it('is given up after a while, with an error that says where, and works again later', async () => {
    const url = (await server.freshDatabase()).replace('postgres@', 'postgres:geheim99@');
    const failures: Error[] = [];
    const driver = new PostgresDriver({ database: new PostgresDatabase({ url, patienceMs: 200, onFailure: (error) => failures.push(error) }) });
    await driver.set('a', '1');
    await server.stop();
    await expect(driver.get('a')).rejects.toThrow(/^Could not read entries \(table keyv of postgres:\/\/…@127\.0\.0\.1:\d+\/parley\d+\): /u);
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).not.toContain('geheim99');
    expect(await judgeStore(`postgres://parley@127.0.0.1:${await freePort()}/parley`)).toMatchObject({ is: 'troubled', says: expect.stringContaining('ECONNREFUSED') });
    await server.start();
    await expect.poll(() => driver.get('a').catch(() => 'away')).toBe('1');
    await driver.disconnect();
  });

  it('keeps nobody waiting who is in a hurry', async () => {
    const url = await server.freshDatabase();
    const driver = new PostgresDriver({ database: new PostgresDatabase({ url, patienceMs: 10 * MINUTE_MS }) });
    await driver.set('a', '1');
    await server.query(url, 'SELECT 1');
    await server.stop();
    const waiting = driver.get('a');
    driver.hurry(0);
    await expect(waiting).rejects.toThrow('Could not read entries');
    await server.start();
    await driver.disconnect();
  });

  it.each(['a claim', 'the first query of all'])('ends what is under way, too, where nothing answers: %s', async (what) => {
    const url = await server.freshDatabase();
    const way = await holdConnections(server.port);
    const driver = new PostgresDriver({ database: new PostgresDatabase({ url: way.through(url) }) });
    if (what === 'a claim') {
      await driver.set('a', '1');
      way.hold();
    } else way.hold('parley_form');
    const startedAt = performance.now();
    const waiting = driver.setIfAbsent('b', '2').catch((error: unknown) => error);
    await sleep(500);
    driver.hurry(200);
    expect(await waiting).toBeInstanceOf(Error);
    await driver.disconnect();
    // It would have been given up after fifteen seconds.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await way.close();
  });

  it('tells ages by its own clock, and how much space is used by what is over', async () => {
    const store = openStore(await server.freshDatabase());
    const [before, after] = [await store.clock.now(), await store.clock.now()];
    expect(after - before).toBeGreaterThanOrEqual(0);
    await store.set('a', 'x', -1);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.sweep()).toBe(false);
    expect(await store.peek('a')).toBeUndefined();
    await store.close();
  });
});
