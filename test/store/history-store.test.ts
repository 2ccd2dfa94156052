import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { EMPTY_HISTORY, remember, without } from '../../src/conversation/history.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Exchange } from '../../src/conversation/history.ts';
import type { Store } from '../../src/store/open-store.ts';

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

const tamper = (path: string, key: string, value: string): void => {
  const database = new DatabaseSync(path);
  database.prepare('UPDATE keyv SET value = ? WHERE key = ?').run(value, key);
  database.close();
};

/** A conversation of so many exchanges, as another process has written it. */
const seeded = async (store: Store, count: number): Promise<void> => {
  const log = { error: () => undefined } as never;
  const histories = createHistoryStore({ store, files: createKeptFiles({ store: openStore('memory://'), ttlMs: 60_000, log }), ttlMs: 60_000, log });
  const exchanges = Array.from({ length: count }, (_, index) => ({ ...EXCHANGE, id: String(index + 1) }));
  await histories.save('10', exchanges.reduce(remember, EMPTY_HISTORY));
};

/** The keys of each write, and of what it deletes. */
const watchWrites = (store: Store): string[][] => {
  const writes: string[][] = [];
  const { setMany } = store;
  store.setMany = (entries, deleted = [], guard) => {
    writes.push([...entries.map(({ key }) => key), ...deleted.map((key) => `no ${key}`)]);
    return setMany(entries, deleted, guard);
  };
  return writes;
};

describe('stored histories', () => {
  it('are saved without a look at the old questions, however many there are', async () => {
    const { histories, store } = open();
    let looks = 0;
    const watched = (id: string): Exchange => ({
      ...EXCHANGE,
      id,
      get turns() {
        looks += 1;
        return EXCHANGE.turns;
      },
    });
    let history = EMPTY_HISTORY;
    for (let id = 1; id <= 50; id += 1) {
      const { exchanges } = history;
      history = { exchanges: [...exchanges, Object.defineProperty(watched(String(id)), 'continues', { value: exchanges.at(-1)?.id, enumerable: true })] };
      looks = 0;
      await histories.save('10', history);
      expect(looks).toBeLessThan(10);
    }
    await store.close();
  });

  it('are versioned records, and exchanges whose turns could be sent to Converse as they are', async () => {
    const { path, histories, store } = open();
    await histories.save('10', HISTORY);
    const rows = new Map(rowsOf(path).map(({ key, value }) => [key, JSON.parse(value) as Record<string, unknown>]));
    expect([...rows.keys()]).toEqual(['exchange:10/1', 'history:10']);
    expect(rows.get('history:10')).toMatchObject({ version: 3, first: 1, count: 1 });
    expect(rows.get('exchange:10/1')?.['turns']).toEqual(EXCHANGE.turns);
    await store.close();
  });

  it.each([1, 2])('of version %i, one record with all exchanges, are read and written as they are now', async (version) => {
    const { path, histories, store } = open();
    await store.set('history:10', JSON.stringify({ version, exchanges: [EXCHANGE] }), 60_000);
    const { history, wasUnreadable } = await histories.load('10');
    expect({ history, wasUnreadable }).toEqual({ history: { exchanges: [EXCHANGE] }, wasUnreadable: false });
    await histories.save('10', remember(history, { ...EXCHANGE, id: '2' }));
    expect(rowsOf(path).map(({ key }) => key)).toEqual(['exchange:10/1', 'exchange:10/2', 'history:10']);
    await store.close();
    const next = open(path);
    expect((await next.histories.load('10')).history.exchanges.map(({ id }) => id)).toEqual(['1', '2']);
    await next.store.close();
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
    ['a version that cannot be', '{"version":0,"exchanges":[]}'],
    ['a version beyond all bounds', '{"version":1e300,"exchanges":[]}'],
    ['more exchanges than anybody has', '{"version":3,"first":1,"count":30000000,"revision":"r"}'],
    ['a beginning that cannot be counted from', '{"version":3,"first":9007199254740991,"count":1,"revision":"r"}'],
    ['a role that cannot be', JSON.stringify({ version: 1, exchanges: [{ ...EXCHANGE, turns: [...EXCHANGE.turns].reverse() }] })],
    ['nothing', ''],
  ])('that cannot be read (%s) are set aside whole, logged, and told', async (_name, value) => {
    const { path, histories, store, errors } = open();
    await histories.save('10', HISTORY);
    tamper(path, 'history:10', value);
    expect(await histories.load('10')).toEqual({ history: EMPTY_HISTORY, wasUnreadable: true });
    expect(errors).toHaveLength(1);
    await histories.save('10', HISTORY);
    const rows = rowsOf(path);
    expect(rows.map(({ key }) => key.replace(/\d{13}/u, 'TIME'))).toEqual(['exchange:10/1', 'history:10', 'unreadable:10:TIME', 'unreadable:10:TIME/1']);
    expect(rows[2]?.value).toBe(value);
    expect(JSON.parse(rows[3]?.value ?? '')).toEqual(EXCHANGE);
    await store.close();
  });

  it('of which one exchange cannot be read are set aside whole', async () => {
    const { path, store } = open();
    await seeded(store, 3);
    tamper(path, 'exchange:10/2', '{"id":"2"}');
    const { histories, errors, store: other } = open(path);
    const moved: string[] = [];
    const { move } = other;
    other.move = (from, to, ttlMs) => move(from, to, ttlMs).finally(() => moved.push(from));
    expect(await histories.load('10')).toEqual({ history: EMPTY_HISTORY, wasUnreadable: true });
    expect(moved).toEqual(['exchange:10/1', 'exchange:10/2', 'exchange:10/3', 'history:10']);
    expect(rowsOf(path).map(({ key }) => key.replace(/\d{13}/u, 'TIME'))).toEqual(['', '/1', '/2', '/3'].map((end) => `unreadable:10:TIME${end}`));
    expect(errors).toHaveLength(1);
    await store.close();
  });

  it('are written exchange by exchange: what lies there already is left alone', async () => {
    const { path, store, histories } = open();
    const writes = watchWrites(store);
    const longer = async (id: string): Promise<void> => histories.save('10', remember((await histories.load('10')).history, { ...EXCHANGE, id }));
    for (const id of ['1', '2', '3', '4']) await longer(id);
    expect(writes.at(-1)).toEqual(['history:10', 'exchange:10/4']);
    // The oldest ones have left.
    const { history } = await histories.load('10');
    await histories.save('10', remember({ exchanges: history.exchanges.slice(2) }, { ...EXCHANGE, id: '5' }));
    expect(writes.at(-1)).toEqual(['history:10', 'exchange:10/5', 'no exchange:10/1', 'no exchange:10/2']);
    // One in the middle is forgotten, and the next one continues the one before it.
    await histories.save('10', without((await histories.load('10')).history, '4'));
    expect(writes.at(-1)).toEqual(['history:10', 'exchange:10/4', 'no exchange:10/5']);
    const ids = async (of: typeof histories): Promise<string[]> => (await of.load('10')).history.exchanges.map(({ id }) => id);
    expect(await ids(histories)).toEqual(['3', '5']);
    expect(await ids(open(path).histories)).toEqual(['3', '5']);
    // Nothing is left of what was there.
    await histories.save('10', remember(EMPTY_HISTORY, { ...EXCHANGE, id: '6' }));
    expect(writes.at(-1)).toEqual(['history:10', 'exchange:10/5', 'no exchange:10/3', 'no exchange:10/4']);
    expect(await ids(open(path).histories)).toEqual(['6']);
    await store.close();
  });

  it('are written exchange by exchange also by who has to read them again', async () => {
    const { path, store } = open();
    await seeded(store, 3);
    const { history } = await open(path).histories.load('10');
    const forgetful = open(path);
    const writes = watchWrites(forgetful.store);
    await forgetful.histories.save('10', remember(history, { ...EXCHANGE, id: '4' }));
    expect(writes).toEqual([['history:10', 'exchange:10/4']]);
    await Promise.all([store.close(), forgetful.store.close()]);
  });

  it('stay what they are when a process that read them earlier writes them', async () => {
    const { path, store, histories: first } = open();
    await seeded(store, 3);
    const second = open(path).histories;
    const { history } = await first.load('10');
    await second.save('10', { exchanges: [...(await second.load('10')).history.exchanges.slice(2), { ...EXCHANGE, id: '9' }] });
    await first.save('10', remember(history, { ...EXCHANGE, id: '4' }));
    for (const histories of [first, second, open(path).histories]) {
      const { history: read, wasUnreadable } = await histories.load('10');
      expect(wasUnreadable).toBe(false);
      expect(read.exchanges.map(({ id }) => id)).toEqual(['3', '9', '4']);
    }
    expect(await second.forget('10')).toBe(true);
    expect(rowsOf(path)).toEqual([]);
    expect((await first.load('10')).history).toEqual(EMPTY_HISTORY);
    await store.close();
  });

  it('lose their oldest exchanges with time, and none of the others', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { path, store } = open();
    await seeded(store, 2);
    vi.setSystemTime(Date.now() + 40_000);
    const second = open(path).histories;
    await second.save('10', remember((await second.load('10')).history, { ...EXCHANGE, id: '3' }));
    vi.setSystemTime(Date.now() + 40_000);
    const { histories } = open(path);
    const { history } = await histories.load('10');
    expect(history.exchanges.map(({ id }) => id)).toEqual(['3']);
    await histories.save('10', remember(history, { ...EXCHANGE, id: '4' }));
    expect((await open(path).histories.load('10')).history.exchanges.map(({ id }) => id)).toEqual(['3', '4']);
    await store.close();
  });

  it('are forgotten with all of their exchanges, and without those of private ones', async () => {
    const { path, store, histories } = open();
    await histories.save('10', HISTORY);
    await histories.save('10:7', HISTORY);
    expect(await histories.forget('10')).toBe(true);
    expect(rowsOf(path).map(({ key }) => key)).toEqual(['exchange:10:7/1', 'history:10:7']);
    await store.close();
  });

  it('are changed in one exchange beside what others write', async () => {
    const { path, store, histories } = open();
    await histories.save('10', HISTORY);
    const elsewhere = open(path);
    const longer = remember(HISTORY, { ...EXCHANGE, id: '2' });
    await elsewhere.histories.load('10');
    await elsewhere.histories.save('10', longer, HISTORY);
    expect(await histories.change('10', '1', (exchange) => ({ ...exchange, stopReason: 'max_tokens' }))).toMatchObject({ id: '1', stopReason: 'max_tokens' });
    expect((await elsewhere.histories.load('10')).history.exchanges.map(({ id, stopReason }) => [id, stopReason])).toEqual([['1', 'max_tokens'], ['2', 'end_turn']]);
    expect(await histories.change('10', '3', (exchange) => exchange)).toBeUndefined();
    expect(await histories.change('11', '1', (exchange) => exchange)).toBeUndefined();
    await Promise.all([store.close(), elsewhere.store.close()]);
  });

  it.each(['forgotten', 'left without that question'])('that are %s while one exchange is being changed do not come back with it', async (how) => {
    const { path, store, histories } = open();
    const longer = remember(HISTORY, { ...EXCHANGE, id: '2' });
    await histories.save('10', longer);
    const elsewhere = open(path);
    const { setMany } = store;
    // It is gone between the look at it and the write.
    store.setMany = async (...write) => {
      store.setMany = setMany;
      await (how === 'forgotten' ? elsewhere.histories.forget('10') : elsewhere.histories.save('10', without(longer, '1'), longer));
      return setMany(...write);
    };
    expect(await histories.change('10', '1', (exchange) => ({ ...exchange, stopReason: 'max_tokens' }))).toBeUndefined();
    expect((await elsewhere.histories.load('10')).history.exchanges.map(({ id }) => id)).toEqual(how === 'forgotten' ? [] : ['2']);
    await Promise.all([store.close(), elsewhere.store.close()]);
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
