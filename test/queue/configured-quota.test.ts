import { describe, expect, it } from 'vitest';
import { ConfiguredQuota } from '../../src/queue/configured-quota.ts';
import { DayAccount } from '../../src/queue/day-account.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const HALF_A_DAY_MS = 12 * 60 * 60 * 1000;

describe("the day's tokens", () => {
  const quotaOf = (tokensPerDay: number): ConfiguredQuota => new ConfiguredQuota({ tokensPerDay }, new DayAccount({ now: () => NOON }), 0);

  it('let the last of them be used', () => {
    const quota = quotaOf(300);
    quota.reserve(100, 0);
    expect([200, 201].map((tokens) => quota.readyAt(tokens, 5))).toEqual([5, Number.POSITIVE_INFINITY]);
  });

  it('are worth waiting for as long as the end of another call may leave enough, and tomorrow after that', () => {
    const quota = quotaOf(300);
    quota.reserve(100, 0);
    quota.settle(100, 100, 0);
    expect(quota.readyAt(201, 5)).toBe(5 + HALF_A_DAY_MS);
    quota.reserve(150, 0);
    expect([50, 51, 200, 201].map((tokens) => quota.readyAt(tokens, 5))).toEqual([5, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 5 + HALF_A_DAY_MS]);
  });
});
