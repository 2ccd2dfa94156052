import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { rewriteFile } from '../../src/store/rewrite-file.ts';

const freshPath = (): string => join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite');

/** A file in which texts stayed that were deleted. */
const leaky = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA secure_delete = OFF; CREATE TABLE notes (text TEXT) STRICT; INSERT INTO notes VALUES ('kept')");
  const insert = db.prepare('INSERT INTO notes VALUES (?)');
  for (let index = 0; index < 200; index += 1) insert.run(`SECRET-${index} ${'x'.repeat(index * 11)}`);
  db.exec("DELETE FROM notes WHERE text <> 'kept'; PRAGMA wal_checkpoint(TRUNCATE)");
  return db;
};
const secretsIn = (path: string): number => ['', '-wal'].reduce((sum, end) => sum + (existsSync(path + end) ? readFileSync(path + end, 'latin1').split('SECRET-').length - 1 : 0), 0);

it('leaves nothing of what was deleted in a file that others have open, and does its work beside them', async () => {
  const path = freshPath();
  using db = leaky(path);
  expect(secretsIn(path)).toBeGreaterThan(0);
  // The thread goes on: what is due meanwhile happens.
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 1);
  expect(await rewriteFile(path)).toBe(true);
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(3);
  expect(secretsIn(path)).toBe(0);
  expect(db.prepare('SELECT text FROM notes').all()).toEqual([{ text: 'kept' }]);
});

it('says where it could not: somebody else writes, or it is no database', async () => {
  const path = freshPath();
  using db = leaky(path);
  db.exec('BEGIN IMMEDIATE');
  expect(await rewriteFile(path)).toBe(false);
  db.exec('COMMIT');
  expect(await rewriteFile(path)).toBe(true);
  const other = freshPath();
  writeFileSync(other, 'notes of somebody, who keeps them: '.repeat(100));
  expect(await rewriteFile(other)).toBe(false);
  expect(readFileSync(other, 'utf8')).toContain('somebody');
});

it('is tried again by a store when somebody else was in the way', async () => {
  const path = freshPath();
  leaky(path).close();
  const store = openStore(`sqlite://${path}`);
  await store.set('a', 'SECRET-a', 60_000);
  using other = new DatabaseSync(path);
  other.exec('PRAGMA secure_delete = OFF; DELETE FROM notes');
  other.exec("INSERT INTO notes VALUES ('SECRET-b'); DELETE FROM notes; BEGIN IMMEDIATE");
  store.scrub();
  // Each of these waits a second for the lock: the store's own attempt, two seconds after the last write, is among them.
  for (let attempt = 0; attempt < 4; attempt += 1) expect(await rewriteFile(path)).toBe(false);
  other.exec('COMMIT');
  await store.delete('a');
  await expect.poll(() => secretsIn(path), { timeout: 20_000, interval: 100 }).toBe(0);
  await store.close();
});
