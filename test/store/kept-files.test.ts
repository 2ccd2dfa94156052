import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keptSources } from '../../src/conversation/history-files.ts';
import { EMPTY_HISTORY, remember } from '../../src/conversation/history.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { ContentBlock } from '../../src/conversation/content.ts';
import type { Exchange, History } from '../../src/conversation/history.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

const open = (path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'parley.sqlite')) => {
  const log: unknown[][] = [];
  const write = (...line: unknown[]) => log.push(line);
  const logger = { error: write, warn: write } as never;
  const store = openStore(`sqlite://${path}`);
  const fileStore = openStore(`sqlite://${path}`, { table: 'files' });
  const files = createKeptFiles({ store: fileStore, ttlMs: DAY, log: logger });
  const histories = createHistoryStore({ store, files, ttlMs: DAY, log: logger });
  return { path, log, store, fileStore, files, histories, close: () => Promise.all([store.close(), fileStore.close()]) };
};

const query = (path: string, sql: string): Record<string, unknown>[] => {
  const database = new DatabaseSync(path);
  const rows = database.prepare(sql).all();
  database.close();
  return rows;
};

const filesIn = (path: string): string[] => query(path, "SELECT key FROM files WHERE key LIKE 'bytes:%' ORDER BY key").map(({ key }) => String(key));
const rowsIn = (path: string): number => query(path, 'SELECT key FROM files').length;

const image = (...bytes: number[]): ContentBlock => ({ image: { format: 'png', source: { bytes: new Uint8Array(bytes) } } });

const exchange = (id: string, ...content: ContentBlock[]): Exchange => ({
  id,
  askerId: '7',
  askedAt: 1_000,
  turns: [{ role: 'user', content }, { role: 'assistant', content: [{ text: 'I see.' }] }],
  replyMessageIds: [],
  stopReason: 'end_turn',
});

const historyOf = (...exchanges: Exchange[]): History => exchanges.reduce(remember, EMPTY_HISTORY);

afterEach(() => {
  vi.useRealTimers();
});

describe('files beside histories', () => {
  it('let others go on between any two of them, when they are kept and when they are read', async () => {
    const { files, close } = open();
    let turns = 0;
    let next = setImmediate(function count() {
      turns += 1;
      next = setImmediate(count);
    });
    const turnsOf = async (work: (index: number) => Promise<unknown>): Promise<number> => {
      const before = turns;
      for (let index = 0; index < 20; index += 1) await work(index);
      return turns - before;
    };
    const first = await files.keep('10', new Uint8Array([1]));
    expect(await turnsOf((index) => files.keep('10', new Uint8Array([index])))).toBeGreaterThanOrEqual(20);
    expect(await turnsOf(() => files.read(first))).toBeGreaterThanOrEqual(20);
    clearImmediate(next);
    await close();
  });

  it('are there once, whoever sent them and however often', async () => {
    const { path, histories, close } = open();
    await histories.save('10', historyOf(exchange('1', image(1, 2, 3)), exchange('2', image(1, 2, 3), { text: 'again' })));
    await histories.save('11:7', historyOf(exchange('3', image(1, 2, 3))));
    expect(filesIn(path)).toHaveLength(1);
    const [{ value } = {}] = query(path, "SELECT value FROM files WHERE key LIKE 'bytes:%'");
    expect(Buffer.from(String(value), 'base64')).toEqual(Buffer.from([1, 2, 3]));
    await close();
  });

  it('come back after a restart, and the record refers to them by their hash', async () => {
    const first = open();
    await first.histories.save('10', historyOf(exchange('1', { text: 'Look.' }, image(1, 2, 3))));
    await first.close();
    const [{ value } = {}] = query(first.path, "SELECT value FROM keyv WHERE key = 'exchange:10/1'");
    const record = JSON.parse(String(value)) as { turns: [{ content: unknown[] }] };
    const source = { sha256: '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81', size: 3 };
    expect(record.turns[0].content).toEqual([{ text: 'Look.' }, { image: { format: 'png', source } }]);
    const second = open(first.path);
    const { history, wasUnreadable } = await second.histories.load('10');
    expect(wasUnreadable).toBe(false);
    expect(history.exchanges[0]?.turns[0].content[1]).toEqual({ image: { format: 'png', source } });
    expect(await second.histories.readFile(source)).toEqual(new Uint8Array([1, 2, 3]));
    await second.close();
  });

  it('lie in pieces where they are large, come back whole, and leave whole', async () => {
    const first = open();
    const large = new Uint8Array(200_000).map((_, index) => index % 251);
    await first.histories.save('10', historyOf(exchange('1', { image: { format: 'png', source: { bytes: large } } })));
    const { history } = await first.histories.load('10');
    const [source] = keptSources(history);
    expect(await first.histories.readFile(source!)).toEqual(large);
    const lengths = query(first.path, "SELECT length(value) AS length FROM files WHERE key LIKE 'bytes:%' OR key LIKE 'piece:%'").map(({ length }) => Number(length));
    expect(lengths).toHaveLength(5);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(64 * 1024);
    await first.histories.forget('10');
    expect(query(first.path, 'SELECT key FROM files')).toEqual([]);
    await first.close();
  });

  it('are read as they were kept before they lay in pieces, and are lost when a piece is', async () => {
    const { path, histories, close } = open();
    const large = new Uint8Array(100_000).fill(7);
    await histories.save('10', historyOf(exchange('1', { image: { format: 'png', source: { bytes: large } } })));
    const [source] = keptSources((await histories.load('10')).history);
    query(path, "DELETE FROM files WHERE key LIKE 'piece:%'");
    expect(await histories.readFile(source!)).toBeUndefined();
    query(path, `UPDATE files SET value = '${Buffer.from(large).toString('base64')}' WHERE key LIKE 'bytes:%'`);
    expect(await histories.readFile(source!)).toEqual(large);
    await close();
  });

  it('hold nothing of the bytes in memory once they are saved', async () => {
    const { histories, close } = open();
    await histories.save('10', historyOf(exchange('1', image(1, 2, 3))));
    expect(JSON.stringify(await histories.load('10'))).not.toContain('bytes');
    await close();
  });

  it('leave with the last conversation that has them', async () => {
    const { path, histories, close } = open();
    await histories.save('10', historyOf(exchange('1', image(1)), exchange('2', image(2))));
    await histories.save('11', historyOf(exchange('3', image(1))));
    expect(filesIn(path)).toHaveLength(2);
    const { history } = await histories.load('10');
    await histories.save('10', { exchanges: history.exchanges.slice(1) });
    expect(filesIn(path)).toHaveLength(2);
    expect(await histories.forget('11')).toBe(true);
    expect(filesIn(path)).toHaveLength(1);
    expect(await histories.forget('10')).toBe(true);
    expect(rowsIn(path)).toBe(0);
    expect(await histories.forget('10')).toBe(false);
    await close();
  });

  it('leave also when the history is not the one that this process knows', async () => {
    const first = open();
    await first.histories.save('10', historyOf(exchange('1', image(1))));
    await first.close();
    const second = open(first.path);
    await second.histories.save('10', historyOf(exchange('2', { text: 'Hello' })));
    expect(rowsIn(first.path)).toBe(0);
    await second.close();
  });

  it('are not forgotten by what somebody writes', async () => {
    const { path, files, histories, close } = open();
    const { sha256 } = await files.keep('10', new Uint8Array([1]));
    await histories.save('10', historyOf(exchange('1', { text: `"sha256":"${sha256}"` })));
    await histories.forget('10');
    expect(filesIn(path)).toHaveLength(1);
    await close();
  });

  it.each([
    ['lost', "DELETE FROM files WHERE key LIKE 'bytes:%'"],
    ['other bytes', "UPDATE files SET value = 'AAAA' WHERE key LIKE 'bytes:%'"],
    ['no base64', "UPDATE files SET value = '***' WHERE key LIKE 'bytes:%'"],
    ['a broken table', 'DROP TABLE files'],
  ])('that cannot be read (%s) are told to the log, and are no failure', async (_name, sql) => {
    const { path, log, files, close } = open();
    const source = await files.keep('10', new Uint8Array([1, 2, 3]));
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    expect(await files.read(source)).toBeUndefined();
    expect(log).toHaveLength(1);
    await close();
  });

  it('leave when their time is over, and stay while a newer conversation has them', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { path, files, fileStore, close } = open();
    const source = await files.keep('10', new Uint8Array([1]));
    vi.setSystemTime(Date.now() + DAY / 2);
    await files.keep('11', new Uint8Array([1]));
    vi.setSystemTime(Date.now() + DAY / 2 + 1);
    fileStore.sweep();
    expect(await files.read(source)).toBeDefined();
    vi.setSystemTime(Date.now() + DAY / 2);
    fileStore.sweep();
    expect(rowsIn(path)).toBe(0);
    await close();
  });

  it('that no history has are swept, but not those that are just being saved', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { path, files, histories, close } = open();
    await histories.save('10', historyOf(exchange('1', image(1))));
    await files.keep('10', new Uint8Array([2]));
    await files.keep('11:7', new Uint8Array([3]));
    await histories.sweepFiles();
    expect(filesIn(path)).toHaveLength(3);
    vi.setSystemTime(Date.now() + HOUR);
    await histories.sweepFiles();
    expect(filesIn(path)).toHaveLength(1);
    expect(rowsIn(path)).toBe(2);
    await close();
  });

  it('of a save that failed do not stay', async () => {
    const { path, store, histories, close } = open();
    await histories.load('10');
    await store.close();
    await expect(histories.save('10', historyOf(exchange('1', image(1))))).rejects.toMatchObject({ kind: 'store' });
    expect(rowsIn(path)).toBe(0);
    await close().catch(() => undefined);
  });
});
