import { describe, expect, it } from 'vitest';
import { AskedCall } from '../../src/queue/asked-call.ts';
import { QuotaCeiling } from '../../src/queue/quota-ceiling.ts';
import type { Claim } from '../../src/queue/learned-quota.ts';

const MINUTE_MS = 60_000;

/** A call that was made while nothing else was under way: its own size is all that it needs. */
const claim = (tokens: number, needed = tokens): Claim => ({ tokens, needed, undecided: 0, refusedBefore: 0, bucket: undefined, isAdmitted: false });
const calling = (): AskedCall => new AskedCall({ inputTokens: 0 });

describe('a call that is too great for the quota of a minute', () => {
  it('is known where it exceeds what was learned before, not where it is just as great', () => {
    const ceiling = new QuotaCeiling();
    expect(ceiling.refuse(claim(1_000), calling(), 1_000, 0)).toBe(false);
    expect(ceiling.tokens(0)).toBe(Infinity);
    expect(ceiling.refuse(claim(1_001), calling(), 1_000, 0)).toBe(true);
    expect(ceiling.tokens(0)).toBe(1_001);
  });

  it('is not known by one refusal, and by the third where calls of half its size are taken meanwhile', () => {
    const ceiling = new QuotaCeiling();
    const call = calling();
    const refusedAt = (now: number): boolean => {
      ceiling.accept(claim(500), now - 1);
      const isBeyond = ceiling.refuse(claim(1_000), call, undefined, now);
      call.refused(now);
      return isBeyond;
    };
    expect([10, 20, 30].map(refusedAt)).toEqual([false, false, true]);
    expect(ceiling.tokens(30)).toBe(1_000);
  });

  it.each([
    ['nothing was taken since it was refused last', 500, 20],
    ['what was taken is more than half of it', 501, 25],
  ])('is not known where %s', (_why, taken, at) => {
    const ceiling = new QuotaCeiling();
    const call = calling();
    for (const now of [10, 20]) call.refused(now);
    ceiling.accept(claim(taken), at);
    expect(ceiling.refuse(claim(1_000), call, undefined, 30)).toBe(false);
  });

  it('is not known of one that others may have left no tokens for', () => {
    const ceiling = new QuotaCeiling();
    expect(ceiling.refuse(claim(1_000, 1_501), calling(), 500, 0)).toBe(false);
    expect(ceiling.refuse(claim(1_000, 1_500), calling(), 500, 0)).toBe(true);
  });

  it('is forgotten after ten minutes, and as soon as one as great is taken', () => {
    const ceiling = new QuotaCeiling();
    ceiling.refuse(claim(1_000), calling(), 500, 0);
    expect([10 * MINUTE_MS, 10 * MINUTE_MS + 1].map((now) => ceiling.tokens(now))).toEqual([1_000, Infinity]);
    ceiling.accept(claim(999), 1);
    expect(ceiling.tokens(1)).toBe(1_000);
    ceiling.accept(claim(1_000), 2);
    expect(ceiling.tokens(2)).toBe(Infinity);
  });

  it('is the smallest of several', () => {
    const ceiling = new QuotaCeiling();
    for (const tokens of [2_000, 1_000, 3_000]) ceiling.refuse(claim(tokens), calling(), 500, 0);
    expect(ceiling.tokens(0)).toBe(1_000);
  });
});
