import { describe, expect, it } from 'vitest';
import { NOTHING, plus, toNanoUsd, tokensOf, usdOf } from '../../src/usage/sum.ts';
import type { Sum } from '../../src/usage/sum.ts';

const KEYS = Object.keys(NOTHING) as (keyof Sum)[];
/** Each figure another power of two, so that no two sums of them are the same. */
const EACH = Object.fromEntries(KEYS.map((key, index) => [key, 2 ** index])) as unknown as Sum;

describe('a sum of calls', () => {
  it('has each figure of both', () => {
    expect(plus(EACH, EACH)).toEqual(Object.fromEntries(KEYS.map((key) => [key, 2 * EACH[key]])));
    expect(plus(NOTHING, EACH)).toEqual(EACH);
  });

  it('has all tokens that were read and written, cached or not', () => {
    expect(tokensOf(EACH)).toBe(EACH.inputTokens + EACH.outputTokens + EACH.cacheReadTokens + EACH.cacheWriteTokens);
  });

  it('has money to the billionth', () => {
    expect(toNanoUsd(0.000_000_001_4)).toBe(1);
    expect(usdOf({ nanoUsd: toNanoUsd(12.345_678_9) })).toBe(12.345_678_9);
  });
});
