import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDraftPace } from '../../../src/discord/reply/draft-pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // No time of the fake clock is 0, which means "at once".
  vi.advanceTimersByTime(1_000);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the pace of the drafts of an answer', () => {
  it('is slower the longer the text is, and slowest for what is no text', () => {
    const afterLength = (length: number): number => {
      const pace = createDraftPace();
      if (length > 0) pace.grew(length);
      pace.sent();
      return pace.notBefore - performance.now();
    };
    expect([0, 1, 3_999, 4_000, 11_999, 12_000].map(afterLength)).toEqual([2_500, 1_000, 1_000, 2_000, 2_000, 4_000]);
  });

  it('knows how much of the text nobody has seen, and since when', () => {
    const pace = createDraftPace();
    expect([pace.unseen, pace.hasSentWords]).toEqual([0, false]);
    vi.advanceTimersByTime(500);
    pace.grew(10);
    const since = performance.now();
    vi.advanceTimersByTime(500);
    pace.grew(30);
    expect([pace.unseen, pace.since, pace.hasSentWords]).toEqual([30, since, false]);
    pace.sent();
    expect([pace.unseen, pace.since, pace.hasSentWords]).toEqual([0, performance.now(), true]);
    vi.advanceTimersByTime(500);
    pace.grew(31);
    expect([pace.unseen, pace.since]).toEqual([1, performance.now()]);
  });

  it('gives what was sent and not seen its old place, without asking Discord sooner', () => {
    const pace = createDraftPace();
    pace.grew(10);
    const { since } = pace;
    vi.advanceTimersByTime(500);
    const unsent = pace.sent();
    const { notBefore } = pace;
    unsent();
    expect([pace.unseen, pace.since, pace.hasSentWords, pace.notBefore]).toEqual([10, since, false, notBefore]);
  });

  it('lets the first words go at once, and holds what may be overtaken', () => {
    const pace = createDraftPace();
    pace.sent();
    const { notBefore } = pace;
    pace.hold(100);
    expect(pace.notBefore).toBe(notBefore);
    pace.hold(9_000);
    expect(pace.notBefore).toBe(performance.now() + 9_000);
    pace.free();
    expect(pace.notBefore).toBe(0);
  });
});
