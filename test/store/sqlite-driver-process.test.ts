import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { SqliteDriver } from '../../src/store/sqlite-driver.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
const children: ChildProcess[] = [];

/** A process that runs `body`, with `driver` on the file, once for each message it is sent. */
async function spawn(path: string, body: string): Promise<(message: unknown) => Promise<unknown>> {
  const script = join(root, `${crypto.randomUUID()}.ts`);
  writeFileSync(script, `
    import { SqliteDriver } from ${JSON.stringify(import.meta.resolve('../../src/store/sqlite-driver.ts'))};
    const driver = new SqliteDriver({ path: ${JSON.stringify(path)} });
    process.on('message', async (message) => {
      try { process.send(await (async () => { ${body} })()); } catch (error) { process.send(String(error)); }
    });
    process.send('ready');`);
  const child = fork(script, { execArgv: [] });
  children.push(child);
  await once(child, 'message');
  return async (message) => {
    const answer = once(child, 'message');
    child.send(message as string);
    return ((await answer) as unknown[])[0];
  };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

it('lets one of several processes win each claim, even while they create the file', async () => {
  const path = join(root, 'claims', 'parley.db');
  const keys = Array.from({ length: 100 }, (_, i) => `question ${i}`);
  const body = `const won = [];
    for (const key of message) if (await driver.setIfAbsent(key, String(process.pid))) won.push(key);
    return won;`;
  const claimants = await Promise.all([1, 2, 3].map(() => spawn(path, body)));
  const won = await Promise.all(claimants.map((claim) => claim(keys)));
  expect(won.flat().sort()).toEqual(keys.sort());
});

// In a process of its own, because one that hangs there can only be killed.
it.skipIf(process.platform !== 'linux')('fails at once below a directory in which nothing can be made (Linux only: /proc)', async () => {
  const read = await spawn('/proc/parley/data/parley.db', "return driver.get('a');");
  expect(await read('go')).toContain('Could not open the database (table keyv of /proc/parley/data/parley.db): ENOENT');
});

it('loses no replacement between processes', async () => {
  const path = join(root, 'counter', 'parley.db');
  const driver = new SqliteDriver({ path });
  await driver.set('count', '0');
  const body = `let conflicts = 0;
    for (let done = 0; done < message; ) {
      const count = await driver.get('count');
      if (await driver.replace('count', count, String(Number(count) + 1))) done += 1; else conflicts += 1;
    }
    return conflicts;`;
  const counters = await Promise.all([1, 2].map(() => spawn(path, body)));
  for (const conflicts of await Promise.all(counters.map((count) => count(300)))) expect(conflicts).toBeTypeOf('number');
  expect(await driver.get('count')).toBe('600');
  await driver.disconnect();
});

it('keeps what was written when the process is killed', async () => {
  const path = join(root, 'killed', 'parley.db');
  const write = await spawn(path, `await driver.set('last', message); return 'written';`);
  expect(await write('words')).toBe('written');
  const [child] = children;
  const exit = once(child!, 'exit');
  child!.kill('SIGKILL');
  await exit;
  const driver = new SqliteDriver({ path });
  expect(await driver.get('last')).toBe('words');
  await driver.disconnect();
});
