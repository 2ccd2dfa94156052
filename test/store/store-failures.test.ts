import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let folder: string;
let file: string;
let world: World;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
  file = join(folder, 'parley.sqlite');
  world = await startWorld({ environment: { STORE_URL: `sqlite://${file}` }, discord: { rateLimits: 'off' } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
  rmSync(folder, { recursive: true });
});

const WITHIN_MS = 30_000;
const REFUSAL = /cannot reach my memory/u;

/** Resolves with what the person reads in the end, once it is remembered or lost: the answer, or why there is none. */
const ask = async (text: string): Promise<string> => {
  const { discord, ana, channel } = world;
  const question: SimulatedMessage = ana.say(channel, `${discord.botUser.mention} ${text}`);
  const answer = await discord.waitFor(
    () => channel.fromBot.find(({ referenceId, content }) => referenceId === question.id && (content === 'Certainly.' || REFUSAL.test(content))),
    WITHIN_MS,
  );
  await vi.waitFor(() => expect(world.log.some((line) => line['questionId'] === question.id && line['outcome'] !== undefined)).toBe(true), WITHIN_MS);
  return answer.content;
};

/** What the model was told of this conversation with the last question. */
const told = (): string[] => (world.bedrock.requests.at(-1)?.body?.messages ?? []).map(({ content }) => content.at(-1)?.text ?? '');

const complaints = (): string => JSON.stringify(world.log.filter(({ level }) => level === 'error' || level === 'warn'));

/** As SQLite says it, at every write; reads work. */
const failWrites = (errcode: number, errstr: string): void => {
  const fail = (): never => {
    throw Object.assign(new Error(errstr), { code: 'ERR_SQLITE_ERROR', errcode, errstr });
  };
  vi.spyOn(StatementSync.prototype, 'run').mockImplementation(fail);
};

describe('a store that cannot be written', () => {
  for (const [what, errcode, errstr] of [
    ['because the disk is full', 13, 'database or disk is full'],
    ['because the file is read-only', 8, 'attempt to write a readonly database'],
    ['because the disk fails', 10, 'disk I/O error'],
  ] as const) {
    it(`${what}: people are answered or told, the log says why, and all is well again with the disk`, async () => {
      expect(await ask('first')).toBe('Certainly.');
      failWrites(errcode, errstr);
      const meanwhile = await ask('second');
      await vi.waitFor(() => expect(complaints()).toContain(errstr), WITHIN_MS);
      expect(complaints()).toContain(file);
      vi.restoreAllMocks();
      expect(await ask('third')).toBe('Certainly.');
      expect(told()).toEqual(['first', 'Certainly.', ...(meanwhile === 'Certainly.' && told().includes('second') ? ['second', 'Certainly.'] : []), 'third']);
      expect(world.fatal).toEqual([]);
    });
  }
});

describe('a store that cannot be reached', () => {
  it('because another process has it locked: the answer comes, and is remembered when the lock is gone', async () => {
    expect(await ask('first')).toBe('Certainly.');
    using other = new DatabaseSync(file);
    other.exec('BEGIN EXCLUSIVE');
    const release = setTimeout(() => other.exec('COMMIT'), 700);
    expect(await ask('second')).toBe('Certainly.');
    clearTimeout(release);
    expect(await ask('third')).toBe('Certainly.');
    expect(told()).toEqual(['first', 'Certainly.', 'second', 'Certainly.', 'third']);
  });

  it('for longer than anybody waits: people are answered or told, and others are not held up', async () => {
    expect(await ask('first')).toBe('Certainly.');
    using other = new DatabaseSync(file);
    other.exec('BEGIN EXCLUSIVE');
    let longestMs = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    await ask('second');
    await vi.waitFor(() => expect(complaints()).toMatch(/locked/u), WITHIN_MS);
    clearInterval(beat);
    // The heartbeat of the gateway and all other answers wait for this thread.
    expect(longestMs).toBeLessThan(2_000);
    other.exec('COMMIT');
    expect(await ask('third')).toBe('Certainly.');
    expect(told().slice(0, 2)).toEqual(['first', 'Certainly.']);
  });

  it('because it was damaged: nobody is answered as if there were no history, and the file stays as it is', async () => {
    expect(await ask('first')).toBe('Certainly.');
    const whole = join(folder, 'whole.sqlite');
    using copier = new DatabaseSync(file);
    copier.exec(`VACUUM INTO '${whole}'`);
    const damaged = join(folder, 'damaged.sqlite');
    writeFileSync(damaged, 'This is no database at all. '.repeat(400));
    renameSync(damaged, file);
    rmSync(`${file}-wal`, { force: true });
    rmSync(`${file}-shm`, { force: true });
    expect(await ask('second')).toMatch(REFUSAL);
    expect(await ask('third')).toMatch(REFUSAL);
    expect(complaints()).toContain(file);
    expect(readFileSync(file, 'utf8')).toMatch(/^This is no database at all/u);
    renameSync(whole, file);
    await ask('fourth');
    expect(await ask('fifth')).toBe('Certainly.');
    expect(told().slice(0, 2)).toEqual(['first', 'Certainly.']);
  });

  it('because it is gone for a while: what it holds is there when it comes back', async () => {
    expect(await ask('first')).toBe('Certainly.');
    const kept = join(folder, 'kept.sqlite');
    using copier = new DatabaseSync(file);
    copier.exec(`VACUUM INTO '${kept}'`);
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    await ask('second');
    for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    renameSync(kept, file);
    await ask('third');
    expect(await ask('fourth')).toBe('Certainly.');
    expect(told().slice(0, 2)).toEqual(['first', 'Certainly.']);
    expect(world.fatal).toEqual([]);
  });
});
