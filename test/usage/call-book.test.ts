import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createUsageStore } from '../../src/store/usage-store.ts';
import { recordsIn, writeInto } from '../store/damage.ts';
import { NOTHING } from '../../src/usage/sum.ts';
import { MODEL, NOON, bookOn, payerOf } from './book-calls.ts';
import type { Store } from '../../src/store/open-store.ts';

const GUILD = '100000000000000001';
const CHANNEL = '100000000000000002';
const ANA = '100000000000000003';
const BO = '100000000000000004';
const DAY_MS = 86_400_000;

let path: string;
let stores: Store[];
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite');
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
});

/** As each process opens it. */
const openTable = (): Store => {
  const store = openStore(`sqlite://${path}`, { table: 'usage' });
  stores.push(store);
  return store;
};
const usage = (inputTokens: number, outputTokens: number) => ({ inputTokens, outputTokens });
const sumsOf = async (account: string, month = '2026-11') => (await createUsageStore(openTable()).month(month, [account]))[0];
const keys = () => recordsIn(path).map(({ key }) => key);

describe('a book of calls', () => {
  it('adds each call to its member, channel, server and the bot, by model and day', async () => {
    const book = bookOn(openTable());
    book.report({ modelId: MODEL, payer: payerOf(GUILD, CHANNEL, ANA), usage: { ...usage(100, 20), cacheReadInputTokens: 7, cacheWriteInputTokens: 8 } });
    book.report({ modelId: MODEL, payer: payerOf(GUILD, CHANNEL, BO), usage: usage(1, 2) });
    book.report({ modelId: 'another', payer: payerOf(GUILD, CHANNEL, ANA), usage: usage(5, 6) });
    await book.settle();
    const first = { calls: 1, inputTokens: 100, outputTokens: 20, cacheReadTokens: 7, cacheWriteTokens: 8, nanoUsd: 120_000, unreported: 0, unpriced: 0, textUnits: 0 };
    const unpriced = { day: 29, modelId: 'another', sum: { ...NOTHING, calls: 1, inputTokens: 5, outputTokens: 6, unpriced: 1 } };
    const both = { ...first, calls: 2, inputTokens: 101, outputTokens: 22, nanoUsd: 123_000 };
    expect(await sumsOf(`member:${GUILD}:${ANA}`)).toEqual([{ day: 29, modelId: MODEL, sum: first }, unpriced]);
    expect(await sumsOf(`member:${GUILD}:${BO}`)).toEqual([{ day: 29, modelId: MODEL, sum: { ...NOTHING, calls: 1, inputTokens: 1, outputTokens: 2, nanoUsd: 3_000 } }]);
    for (const account of [`channel:${GUILD}:${CHANNEL}`, `server:${GUILD}`, 'bot']) expect(await sumsOf(account)).toEqual([{ day: 29, modelId: MODEL, sum: both }, unpriced]);
  });

  it('knows no price of a model that has none, and a price of nothing of one that is free', async () => {
    const book = bookOn(openTable(), { priceOf: (modelId) => (modelId === 'free' ? 0 : undefined) });
    for (const modelId of ['free', 'unknown']) book.report({ modelId, payer: payerOf(GUILD, CHANNEL, ANA), usage: usage(3, 4) });
    await book.settle();
    expect((await sumsOf('bot'))?.map(({ modelId, sum }) => [modelId, sum.nanoUsd, sum.unpriced])).toEqual([['free', 0, 0], ['unknown', 0, 1]]);
  });

  it('adds up what checks of content are billed by, which use no tokens', async () => {
    const book = bookOn(openTable());
    for (const textUnits of [4, 38]) book.report({ modelId: 'guardrail-checks', payer: payerOf(GUILD, CHANNEL, ANA), usage: usage(0, 0), textUnits });
    await book.settle();
    expect((await sumsOf(`member:${GUILD}:${ANA}`))?.[0]).toMatchObject({ modelId: 'guardrail-checks', sum: { calls: 2, inputTokens: 0, textUnits: 42 } });
  });

  it('counts a call of which Bedrock said nothing, without tokens', async () => {
    const book = bookOn(openTable());
    book.report({ modelId: MODEL, payer: payerOf(GUILD, CHANNEL, ANA), usage: undefined });
    await book.settle();
    expect((await sumsOf(`member:${GUILD}:${ANA}`))?.[0]?.sum).toEqual({ ...NOTHING, calls: 1, unreported: 1 });
  });

  it('books what Parley asks for itself to the bot alone', async () => {
    const book = bookOn(openTable());
    book.report({ modelId: MODEL, payer: undefined, usage: usage(8, 1) });
    await book.settle();
    expect(keys().filter((key) => key.startsWith('usage:'))).toEqual(['usage:2026-11:bot']);
  });

  it('books a direct message to its member, and to no channel', async () => {
    const book = bookOn(openTable());
    book.report({ modelId: MODEL, payer: payerOf(undefined, CHANNEL, ANA), usage: usage(8, 1) });
    await book.settle();
    expect(keys().filter((key) => key.startsWith('usage:'))).toEqual(['usage:2026-11:bot', `usage:2026-11:member:dm:${ANA}`, 'usage:2026-11:server:dm']);
  });

  it('books what is asked in a thread, or in private, to the channel', async () => {
    const book = bookOn(openTable(), { placeOf: (id) => (id === '5' ? { channelId: CHANNEL } : undefined) });
    book.report({ modelId: MODEL, payer: payerOf(GUILD, '5', ANA), usage: usage(1, 1) });
    book.report({ modelId: MODEL, payer: payerOf(GUILD, `${CHANNEL}:${ANA}`, ANA), usage: usage(1, 1) });
    await book.settle();
    expect((await sumsOf(`channel:${GUILD}:${CHANNEL}`))?.[0]?.sum.calls).toBe(2);
  });

  it('has a call in the store when the report returns, and adds it up after a kill, once', async () => {
    const table = openTable();
    // As each start does.
    await table.peek('-');
    const killed = bookOn(table);
    killed.report({ modelId: MODEL, payer: payerOf(GUILD, CHANNEL, ANA), usage: usage(10, 1) });
    expect(keys().filter((key) => key.startsWith('booked:'))).toHaveLength(1);
    expect(await sumsOf('bot')).toEqual([]);
    const next = bookOn(openTable());
    await Promise.all([next.open(), bookOn(openTable()).open()]);
    await next.open();
    expect((await sumsOf('bot'))?.[0]?.sum.calls).toBe(1);
    expect(keys().filter((key) => key.startsWith('booked:'))).toEqual([]);
  });

  it('adds exactly what several processes book and add up at the same moment', async () => {
    const books = Array.from({ length: 4 }, () => bookOn(openTable()));
    for (let round = 0; round < 50; round += 1) {
      for (const [index, book] of books.entries()) book.report({ modelId: MODEL, payer: payerOf(GUILD, CHANNEL, index % 2 === 0 ? ANA : BO), usage: usage(round, index) });
      if (round % 7 === 0) await Promise.all(books.map((book) => book.settle()));
    }
    await Promise.all(books.map((book) => book.settle()));
    expect((await sumsOf('bot'))?.[0]?.sum).toEqual({ ...NOTHING, calls: 200, inputTokens: 4_900, outputTokens: 300, nanoUsd: 5_200_000 });
    expect((await sumsOf(`member:${GUILD}:${ANA}`))?.[0]?.sum).toMatchObject({ calls: 100, outputTokens: 100 });
  });

  it('books a call on the day that it is, also where the clock goes back over midnight, and over the end of a month', async () => {
    let now = Date.UTC(2026, 10, 30, 23, 59, 59);
    const book = bookOn(openTable(), { now: () => now });
    const report = () => book.report({ modelId: MODEL, payer: undefined, usage: usage(1, 0) });
    report();
    now += 2_000;
    report();
    now -= 2_000;
    report();
    await book.settle();
    expect((await sumsOf('bot'))?.map(({ day, sum }) => [day, sum.calls])).toEqual([[30, 2]]);
    expect((await sumsOf('bot', '2026-12'))?.map(({ day, sum }) => [day, sum.calls])).toEqual([[1, 1]]);
  });

  it('forgets nothing while the store takes nothing', async () => {
    const store = createUsageStore(openTable());
    let isFull = true;
    const warnings: string[] = [];
    const append: typeof store.append = (id, calls) => (isFull ? Promise.reject(new Error('the disk is full')) : store.append(id, calls));
    const book = bookOn(openTable(), { store: { ...store, append }, log: { warn: (_fields: unknown, text?: string) => void warnings.push(String(text)) } });
    for (let call = 0; call < 3; call += 1) book.report({ modelId: MODEL, payer: undefined, usage: usage(1, 0) });
    await expect(book.settle()).rejects.toThrow('the disk is full');
    isFull = false;
    await book.settle();
    expect((await sumsOf('bot'))?.[0]?.sum.calls).toBe(3);
    expect(warnings).toHaveLength(1);
  });

  it('lets the end of an answer wait until a call is written down, and not for long where the store is slow or takes nothing', async () => {
    const store = createUsageStore(openTable());
    const written: PromiseWithResolvers<void>[] = [];
    const append: typeof store.append = () => {
      const one = Promise.withResolvers<void>();
      written.push(one);
      return one.promise;
    };
    const book = bookOn(openTable(), { store: { ...store, append } });
    const report = () => book.report({ modelId: MODEL, payer: undefined, usage: usage(1, 0) });
    let isBooked = false;
    const first = report()?.then(() => (isBooked = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isBooked).toBe(false);
    written[0]?.resolve();
    await first;
    expect(isBooked).toBe(true);
    // It never comes.
    await report();
    const refused = report();
    written[2]?.reject(new Error('away'));
    await refused;
    expect(report()).toBeUndefined();
    for (const one of written) one.resolve();
  });

  it('goes on beside a record that cannot be read, which is set aside', async () => {
    const book = bookOn(openTable());
    book.report({ modelId: MODEL, payer: payerOf(GUILD, CHANNEL, ANA), usage: usage(1, 0) });
    await book.settle();
    writeInto(path, { table: 'usage', key: 'usage:2026-11:bot', value: '{"version":1,"models":["a"],"cells":["!"]}' });
    const next = bookOn(openTable());
    next.report({ modelId: MODEL, payer: payerOf(GUILD, CHANNEL, ANA), usage: usage(1, 0) });
    await next.settle();
    expect((await sumsOf('bot'))?.[0]?.sum.calls).toBe(1);
    expect((await sumsOf(`member:${GUILD}:${ANA}`))?.[0]?.sum.calls).toBe(2);
    expect(keys().filter((key) => key.startsWith('unreadable:'))).toHaveLength(1);
  });

  it('takes at most a fifth of a megabyte for 20,000 questions of a busy month', async () => {
    const store = openTable();
    let now = NOON - 28 * DAY_MS;
    const table = createUsageStore(store);
    const calls = Array.from({ length: 20_000 }, (_, index) => {
      now = NOON - 28 * DAY_MS + (index / 20_000) * 28 * DAY_MS;
      const member = 200_000_000_000_000_000n + BigInt((index * 7_919) % 100);
      const channel = 300_000_000_000_000_000n + BigInt((index * 104_729) % 10);
      return {
        day: new Date(now).toISOString().slice(0, 10),
        modelId: index % 10 === 0 ? 'us.anthropic.claude-haiku-5-5' : MODEL,
        accounts: ['bot', `server:${GUILD}`, `channel:${GUILD}:${channel}`, `member:${GUILD}:${member}`],
        sum: { ...NOTHING, calls: 1, inputTokens: 1_000 + (index % 5_000), outputTokens: 100 + (index % 900), cacheReadTokens: index % 3_000, nanoUsd: 1_234_567 + index },
      };
    });
    for (let from = 0; from < calls.length; from += 50) await table.append(`x-${from}`, calls.slice(from, from + 50));
    while (await table.fold());
    const bytes = recordsIn(path).reduce((sum, { key, value }) => sum + 2 * key.length + value.length + 40, 0);
    expect(bytes).toBeLessThan(200_000);
    expect((await sumsOf('bot'))?.reduce((sum, one) => sum + one.sum.calls, 0)).toBe(20_000);
  });
});
