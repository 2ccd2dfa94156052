import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { SqliteDriver } from '../../src/store/sqlite-driver.ts';
import type { SqliteDriverOptions } from '../../src/store/sqlite-driver.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
const opened: SqliteDriver[] = [];
let files = 0;

export function freshPath(): string {
  files += 1;
  return join(root, String(files), 'parley.db');
}

/** A driver on a file of its own, which is closed and deleted behind the tests. */
export function open(options: Partial<SqliteDriverOptions> = {}): SqliteDriver {
  const driver = new SqliteDriver({ path: freshPath(), ...options });
  opened.push(driver);
  return driver;
}

export async function collect<T>(generator: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of generator) all.push(item);
  return all;
}

export async function failure(promise: Promise<unknown>): Promise<Error & { cause: Error & { errcode?: number; code?: string } }> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).cause).toBeInstanceOf(Error);
  return error as Awaited<ReturnType<typeof failure>>;
}

afterAll(async () => {
  for (const driver of opened) await driver.disconnect();
  rmSync(root, { recursive: true });
});
