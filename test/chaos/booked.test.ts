import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { bookOn, payerOf } from '../usage/book-calls.ts';
import { createCounting } from './booked.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock.ts';

it('tells who was booked a token too much or too little, and doubts only what was on its way when a process died', async () => {
  const url = `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}`;
  const store = openStore(url, { table: 'usage' });
  const book = bookOn(store, { now: Date.now });
  const counting = createCounting();
  const report = async (asker: string, inputTokens: number): Promise<void> => {
    const record = { modelId: 'm', usage: { inputTokens, outputTokens: 2, totalTokens: inputTokens + 2 } } as ConverseRequestRecord;
    counting.watching(() => ({ text: '' }), () => asker)({ ...record, closed: Promise.resolve(record) });
    await Promise.resolve();
  };
  const bookCall = (asker: string, inputTokens: number) => book.report({ modelId: 'm', payer: payerOf('1', '2', asker), usage: { inputTokens, outputTokens: 2 } });
  for (const asker of ['10', '11', '12']) await report(asker, 100);
  bookCall('10', 100);
  bookCall('11', 101);
  await book.settle();
  const wrong = await counting.differences(url);
  expect(wrong).toHaveLength(2);
  expect(wrong.join()).toMatch(/tokens of 11 m.*tokens of 12 m/su);
  // Whoever dies now may have been told or not; a token too much is wrong all the same.
  await counting.killing(() => report('10', 7));
  expect(await counting.differences(url)).toHaveLength(1);
  bookCall('10', 7);
  await book.settle();
  expect(await counting.differences(url)).toHaveLength(1);
  bookCall('10', 1);
  await book.settle();
  expect(await counting.differences(url)).toHaveLength(2);
  expect(counting.count()).toBe(4);
  await store.close();
});
