import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { EMPTY_HISTORY, remember } from '../../src/conversation/history.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { openStore, openTables } from '../../src/store/open-store.ts';
import { createPendingQuestionStore } from '../../src/store/shown-answer-store.ts';
import { sweepAside } from '../../src/store/set-aside.ts';
import type { Exchange } from '../../src/conversation/history.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const freshPath = (): string => join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite');
const secretsIn = (path: string): number =>
  ['', '-wal'].reduce((sum, end) => sum + (existsSync(path + end) ? (readFileSync(path + end, 'latin1').match(/SECRET-\d+/gu)?.length ?? 0) : 0), 0);

const exchange = (id: string, text: string): Exchange => ({
  id,
  askerId: '7',
  askedAt: 1,
  turns: [{ role: 'user', content: [{ text }] }, { role: 'assistant', content: [{ text: 'I see.' }] }],
  replyMessageIds: [],
  stopReason: 'end_turn',
});

const open = (path: string) => {
  const log = { error: () => undefined, warn: () => undefined } as never;
  const openTable = openTables(`sqlite://${path}`);
  const [store, fileStore, ledgerStore] = [openTable(), openTable('files'), openTable('ledger')];
  const files = createKeptFiles({ store: fileStore, ttlMs: DAY_MS, log });
  return { store, ledgerStore, histories: createHistoryStore({ store, otherTables: [ledgerStore], files, ttlMs: DAY_MS, log }), close: () => Promise.all([store, fileStore, ledgerStore].map((one) => one.close())) };
};

describe('what was deleted', () => {
  it('is nowhere in the file or its log once the store is quiet', async () => {
    const path = freshPath();
    const { histories, close } = open(path);
    for (let index = 0; index < 300; index += 1) await histories.save(`c${index}`, remember(EMPTY_HISTORY, exchange('1', `SECRET-${index} ${'x'.repeat((index * 97) % 5_000)}`)));
    expect(secretsIn(path)).toBeGreaterThanOrEqual(300);
    for (let index = 0; index < 300; index += 1) {
      if (index % 2 === 0) await histories.forget(`c${index}`);
      else await histories.save(`c${index}`, remember(EMPTY_HISTORY, exchange('2', 'something else')));
    }
    await expect.poll(() => secretsIn(path), { timeout: 10_000, interval: 200 }).toBe(0);
    await close();
  });

  it('leaves the log, too, where it was only written over: each time that the store has become quiet', async () => {
    const path = freshPath();
    const store = openStore(`sqlite://${path}`);
    for (const round of [1, 2]) {
      await store.set('a', `SECRET-${round}`, DAY_MS);
      await store.set('a', 'something else', DAY_MS);
      expect(secretsIn(path)).toBeGreaterThan(0);
      await expect.poll(() => secretsIn(path), { timeout: 10_000, interval: 100 }).toBe(0);
    }
    await store.close();
  });

  it('leaves the log also where another process was reading when the store became quiet', async () => {
    const path = freshPath();
    const store = openStore(`sqlite://${path}`);
    await store.set('a', 'SECRET-1', DAY_MS);
    await store.set('a', 'something else', DAY_MS);
    const reader = new DatabaseSync(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM keyv').get();
    // What is in the log has been copied, and could not be taken out of it.
    await expect.poll(() => readFileSync(path, 'latin1').includes('something else'), { interval: 100 }).toBe(true);
    expect(secretsIn(path)).toBeGreaterThan(0);
    reader.exec('COMMIT');
    await expect.poll(() => secretsIn(path), { timeout: 20_000, interval: 100 }).toBe(0);
    reader.close();
    await store.close();
  });

  it('before this was so leaves the file when it is opened', async () => {
    const path = freshPath();
    const old = new DatabaseSync(path);
    old.exec('PRAGMA journal_mode = WAL; CREATE TABLE keyv (namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, expires INTEGER, UNIQUE (namespace, key)) STRICT');
    const insert = old.prepare("INSERT INTO keyv VALUES ('', ?, ?, NULL)");
    for (let index = 0; index < 200; index += 1) insert.run(`k${index}`, `SECRET-${index} ${'x'.repeat(300)}`);
    old.exec("DELETE FROM keyv WHERE key <> 'k7'");
    old.close();
    expect(secretsIn(path)).toBeGreaterThan(1);
    const store = openStore(`sqlite://${path}`);
    expect(await store.get('k7')).toContain('SECRET-7 ');
    expect(secretsIn(path)).toBe(1);
    await store.close();
  });
});

describe('what could not be read', () => {
  const asideIn = async (stores: readonly ReturnType<typeof openStore>[]): Promise<string[]> =>
    (await Promise.all(stores.map((store) => Array.fromAsync(store.entries('unreadable:'), ([key]) => key.replace(/\d{13}/u, 'TIME'))))).flat();

  /** Something unreadable of each kind in two conversations, of which one begins like the other. */
  const damaged = async () => {
    const path = freshPath();
    const opened = open(path);
    const { store, histories } = opened;
    const pending = createPendingQuestionStore({ store, ttlMs: DAY_MS });
    for (const id of ['10', '10:7']) {
      await histories.save(id, remember(EMPTY_HISTORY, exchange('1', 'hello')));
      await store.set(`history:${id}`, 'nonsense', DAY_MS);
      await histories.load(id);
      await store.set(`pending:${id}/1`, 'nonsense', DAY_MS);
      expect(await pending.find(id, '1')).toBeUndefined();
    }
    return { ...opened, path };
  };
  const of = (id: string): string[] => [`unreadable:${id}:TIME`, `unreadable:${id}:TIME/1`, `unreadable:${id}:TIME/pending:${id}/1`];

  it('is forgotten with its conversation, and with no other', async () => {
    const { store, histories, close } = await damaged();
    expect((await asideIn([store])).toSorted()).toEqual([...of('10'), ...of('10:7')].toSorted());
    expect(await histories.heldIn('10')).toEqual(['10', '10:7']);
    expect(await histories.forget('10')).toBe(true);
    expect((await asideIn([store])).toSorted()).toEqual(of('10:7').toSorted());
    await histories.forgetUnreadable('10:7');
    expect(await asideIn([store])).toEqual([]);
    expect(await histories.forget('10:7')).toBe(false);
    await close();
  });

  it('is forgotten as soon as histories are, also where it was kept for good once', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { store, path, histories, close } = await damaged();
      const old = new DatabaseSync(path);
      old.prepare("INSERT INTO keyv VALUES ('', ?, 'SECRET-1', NULL)").run(`unreadable:99:${Date.now() - 2 * DAY_MS}`);
      old.close();
      await histories.sweepUnreadable();
      expect(await asideIn([store])).toHaveLength(6);
      vi.setSystemTime(Date.now() + DAY_MS + 1_000);
      await sweepAside(store, DAY_MS);
      store.sweep();
      const rows = new DatabaseSync(path);
      expect(rows.prepare('SELECT key FROM keyv').all()).toEqual([]);
      rows.close();
      await close();
    } finally {
      vi.useRealTimers();
    }
  });
});
