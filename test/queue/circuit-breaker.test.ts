import { describe, expect, it, vi } from 'vitest';
import { AskedCall } from '../../src/queue/asked-call.ts';
import { CircuitBreaker, pauseMs } from '../../src/queue/circuit-breaker.ts';
import { NOON, TOMORROW, useFakeTime } from './gated-line.ts';
import type { RefusedFor } from '../../src/queue/circuit-breaker.ts';

useFakeTime();

const FOR_TOKENS: RefusedFor = { reason: 'throttled', wasForTokens: true };
const FOR_REQUESTS: RefusedFor = { reason: 'throttled', wasForTokens: false };
const clocks = { monotonic: () => Date.now() - NOON, wall: () => Date.now() };
const breakerOf = (maxConcurrentCalls = 4): CircuitBreaker => new CircuitBreaker({ maxConcurrentCalls }, clocks);
const calling = (): AskedCall => new AskedCall({ inputTokens: 0 });
const readyIn = (breaker: CircuitBreaker, call = calling(), tokens = 100): number => breaker.readyAt(call, tokens, clocks.monotonic()) - clocks.monotonic();

/** A call that was let through and refused. */
const refuse = (breaker: CircuitBreaker, tokens: number, why = FOR_TOKENS): AskedCall => {
  const call = calling();
  const ticket = breaker.enter(call, tokens);
  breaker.refuse(ticket, why);
  breaker.leave(ticket);
  call.refused(clocks.monotonic());
  return call;
};

describe('a circuit breaker that was tripped', () => {
  it('by one call lets others try at once, whatever they want, but not that one', () => {
    const breaker = breakerOf();
    const refused = refuse(breaker, 100);
    expect([readyIn(breaker, calling(), 10_000), readyIn(breaker, refused, 1)]).toEqual([0, 5_000]);
  });

  it('by several lets at once try who wants half of what the smallest of them wanted, or less', () => {
    const breaker = breakerOf();
    for (const tokens of [1_000, 400]) refuse(breaker, tokens);
    expect([200, 201].map((tokens) => readyIn(breaker, calling(), tokens))).toEqual([0, 5_000]);
  });

  it('by several that were too many requests lets nobody try sooner', () => {
    const breaker = breakerOf();
    for (const tokens of [1_000, 400]) refuse(breaker, tokens, FOR_REQUESTS);
    expect(readyIn(breaker, calling(), 1)).toBe(5_000);
  });

  it('until a moment that Bedrock named lets nobody try sooner', () => {
    const breaker = breakerOf();
    refuse(breaker, 100, { ...FOR_TOKENS, retryAt: NOON + 90_000 });
    expect(readyIn(breaker)).toBe(90_000);
    expect(breaker.trip?.isForAll).toBe(true);
  });

  it('lets one at a time try', () => {
    const breaker = breakerOf();
    const before = breaker.enter(calling(), 100);
    refuse(breaker, 100);
    const trying = breaker.enter(calling(), 100);
    expect(breaker.trip?.until).toBe(5_000);
    expect(readyIn(breaker)).toBe(5_000);
    vi.setSystemTime(NOON + 5_000);
    expect(readyIn(breaker)).toBe(Infinity);
    // What was under way before says nothing of it.
    breaker.leave(before);
    expect(readyIn(breaker)).toBe(Infinity);
    breaker.leave(trying);
    expect(readyIn(breaker)).toBe(0);
  });

  it('closes with the first that is taken, and not by one that was under way before', () => {
    const breaker = breakerOf();
    const before = breaker.enter(calling(), 100);
    refuse(breaker, 100);
    expect(breaker.accept(before)).toEqual({ hasClosed: false, hasGrown: false });
    expect(breaker.trip).toBeDefined();
    expect(breaker.accept(breaker.enter(calling(), 100))).toEqual({ hasClosed: true, hasGrown: true });
    expect([breaker.trip, breaker.concurrency]).toEqual([undefined, 3]);
  });

  it('waits twice as long each time until something is taken, then as long as at first', () => {
    const breaker = breakerOf();
    const pauses = [];
    for (let time = 0; time < 5; time += 1) {
      refuse(breaker, 100);
      pauses.push((breaker.trip?.until ?? 0) - clocks.monotonic());
      vi.setSystemTime(NOON + (breaker.trip?.until ?? 0));
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 60_000]);
    breaker.accept(breaker.enter(calling(), 100));
    refuse(breaker, 100);
    expect((breaker.trip?.until ?? 0) - clocks.monotonic()).toBe(5_000);
  });

  it('is not kept open longer by who tried before its time, unless Bedrock names one', () => {
    const breaker = breakerOf();
    refuse(breaker, 1_000);
    vi.setSystemTime(NOON + 2_000);
    refuse(breaker, 100);
    expect(breaker.trip?.until).toBe(5_000);
    refuse(breaker, 10, { ...FOR_TOKENS, retryAt: NOON + 60_000 });
    expect(breaker.trip?.until).toBe(60_000);
  });
});

describe('how many calls run at a time', () => {
  it('is as many as are told: one more waits for the end of another', () => {
    const breaker = breakerOf(2);
    const tickets = [1, 2].map(() => breaker.enter(calling(), 100));
    expect([breaker.running, readyIn(breaker)]).toEqual([2, Infinity]);
    for (const ticket of tickets) breaker.leave(ticket);
    expect([breaker.running, readyIn(breaker)]).toEqual([0, 0]);
  });

  it('is halved once by calls that were out together', () => {
    const breaker = breakerOf(8);
    const tickets = Array.from({ length: 5 }, () => breaker.enter(calling(), 100));
    const news = tickets.map((ticket) => breaker.refuse(ticket, FOR_TOKENS));
    expect(news.map(({ isNews, isConfirmed }) => [isNews, isConfirmed])).toEqual([[true, false], ...Array.from({ length: 4 }, () => [false, true])]);
    expect(breaker.concurrency).toBe(4);
  });

  it('is not halved by one alone that is refused again', () => {
    const breaker = breakerOf(8);
    const call = refuse(breaker, 100);
    expect(breaker.concurrency).toBe(4);
    vi.setSystemTime(NOON + 5_000);
    const again = breaker.enter(call, 100);
    expect(breaker.refuse(again, FOR_TOKENS)).toEqual({ isNews: true, isConfirmed: false });
    expect(breaker.concurrency).toBe(4);
  });
});

describe('a day of which nothing is left', () => {
  it('ends at midnight, by the wall clock', () => {
    const breaker = breakerOf();
    refuse(breaker, 100, { reason: 'daily-quota', wasForTokens: false });
    expect([readyIn(breaker), breaker.trip?.dayEndsAt]).toEqual([TOMORROW - NOON, TOMORROW]);
    vi.setSystemTime(TOMORROW);
    expect(readyIn(breaker)).toBe(0);
  });

  it('that is hardly ten minutes old was counted by another clock: that is tried again soon', () => {
    const breaker = breakerOf();
    vi.setSystemTime(TOMORROW + 10 * 60_000);
    refuse(breaker, 100, { reason: 'daily-quota', wasForTokens: false });
    expect([(breaker.trip?.until ?? 0) - clocks.monotonic(), breaker.trip?.dayEndsAt]).toEqual([5_000, undefined]);
    vi.setSystemTime(TOMORROW + 10 * 60_000 + 5_001);
    refuse(breaker, 100, { reason: 'daily-quota', wasForTokens: false });
    expect(breaker.trip?.dayEndsAt).toBe(TOMORROW + TOMORROW - Date.UTC(2026, 10, 25));
  });

  it('holds where somebody else was told of it, too', () => {
    const breaker = breakerOf();
    breaker.tripForDay(TOMORROW);
    expect(readyIn(breaker)).toBe(TOMORROW - NOON);
  });
});

describe('a pause', () => {
  it('grows twofold up to its bound, and by a quarter at most by chance', () => {
    expect([1, 2, 3].map((refusals) => pauseMs(refusals, { minOpenMs: 10, maxOpenMs: 30 }))).toEqual([10, 20, 30]);
    vi.spyOn(Math, 'random').mockReturnValue(1);
    expect(pauseMs(1, { minOpenMs: 10, maxOpenMs: 30 })).toBe(12.5);
  });
});
