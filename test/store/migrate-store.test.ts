import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoMigration, migrateStore } from '../../src/store/migrate-store.ts';
import { openDrivers, openStore } from '../../src/store/open-store.ts';
import { createProcessLease } from '../../src/store/process-lease.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from '../postgres/postgres-server.ts';
import { freshPath } from './temporary-driver.ts';
import type { DriverRow } from '../../src/store/store-driver.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';

const DAY_MS = 86_400_000;
const freshFile = (): string => `sqlite://${freshPath()}`;

/** More than a page of each table, with what is special in a text. */
const fill = async (url: string): Promise<void> => {
  const drivers = openDrivers(url);
  for (const [index, driver] of drivers.entries()) {
    const entries = Array.from({ length: index === 1 ? 20 : 1_100 }, (_, number) => ({ key: `key:${number}`, value: `{"a":"é🦜\\\\ ${number}"}`, expires: Date.now() + DAY_MS }));
    await driver.setMany?.([...entries, { key: '', value: 'for ever' }, { key: 'over', value: 'x', expires: Date.now() - DAY_MS }]);
    driver.namespace = 'another';
    await driver.set('key:1', 'of another namespace');
  }
  await Promise.all(drivers.map((driver) => driver.disconnect?.()));
};
const contents = async (url: string): Promise<DriverRow[][]> => {
  const drivers = openDrivers(url);
  const rows = await Promise.all(drivers.map((driver) => driver.rowsBehind(undefined, 10_000)));
  await Promise.all(drivers.map((driver) => driver.disconnect?.()));
  // Deadlines are compared where they are copied: clocks round.
  return rows.map((table) => table.map((row) => ({ ...row, expires: row.expires === null ? null : Math.round(row.expires / DAY_MS) })));
};

describe.skipIf(WITHOUT_POSTGRES)(`a migration${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  it('takes all of a file to a database and back', async () => {
    const [file, database, back] = [freshFile(), await server.freshDatabase(), freshFile()];
    await fill(file);
    const expected = [1_103, 23, 1_103, 1_103];
    expect((await migrateStore(file, database)).map(({ rows }) => rows)).toEqual(expected);
    expect(await contents(database)).toEqual(await contents(file));
    expect((await migrateStore(database, back)).map(({ rows }) => rows)).toEqual(expected);
    expect(await contents(back)).toEqual(await contents(file));
  });

  it('leaves nothing in a database that cannot take all', async () => {
    const [file, database] = [freshFile(), await server.freshDatabase()];
    await fill(file);
    const ledger = openStore(file, { table: 'ledger' });
    await ledger.set('key:2', 'a\0b', DAY_MS);
    await ledger.close();
    await expect(migrateStore(file, database)).rejects.toThrow(NoMigration);
    expect(await contents(database)).toEqual([[], [], [], []]);
  });

  it('says by its exit code and in words what became of it', async () => {
    const migrate = async (...words: string[]): Promise<{ exitCode: number; output: string }> => {
      const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/start.js'), 'migrate', ...words], { env: {} });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
      const [exitCode] = (await once(child, 'close')) as [number];
      return { exitCode, output };
    };
    const [file, database] = [freshFile(), await server.freshDatabase()];
    await fill(file);
    expect(await migrate(file)).toMatchObject({ exitCode: 64, output: expect.stringContaining('needs two addresses') });
    expect(await migrate(file, 'mysql://a')).toMatchObject({ exitCode: 78, output: expect.stringContaining('An address must be sqlite://') });
    expect(await migrate(freshFile(), database)).toMatchObject({ exitCode: 1, output: expect.stringContaining('There is no store at') });
    expect(await migrate(file, database)).toMatchObject({ exitCode: 0, output: expect.stringContaining('ledger: 1103 rows, each compared') });
    expect(await migrate(file, database)).toMatchObject({ exitCode: 1, output: expect.stringContaining('is not empty') });
  });
});

it('is refused while somebody runs there, and never goes over what is there', async () => {
  const [from, to] = [freshFile(), freshFile()];
  await fill(from);
  const store = openStore(from, { table: 'ledger' });
  const lease = createProcessLease({ store, now: Date.now, onLapse: async () => undefined, onError: () => undefined });
  await lease.open();
  await expect(migrateStore(from, to)).rejects.toThrow('A Parley is running on');
  await lease.close();
  await store.close();
  await expect(migrateStore(from, from)).rejects.toThrow('the same store');
  await migrateStore(from, to);
  await expect(migrateStore(from, to)).rejects.toThrow('is not empty');
  expect(await contents(to)).toEqual(await contents(from));
});
