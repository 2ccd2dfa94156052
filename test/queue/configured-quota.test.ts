import { describe, expect, it } from 'vitest';
import { ConfiguredQuota } from '../../src/queue/configured-quota.ts';
import { DayAccount } from '../../src/queue/day-account.ts';
import { QuotaPart } from '../../src/queue/quota-part.ts';

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

describe('a quota for a minute that several processes share', () => {
  const shared = () => {
    const part = new QuotaPart();
    return { part, quota: new ConfiguredQuota({ tokensPerMinute: 6_000, callsPerMinute: 60, tokensPerDay: 100_000 }, new DayAccount({ now: () => NOON }), 0, part) };
  };

  it('lets go what is the part of this one, and what a whole minute would not, when nothing else is under way', () => {
    const { part, quota } = shared();
    part.part = 0.1;
    expect(quota.readyAt(500, 0)).toBe(0);
    quota.reserve(500, 0);
    // 88 of 600 are left, but for the margin, and each second brings ten.
    expect(quota.readyAt(500, 0)).toBe(41_200);
    expect(quota.readyAt(5_000, 0)).toBe(50_000);
    part.part = 1;
    expect(quota.readyAt(500, 0)).toBe(5_200);
  });

  it('counts the calls, and the day, of all', () => {
    const { part, quota } = shared();
    part.part = 0.1;
    for (let call = 0; call < 6; call += 1) quota.reserve(1, 0);
    expect(part.out).toBe(6);
    expect(quota.readyAt(1, 0)).toBe(10_000);
    for (let call = 0; call < 6; call += 1) quota.settle(1, 1, 0);
    expect(part.out).toBe(0);
    quota.settle(0, 99_990, 0);
    expect(quota.readyAt(20, 600_000)).toBe(600_000 + HALF_A_DAY_MS);
  });

  it('is told to whoever waits for it when its part becomes another', () => {
    const part = new QuotaPart();
    let told = 0;
    part.onChange(() => (told += 1));
    part.part = 0.5;
    part.part = 0.5;
    expect(told).toBe(1);
  });
});
