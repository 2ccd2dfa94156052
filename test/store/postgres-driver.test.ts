import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresDatabase } from '../../src/store/postgres-database.ts';
import { PostgresDriver } from '../../src/store/postgres-driver.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from '../postgres/postgres-server.ts';
import { describeDriverContract } from './driver-contract.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';

describe.skipIf(WITHOUT_POSTGRES)(`a driver over PostgreSQL${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  const places = new Map<string, Promise<string>>();
  const opened: PostgresDriver[] = [];

  beforeAll(async () => {
    server = await startPostgres(['max_connections=400']);
  });
  afterAll(async () => {
    for (const driver of opened) await driver.disconnect();
    await server.remove();
  });

  const open = async (place: string, table?: string): Promise<PostgresDriver> => {
    const url = await (places.get(place) ?? places.set(place, server.freshDatabase()).get(place));
    const driver = new PostgresDriver({ database: new PostgresDatabase({ url: url ?? '' }), table });
    opened.push(driver);
    return driver;
  };

  it('asks once for what it counts again and again, and counts right where another process has counted meanwhile', async () => {
    const url = await server.freshDatabase();
    const asked: string[] = [];
    const drivers = [0, 1].map(() => {
      const database = new PostgresDatabase({ url });
      const query = database.query.bind(database);
      database.query = (table, task, what) => {
        asked.push(what.text);
        return query(table, task, what);
      };
      return new PostgresDriver({ database });
    });
    opened.push(...drivers);
    const [one, other] = drivers as [PostgresDriver, PostgresDriver];
    const count = async (driver: PostgresDriver): Promise<number> => {
      const before = asked.length;
      await driver.transact((entries) => entries.set('count', String(Number(entries.get('count') ?? 0) + 1), Number.POSITIVE_INFINITY));
      return asked.length - before;
    };
    expect([await count(one), await count(one), await count(one)]).toEqual([1, 1, 1]);
    expect([await count(other), await count(other)]).toEqual([2, 1]);
    expect([await count(one), await count(one)]).toEqual([2, 1]);
    expect(await one.get('count')).toBe('7');
    // What was deleted meanwhile is no longer guessed at for long.
    await other.delete('count');
    expect([await count(one), await count(one)]).toEqual([2, 1]);
    expect(await other.get('count')).toBe('2');
    // What is small and was written without a look is mostly looked at once more.
    await one.transact((entries) => entries.set('held', 'small', Number.POSITIVE_INFINITY));
    asked.length = 0;
    expect(await one.transact((entries) => entries.get('held'))).toBe('small');
    expect(asked).toHaveLength(1);
  });

  it('lets a transaction go beside writes to other entries, and behind those to its own', async () => {
    const driver = await open('beside');
    await driver.set('a', '1');
    const [first, , both] = await Promise.all([
      driver.transact((entries) => entries.set('a', `${entries.get('a')}2`, Number.POSITIVE_INFINITY)),
      driver.transact((entries) => entries.set('b', 'x', Number.POSITIVE_INFINITY)),
      driver.transact((entries) => {
        entries.set('a', `${entries.get('a')}3`, Number.POSITIVE_INFINITY);
        return [entries.get('a'), entries.get('b')];
      }),
      driver.set('a', 'last'),
    ]);
    expect([first, both]).toEqual([undefined, ['123', 'x']]);
    expect(await driver.getMany(['a', 'b'])).toEqual(['last', 'x']);
  });

  it('reads many entries that are asked for one by one in a few messages', async () => {
    const driver = await open('many');
    await driver.setMany(Array.from({ length: 100 }, (_, index) => ({ key: `k${index}`, value: `v${index}` })));
    expect(await Promise.all(Array.from({ length: 101 }, (_, index) => driver.get(`k${index}`)))).toEqual([...Array.from({ length: 100 }, (_, index) => `v${index}`), undefined]);
  });

  it('looks up no more of a table than it is asked for', async () => {
    const url = await server.freshDatabase();
    const database = new PostgresDatabase({ url });
    const asked: { text: string; values: unknown[] }[] = [];
    const query = database.query.bind(database);
    database.query = (table, task, what) => {
      asked.push({ text: what.text, values: [...(what.values ?? [])] });
      return query(table, task, what);
    };
    const driver = new PostgresDriver({ database });
    opened.push(driver);
    await driver.setMany(Array.from({ length: 10_000 }, (_, index) => ({ key: `row:${String(index).padStart(5, '0')}`, value: 'text' })));
    await server.query(url, 'ANALYZE');
    asked.length = 0;
    expect(await driver.withPrefix('row:00001', 'row:0500')).toHaveLength(11);
    expect((await Array.fromAsync(driver.entriesWithPrefix('row:0500'))).map(([key]) => key)).toHaveLength(10);
    const reads = asked.filter(({ text }) => /^SELECT key(?:, value)? FROM \S+ WHERE (?!.*ANY)/u.test(text));
    expect(reads).toHaveLength(2);
    for (const { text, values } of reads) {
      const steps = (await server.query(url, `EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) ${text}`, values)).map((row) => String(row['QUERY PLAN']));
      // What is read and then left out is that one key, or nothing.
      expect(steps.filter((step) => Number(/Rows Removed by Filter: (\d+)/u.exec(step)?.[1] ?? 0) > 1)).toEqual([]);
    }
  });

  describeDriverContract({ open, refuses: ['\0'], longestKey: 2_000 });
});
