import { describe, expect, it } from 'vitest';
import { LearnedQuota } from '../../src/queue/learned-quota.ts';

const MINUTE_MS = 60_000;

/** A quota of which 10,000 tokens in a minute were admitted, and 1,000 more were refused. */
const learned = (): LearnedQuota => {
  const quota = new LearnedQuota();
  for (let call = 0; call < 10; call += 1) {
    const admitted = quota.reserve(1_000, 0);
    quota.accept(admitted, 0);
    quota.settle(admitted, 1_000, 0);
  }
  const refused = quota.reserve(1_000, 0);
  quota.settle(refused, 0, 0);
  quota.refuse(refused, 0);
  return quota;
};

describe('a quota that is learned', () => {
  it('stands in nobody’s way before anything was refused', () => {
    const quota = new LearnedQuota();
    expect([quota.limit(0), quota.readyAt(1_000_000, 5)]).toEqual([undefined, 5]);
  });

  it('lies between what was admitted and what was refused, and comes near the latter in time', () => {
    const quota = learned();
    const limits = [0, 1, 5, 10].map((minutes) => quota.limit(minutes * MINUTE_MS) ?? 0);
    expect(limits[0]).toBeCloseTo(0.98 * 10_000, 5);
    expect(limits[1]).toBeGreaterThan(0.94 * 11_000);
    expect(limits).toEqual(limits.toSorted((one, other) => one - other));
    expect(limits[2]).toBeLessThan(11_000);
    expect(limits[3]).toBeGreaterThanOrEqual(11_000);
  });

  it('is twice what was refused after half an hour, and forgotten after a whole one', () => {
    const quota = learned();
    expect(quota.limit(30 * MINUTE_MS)).toBeCloseTo(2 * 11_000, 5);
    expect(quota.limit(60 * MINUTE_MS)).toBeCloseTo(5 * 11_000, 5);
    expect(quota.limit(60 * MINUTE_MS + 1)).toBeUndefined();
    expect(quota.readyAt(1_000_000, 60 * MINUTE_MS + 1)).toBe(60 * MINUTE_MS + 1);
  });

  it('holds a call back for a minute at most', () => {
    const quota = learned();
    quota.reserve(9_000, 0);
    const readyAt = quota.readyAt(9_000, 0);
    expect(readyAt).toBeGreaterThan(0);
    expect(readyAt).toBeLessThanOrEqual(MINUTE_MS);
  });

  it('is not learned from a refusal for which others may be to blame', () => {
    const quota = new LearnedQuota();
    const refused = quota.reserve(10_000, 0);
    quota.settle(refused, 0, 0);
    quota.refuse(refused, 0);
    expect(quota.limit(0)).toBeUndefined();
  });
});
