import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { NoBackup, backUp } from '../../src/store/back-up.ts';
import { openStore } from '../../src/store/open-store.ts';

const DAY_MS = 86_400_000;
const isRoot = process.getuid?.() === 0;

let folder: string;
let source: string;
let url: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-'));
  source = join(folder, 'store', 'parley.sqlite');
  url = `sqlite://${source}`;
  target = join(folder, 'copy.sqlite');
});

/** A store in which something is written, as a process leaves it that has ended in order. */
const fill = async (entries: Readonly<Record<string, string>> = { one: 'first', two: 'second' }, table?: string): Promise<void> => {
  const store = openStore(url, table === undefined ? {} : { table });
  for (const [key, text] of Object.entries(entries)) await store.set(key, text, DAY_MS);
  await store.close();
};

const keysIn = (path: string, table = 'keyv'): string[] => {
  const db = new DatabaseSync(path, { readOnly: true });
  const keys = db.prepare(`SELECT key FROM ${table} ORDER BY key`).all().map(({ key }) => String(key));
  db.close();
  return keys;
};

const refusal = (to = target, from = url): string => {
  try {
    backUp(from, to);
  } catch (error) {
    if (error instanceof NoBackup) return error.message;
    throw error;
  }
  return 'a backup was made';
};

describe('a backup', () => {
  it('holds what the file and its log hold, in one file that only its owner reads', async () => {
    const store = openStore(url);
    await store.set('one', 'first', DAY_MS);
    // All of it is in the log still.
    expect(readFileSync(source).includes('first')).toBe(false);
    const before = process.umask(0o022);
    expect(backUp(url, target)).toEqual({ path: target, bytes: statSync(target).size });
    process.umask(before);
    await store.close();
    expect(keysIn(target)).toEqual(['one']);
    expect(readdirSync(folder).toSorted()).toEqual(['copy.sqlite', 'store']);
    if (process.platform !== 'win32') expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  it('is a store again', async () => {
    await fill();
    backUp(url, target);
    const store = openStore(`sqlite://${target}`);
    expect(await store.get('two')).toBe('second');
    await store.set('three', 'third', DAY_MS);
    await store.close();
    expect(keysIn(target)).toEqual(['one', 'three', 'two']);
  });

  it('is one moment of a store that somebody goes on writing to, and does not hold them up', async () => {
    await fill();
    const script = `
      const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(process.argv[1], { timeout: 20 });
      const put = db.prepare("INSERT OR REPLACE INTO keyv VALUES ('', ?, ?, NULL)");
      let round = 0;
      const write = () => {
        db.exec('BEGIN IMMEDIATE'); put.run('left', String(round)); put.run('right', String(round) + 'x'.repeat(20000)); put.run('n' + round, 'x'.repeat(2000)); db.exec('COMMIT');
        round += 1;
        if (round === 20) console.log('begun');
        setImmediate(write);
      };
      process.on('SIGTERM', () => { console.log(round); process.exit(); });
      write();`;
    const writer = spawn(process.execPath, ['-e', script, source], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    writer.stdout.on('data', (data: Buffer) => (output += data.toString()));
    await once(writer.stdout, 'data');
    const rounds: number[] = [];
    for (let copy = 0; copy < 8; copy += 1) {
      const path = join(folder, `copy-${copy}.sqlite`);
      backUp(url, path);
      const db = new DatabaseSync(path, { readOnly: true });
      const value = (key: string): string => String(db.prepare('SELECT value FROM keyv WHERE key = ?').get(key)?.['value']);
      expect(value('right').replaceAll('x', '')).toBe(value('left'));
      expect(keysIn(path)).toContain(`n${value('left')}`);
      rounds.push(Number(value('left')));
      db.close();
    }
    writer.kill('SIGTERM');
    await once(writer, 'exit');
    expect(rounds).toEqual(rounds.toSorted((one, other) => one - other));
    // It wrote until the end.
    expect(Number(output.trim().split('\n').at(-1))).toBeGreaterThan(rounds.at(-1) ?? 0);
  });

  it('holds what was written by a process that was killed', async () => {
    const store = openStore(url);
    await store.set('one', 'first', DAY_MS);
    const crashed = join(folder, 'crashed.sqlite');
    for (const ending of ['', '-wal']) copyFileSync(`${source}${ending}`, `${crashed}${ending}`);
    await store.close();
    backUp(`sqlite://${crashed}`, target);
    expect(keysIn(target)).toEqual(['one']);
  });

  it('leaves out what goes on with the moment alone, and changes nothing in the store', async () => {
    const kept = { 'question:1': '{"state":"running"}', 'direct:7': '8', 'openly:1': 'x' };
    await fill({ ...kept, 'open:1': '1', 'open:22': '33', 'listened:0/1': '44', 'session:a/0': 'b 5 wss://c' }, 'ledger');
    backUp(url, target);
    expect(keysIn(target, 'ledger')).toEqual(Object.keys(kept).toSorted());
    expect(keysIn(source, 'ledger')).toHaveLength(7);
    expect(readFileSync(target).includes('listened:0/1')).toBe(false);
  });

  it('copies the store of a newer Parley as it is', async () => {
    await fill();
    const db = new DatabaseSync(source);
    db.exec('PRAGMA user_version = 99');
    db.close();
    backUp(url, target);
    const copy = new DatabaseSync(target, { readOnly: true });
    expect(copy.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
    copy.close();
  });
});

describe('a backup is refused', () => {
  it('where there is nothing to copy', () => {
    expect(refusal()).toBe(`There is no store at ${source}. STORE_URL says where it lies.`);
    expect(refusal(target, 'memory://')).toMatch(/in memory/u);
    mkdirSync(source, { recursive: true });
    expect(refusal()).toMatch(/^There is no store at /u);
    expect(existsSync(target)).toBe(false);
  });

  it('where something is there already, which stays as it is', async () => {
    await fill();
    writeFileSync(target, 'mine');
    expect(refusal()).toBe(`${target} is there already, and is left as it is. Name a file that is not there yet.`);
    expect(readFileSync(target, 'utf8')).toBe('mine');
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    expect(refusal(empty)).toMatch(/is there already/u);
    const link = join(folder, 'link');
    symlinkSync(join(folder, 'nowhere'), link);
    expect(refusal(link)).toMatch(/is there already/u);
    expect(refusal(source)).toMatch(/is there already/u);
    expect(refusal(folder)).toMatch(/is a folder/u);
  });

  it('where a folder is not there, and where one that is there takes no files', async () => {
    await fill();
    expect(refusal(join(folder, 'none', 'copy.sqlite'))).toMatch(/^The folder \S+none is not there\. Make it first\.$/u);
    expect(refusal('/proc/copy.sqlite')).toMatch(/^\/proc takes no new files/u);
  });

  it('where it would be taken for a part of the store', async () => {
    await fill();
    for (const ending of ['-wal', '-shm', '-journal']) expect(refusal(`${source}${ending}`)).toMatch(/taken for a part of the store/u);
  });

  it('where it cannot be written', async () => {
    await fill();
    expect(refusal(join(folder, 'no', 'copy.sqlite'))).toBe(`The folder ${join(folder, 'no')} is not there. Make it first.`);
    expect(refusal(join(source, 'copy.sqlite'))).toMatch(/is not a folder|is not there/u);
    writeFileSync(`${target}.partial`, '');
    expect(refusal()).toMatch(/another backup is under way, or was broken off/u);
    expect(existsSync(`${target}.partial`)).toBe(true);
  });

  it('where the store is damaged or is none, and leaves nothing behind', async () => {
    await fill({ one: 'x'.repeat(200_000) });
    truncateSync(source, 40_000);
    expect(refusal()).toMatch(/damaged/u);
    writeFileSync(source, 'no store at all, but a text that is long enough to be looked at as one, whatever SQLite may think of it. '.repeat(10));
    expect(refusal()).toMatch(/no store of Parley/u);
    expect(readdirSync(folder)).toEqual(['store']);
  });

  it('where the store cannot be looked at, whatever the words in its path', () => {
    const loop = join(folder, 'full-locked-readonly.sqlite');
    symlinkSync(loop, loop);
    expect(refusal(target, `sqlite://${loop}`)).toMatch(/^\/.* cannot be copied \(ELOOP/u);
  });

  it.skipIf(!isRoot)('where the user may not read the store, or not write there', async () => {
    await fill();
    chmodSync(folder, 0o755);
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    process.seteuid?.(12_345);
    const unread = refusal(join(open, 'copy.sqlite'));
    process.seteuid?.(0);
    expect(unread).toMatch(/^The user with uid 12345, as which this runs, may not read .*parley\.sqlite/u);
    chmodSync(join(folder, 'store'), 0o777);
    chmodSync(source, 0o644);
    process.seteuid?.(12_345);
    const unwritten = refusal();
    process.seteuid?.(0);
    expect(unwritten).toMatch(/^The user with uid 12345, as which this runs, may not write into /u);
    expect(readdirSync(open)).toEqual([]);
  });
});
