import { expect, it } from 'vitest';
import { costOf, leastCostOf } from '../../src/bedrock/answer-cost.ts';

const price = { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 };

it.each([
  ['all kinds of tokens', { price }, { inputTokens: 1_000, outputTokens: 200, cacheReadInputTokens: 10_000, cacheWriteInputTokens: 400 }, 0.0035],
  ['no cache, as input where its price is not known', { price: { input: 1, output: 5 } }, { inputTokens: 1_000, outputTokens: 0, cacheReadInputTokens: 1_000 }, 0.002],
  ['a price of 0', { price: { input: 0, output: 0 } }, { inputTokens: 1_000, outputTokens: 200 }, 0],
  ['a prompt of exactly the length up to which the price holds', { price, longPromptTokens: 1_000 }, { inputTokens: 400, outputTokens: 0, cacheReadInputTokens: 600 }, 0.00046],
])('an answer costs what its tokens cost: %s', (_what, model, usage, dollars) => {
  expect(costOf(model, usage)).toBeCloseTo(dollars, 10);
});

it.each([
  ['nobody knows the price', { price: undefined }, { inputTokens: 1, outputTokens: 1 }],
  ['nobody knows the model', undefined, { inputTokens: 1, outputTokens: 1 }],
  ['Bedrock reported nothing', { price }, undefined],
  ['the prompt is so long that another price holds', { price, longPromptTokens: 1_000 }, { inputTokens: 400, outputTokens: 0, cacheReadInputTokens: 601 }],
  ['the same by what is written to the cache', { price, longPromptTokens: 1_000 }, { inputTokens: 400, outputTokens: 0, cacheWriteInputTokens: 601 }],
])('it costs nobody knows what where %s', (_what, model, usage) => {
  expect(costOf(model, usage)).toBeUndefined();
});

it('files cost at least what their tokens do as input, where a price is known', () => {
  expect(leastCostOf({ price }, 2_500_000)).toBe(2.5);
  expect([leastCostOf({ price: undefined }, 1), leastCostOf(undefined, 1)]).toEqual([undefined, undefined]);
});
