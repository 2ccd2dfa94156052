import { existsSync } from 'node:fs';
import { judgeStore } from './judge-store.ts';
import { STORE_TABLES, openDrivers, openStore } from './open-store.ts';
import { createProcessLease, leaseKind } from './process-lease.ts';
import { shownStore, storeFile } from './store-address.ts';
import type { StoreKeys } from './row-cipher.ts';
import type { DriverRow, StoreDriver } from './store-driver.ts';

/** Why nothing was copied, in sentences. */
export class NoMigration extends Error {
  override readonly name = 'NoMigration';
}

export interface Migrated {
  readonly table: string;
  readonly rows: number;
}

/** Rows in one message: some files have megabytes. */
const PAGE_ROWS: Readonly<Record<string, number>> = { files: 8 };
const OTHER_PAGE_ROWS = 500;
/** Two clocks that are asked one after the other, and rounded. */
const CLOCKS_DIFFER_MS = 5_000;

const pageOf = (table: string): number => PAGE_ROWS[table] ?? OTHER_PAGE_ROWS;

async function* pages(driver: StoreDriver, limit: number): AsyncGenerator<readonly DriverRow[]> {
  for (let last: DriverRow | undefined, isFull = true; isFull; ) {
    const rows = await driver.rowsBehind(last, limit);
    if (rows.length > 0) yield rows;
    last = rows.at(-1);
    isFull = rows.length === limit;
  }
}

/** Whoever runs goes on writing, and knows nothing of the copy. */
const refuseWhileRunning = async (url: string, keys: StoreKeys | undefined): Promise<void> => {
  const store = openStore(url, { table: 'ledger', keys });
  try {
    const lease = createProcessLease({ store, now: Date.now, onLapse: async () => undefined, onError: () => undefined });
    for await (const [key] of store.entries(leaseKind.prefix)) {
      const isAlive = await lease.isAlive(key.slice(leaseKind.prefix.length));
      if (isAlive) throw new NoMigration(`A Parley is running on ${shownStore(url)}, or ran there until less than 20 seconds ago. Stop it first.`);
    }
  } finally {
    await store.close();
  }
};

const isSame = (one: DriverRow, other: DriverRow | undefined): boolean =>
  other !== undefined &&
  one.namespace === other.namespace &&
  one.key === other.key &&
  one.value === other.value &&
  (one.expires === other.expires || Math.abs((one.expires ?? 0) - (other.expires ?? 0)) <= CLOCKS_DIFFER_MS);

/** Each row of the one has to lie in the other, and nothing else. */
const compare = async (table: string, from: StoreDriver, to: StoreDriver): Promise<number> => {
  const copies = pages(to, pageOf(table));
  let rows = 0;
  for await (const page of pages(from, pageOf(table))) {
    const { value: copied = [] } = (await copies.next()) as { value?: readonly DriverRow[] };
    const differing = page.find((row, index) => !isSame(row, copied[index]));
    if (differing !== undefined || copied.length !== page.length) throw new NoMigration(`Row ${rows + 1} or one of the next ${page.length} of the table ${table} did not arrive as it was.`);
    rows += page.length;
  }
  if ((await copies.next()).done !== true) throw new NoMigration(`The table ${table} has rows that were not copied.`);
  return rows;
};

/**
 * Copies all that one store keeps into another, which is empty, counts it and compares it row by row. Where that fails, the
 * other store is empty again; the first is never changed.
 * @param onProgress hears of rows that were copied
 * @param keys what the first is encrypted with, and then the other, too
 * @throws {NoMigration}
 */
export const migrateStore = async (from: string, to: string, onProgress: (table: string, rows: number) => void = () => undefined, keys?: StoreKeys): Promise<readonly Migrated[]> => {
  if (from === to) throw new NoMigration('Both addresses name the same store.');
  const file = storeFile(from);
  if (file !== undefined && !existsSync(file)) throw new NoMigration(`There is no store at ${file}.`);
  for (const url of [from, to]) {
    const verdict = await judgeStore(url, undefined, 0, url === from ? keys : undefined);
    if (verdict.is !== 'fine') throw new NoMigration(`${verdict.says} ${verdict.cure}`);
    await refuseWhileRunning(url, url === from ? keys : undefined);
  }
  const [sources, targets] = [openDrivers(from), openDrivers(to)];
  const pairs = STORE_TABLES.map((table, index) => ({ table, source: sources[index] as StoreDriver, target: targets[index] as StoreDriver }));
  try {
    for (const { target } of pairs) {
      if ((await target.rowsBehind(undefined, 1)).length > 0) throw new NoMigration(`${shownStore(to)} is not empty. Name another place.`);
    }
    try {
      const migrated: Migrated[] = [];
      for (const { table, source, target } of pairs) {
        let rows = 0;
        for await (const page of pages(source, pageOf(table))) {
          await target.addRows(page);
          rows += page.length;
          onProgress(table, rows);
        }
        migrated.push({ table, rows: await compare(table, source, target) });
      }
      await Promise.all(targets.map((target) => target.flush()));
      return migrated;
    } catch (error) {
      await Promise.all(targets.map((target) => target.removeAll())).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw error instanceof NoMigration ? error : new NoMigration(error instanceof Error ? `${error.message}.` : String(error), { cause: error });
  } finally {
    await Promise.all([...sources, ...targets].map((driver) => driver.disconnect?.()));
  }
};
