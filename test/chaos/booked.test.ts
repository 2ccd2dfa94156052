import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { askModel, modelAt } from '../bedrock/ask-model.ts';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { bookOn, payerOf } from '../usage/book-calls.ts';
import { callerOf, callingAs, createCounting } from './booked.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock.ts';

it('tells who was booked a token too much or too little, and doubts only what was on its way when a process died', async () => {
  const url = `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}`;
  const store = openStore(url, { table: 'usage' });
  const book = bookOn(store, { now: Date.now });
  const counting = createCounting();
  const report = async (asker: string, inputTokens: number, by = 'process-0'): Promise<void> => {
    const record = { modelId: 'm', headers: { 'user-agent': `aws-sdk-js/3 app/${by} m/n` }, usage: { inputTokens, outputTokens: 2, totalTokens: inputTokens + 2 } } as ConverseRequestRecord;
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
  await counting.killing('process-0', () => report('10', 7));
  expect(await counting.differences(url)).toHaveLength(1);
  bookCall('10', 7);
  await book.settle();
  expect(await counting.differences(url)).toHaveLength(1);
  bookCall('10', 1);
  await book.settle();
  expect(await counting.differences(url)).toHaveLength(2);
  // Of a process that lives nothing is on its way, whoever dies beside it.
  await counting.killing('process-1', async () => {
    await report('13', 7, 'process-0');
    await report('14', 7, 'process-1');
  });
  expect((await counting.differences(url)).join()).toMatch(/^(?!.*of 14 m).*tokens of 13 m/su);
  // Nor could be written down what its process knew when it died without a store.
  let passed = 0;
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + passed);
  const withoutStore = (asker: string): Promise<void> =>
    counting.withoutStore(async () => {
      await report(asker, 7);
      passed += 5_000;
    });
  await withoutStore('15');
  await counting.killing('process-0', () => Promise.resolve());
  await withoutStore('16');
  passed += 5_000;
  await counting.killing('process-0', () => Promise.resolve());
  expect((await counting.differences(url)).join()).toMatch(/^(?!.*of 15 m).*tokens of 16 m/su);
  clock.mockRestore();
  expect(counting.count()).toBe(8);
  await store.close();
});

it('knows by the calls of the real client which process has made them, of the later ones, too', async () => {
  await using bedrock = await startBedrockSimulator();
  bedrock.respond({ text: 'Tea.' });
  for (const [name, value] of Object.entries(callingAs('process-2'))) vi.stubEnv(name, value);
  try {
    const model = modelAt(bedrock.url);
    for (let call = 0; call < 3; call += 1) await askModel(model);
  } finally {
    vi.unstubAllEnvs();
  }
  expect(bedrock.requests.map(callerOf)).toEqual(['process-2', 'process-2', 'process-2']);
});
