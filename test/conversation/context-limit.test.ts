import { describe, expect, it } from 'vitest';
import { createContextLimit } from '../../src/conversation/context-limit.ts';

const refusedAt = (estimatedTokens: number, more = {}) => ({ estimatedTokens, answerTokens: 1_000, isRoughCount: false, ...more });

describe('what a model takes in one call', () => {
  it('is its window without the answer and a margin, and 8,192 less where nobody but an admin has described it', () => {
    expect(createContextLimit(() => ({ contextTokens: 200_000, isDoubtful: false })).promptTokens(4_000)).toBe(186_000);
    expect(createContextLimit(() => ({ contextTokens: 100_000, isDoubtful: true })).promptTokens(4_000)).toBe(100_000 - 8_192 - 4_000);
    expect(createContextLimit().promptTokens(4_000)).toBe(128_000 - 8_192 - 4_000);
    expect(createContextLimit(() => ({ contextTokens: 8_000, isDoubtful: true })).promptTokens(1_000)).toBe(3_000);
    expect(createContextLimit(() => ({ contextTokens: 8_000, isDoubtful: false })).promptTokens(10_000)).toBe(0);
  });

  it('is learned from the number that a refusal names, with how its tokens differ from what is estimated', () => {
    const learned: number[] = [];
    const limit = createContextLimit(() => ({ contextTokens: 200_000, isDoubtful: false }), (tokens) => void learned.push(tokens));
    limit.refused(refusedAt(50_000, { told: { mostTokens: 100_000, promptTokens: 100_500 } }));
    expect(learned).toEqual([100_000]);
    // Each estimated token is two of the model's.
    expect(limit.promptTokens(5_000)).toBe(Math.floor(90_000 / 2.01));
    limit.refused(refusedAt(50_000, { told: { mostTokens: 150_000 } }));
    expect(learned).toEqual([100_000]);
  });

  it('is half of what was too much where no number is named, again and again, down to what every model takes', () => {
    const learned: number[] = [];
    const limit = createContextLimit(undefined, (tokens) => void learned.push(tokens));
    for (let tokens = 99_000; tokens > 100; tokens = Math.floor(tokens / 2)) limit.refused(refusedAt(tokens));
    expect(learned[0]).toBe(50_500);
    expect(learned.every((tokens, index) => index === 0 || tokens < (learned[index - 1] ?? 0))).toBe(true);
    expect(limit.promptTokens(1_000)).toBeGreaterThanOrEqual(1_000);
    expect(limit.promptTokens(1_000)).toBeLessThan(2_000);
  });

  it('is not learned from a refusal that may be about the bytes of files', () => {
    const limit = createContextLimit(() => ({ contextTokens: 200_000, isDoubtful: false }));
    limit.refused(refusedAt(5_000, { isRoughCount: true }));
    expect(limit.promptTokens(4_000)).toBe(186_000);
    limit.refused(refusedAt(5_000, { isRoughCount: true, told: { mostTokens: 100_000, promptTokens: 190_000 } }));
    expect(limit.promptTokens(4_000)).toBe(91_000);
  });
});
