import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { EMPTY_HISTORY, remember } from '../../src/conversation/history.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Exchange } from '../../src/conversation/history.ts';

const EXCHANGE: Exchange = {
  id: '1',
  askerId: '7',
  askedAt: 1_000,
  turns: [
    { role: 'user', content: [{ text: 'Hello' }] },
    { role: 'assistant', content: [{ text: 'Hi there.' }] },
  ],
  replyMessageIds: ['2'],
  stopReason: 'end_turn',
  usage: { inputTokens: 3, outputTokens: 4 },
};
const HISTORY = remember(EMPTY_HISTORY, EXCHANGE);

const open = (path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'parley.sqlite')) => {
  const errors: string[] = [];
  const store = openStore(`sqlite://${path}`);
  const log = { error: (_fields: unknown, message: string) => errors.push(message) } as never;
  const files = createKeptFiles({ store: openStore('memory://'), ttlMs: 60_000, log });
  return { path, store, errors, histories: createHistoryStore({ store, files, ttlMs: 60_000, log }) };
};

const rowsOf = (path: string): { key: string; value: string }[] => {
  const database = new DatabaseSync(path);
  const rows = database.prepare('SELECT key, value FROM keyv ORDER BY key').all() as { key: string; value: string }[];
  database.close();
  return rows;
};

const tamper = (path: string, value: string): void => {
  const database = new DatabaseSync(path);
  database.prepare("UPDATE keyv SET value = ? WHERE key = 'history:10'").run(value);
  database.close();
};

describe('stored histories', () => {
  it('are versioned records whose turns could be sent to Converse as they are', async () => {
    const { path, histories, store } = open();
    await histories.save('10', HISTORY);
    const [row] = rowsOf(path);
    expect(row?.key).toBe('history:10');
    const record = JSON.parse(row?.value ?? '') as { version: number; exchanges: { turns: unknown }[] };
    expect(record.version).toBe(1);
    expect(record.exchanges[0]?.turns).toEqual(EXCHANGE.turns);
    await store.close();
  });

  it('are there after a restart', async () => {
    const first = open();
    await first.histories.save('10', HISTORY);
    await first.store.close();
    const second = open(first.path);
    expect(await second.histories.load('10')).toEqual({ history: HISTORY, wasUnreadable: false });
    expect(await second.histories.load('11')).toEqual({ history: EMPTY_HISTORY, wasUnreadable: false });
    expect(await second.histories.forget('10')).toBe(true);
    expect(await second.histories.forget('10')).toBe(false);
    await second.store.close();
  });

  it.each([
    ['broken JSON', '{"version":1,"exch'],
    ['no record', '[1,2,3]'],
    ['another version', '{"version":99,"exchanges":[]}'],
    ['a role that cannot be', JSON.stringify({ version: 1, exchanges: [{ ...EXCHANGE, turns: [...EXCHANGE.turns].reverse() }] })],
    ['nothing', ''],
  ])('that cannot be read (%s) are set aside whole, logged, and told', async (_name, value) => {
    const { path, histories, store, errors } = open();
    await histories.save('10', HISTORY);
    tamper(path, value);
    expect(await histories.load('10')).toEqual({ history: EMPTY_HISTORY, wasUnreadable: true });
    expect(errors).toHaveLength(1);
    await histories.save('10', HISTORY);
    const rows = rowsOf(path);
    expect(rows.map(({ key }) => key.replace(/\d{13}/u, 'TIME'))).toEqual(['history:10', 'unreadable:10:TIME']);
    expect(rows[1]?.value).toBe(value);
    await store.close();
  });

  it('that could not be read are a failure, never empty', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'parley.sqlite');
    writeFileSync(path, 'this is no database, and long enough to be looked at as one'.repeat(20));
    const { histories } = open(path);
    await expect(histories.load('10')).rejects.toMatchObject({ name: 'Failure', kind: 'store' });
    await expect(histories.save('10', HISTORY)).rejects.toMatchObject({ name: 'Failure', kind: 'store' });
    await expect(histories.forget('10')).rejects.toMatchObject({ name: 'Failure', kind: 'store' });
  });

  it('are listed by the channel that they were held in, with the private ones', async () => {
    const { store, histories } = open();
    for (const id of ['10', '10:7', '101', '101:7', '1']) await histories.save(id, HISTORY);
    expect(await histories.heldIn('10')).toEqual(['10', '10:7']);
    expect(await histories.heldIn('2')).toEqual([]);
    await store.close();
  });

  it('leave when their time is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { store, histories, path } = open();
    await histories.save('10', HISTORY);
    vi.setSystemTime(Date.now() + 60_001);
    expect((await histories.load('10')).history).toEqual(EMPTY_HISTORY);
    await histories.save('10', HISTORY);
    vi.setSystemTime(Date.now() + 60_001);
    expect(store.sweep()).toBe(false);
    vi.useRealTimers();
    expect(rowsOf(path)).toEqual([]);
    await store.close();
  });
});
