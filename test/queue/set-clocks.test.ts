import { describe, expect, it, vi } from 'vitest';
import { NOON, TOMORROW, refuse, start, useFakeTime } from './gated-line.ts';
import type { Failure } from '../../src/conversation/failure.ts';

useFakeTime();

describe('a clock that is set while calls wait', () => {
  const HOUR_MS = 3_600_000;
  /** Back and forth by steps of NTP, by an hour, by a day and more. */
  const STEPS = [-400, 400, -HOUR_MS, HOUR_MS, -25 * HOUR_MS, 25 * HOUR_MS, -30 * 24 * HOUR_MS];
  const step = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
  /** Seconds by the clock that only goes forward. */
  const secondsSince = (startedAt: number): number => Math.round((performance.now() - startedAt) / 100) / 10;

  it.each(STEPS)('by %i ms ends a pause neither later nor earlier', async (ms) => {
    const { ask, respond } = start();
    const startedAt = performance.now();
    respond((index) => (index === 1 ? refuse('throttled')() : Promise.resolve(undefined)));
    const answered = ask().then(() => secondsSince(startedAt));
    await vi.advanceTimersByTimeAsync(1_000);
    step(ms);
    const another = ask().then(() => secondsSince(startedAt));
    await vi.advanceTimersByTimeAsync(20_000);
    // After five seconds it tries again, and is taken; whoever was not refused tries at once.
    expect(await Promise.all([answered, another])).toEqual([6, 2]);
  });

  it.each(STEPS)('by %i ms changes nothing of what Bedrock said to wait', async (ms) => {
    const { ask, respond } = start();
    const startedAt = performance.now();
    respond((index) => (index === 1 ? refuse('overloaded', Date.now() + 30_000)() : Promise.resolve(undefined)));
    const answered = ask().then(() => secondsSince(startedAt));
    await vi.advanceTimersByTimeAsync(1_000);
    step(ms);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await answered).toBe(31);
  });

  it.each(STEPS)('by %i ms fills and empties no quota', async (ms) => {
    const { ask } = start({ limits: { callsPerMinute: 6 }, maxConcurrentCalls: 10 });
    const startedAt = performance.now();
    const ends: number[] = [];
    const asked = Array.from({ length: 9 }, () => ask().then(() => ends.push(secondsSince(startedAt))));
    await vi.advanceTimersByTimeAsync(5_000);
    step(ms);
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all(asked);
    expect(ends).toEqual([1, 1, 1, 1, 1, 1, 11, 21, 31]);
  });

  it.each(STEPS)('by %i ms lets nobody wait longer, and sends nobody away earlier', async (ms) => {
    const { ask, respond } = start({ maxConcurrentCalls: 1 });
    const startedAt = performance.now();
    respond(refuse('throttled'));
    const ends: number[] = [];
    const asked = Array.from({ length: 20 }, (_, index) => ask(`m${index}`).catch(() => ends.push(secondsSince(startedAt))));
    await vi.advanceTimersByTimeAsync(30_000);
    step(ms);
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    await Promise.all(asked);
    expect(ends).toHaveLength(20);
    // Each is tried six times; what is left then has waited for a quarter of an hour.
    expect(ends.filter((at) => at < 135)).toEqual([]);
    expect(Math.max(...ends)).toBeLessThanOrEqual(15 * 60 + 1);
  });

  it('ends a closed day with the day, and in another one lets a call find out', async () => {
    const { ask, madeAt, respond } = start();
    respond(refuse('daily-quota'));
    vi.setSystemTime(TOMORROW + HOUR_MS);
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota' });
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota', retryAt: TOMORROW + 24 * HOUR_MS });
    expect(madeAt).toHaveLength(1);
    // It was two hours ahead: the real day has an hour left, and is as used up.
    step(-2 * HOUR_MS);
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota' });
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota', retryAt: TOMORROW });
    expect(madeAt).toHaveLength(2);
    respond(async () => undefined);
    vi.setSystemTime(TOMORROW + 2_000);
    const answered = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await answered;
  });

  it('says that a day is used up also where time passes between two looks at the clocks', async () => {
    // Of the two clocks only one has whole milliseconds.
    let passed = 0;
    const clocks = { wall: () => Math.floor(NOON + passed), monotonic: () => (passed += 0.6) };
    const { ask } = start({ clocks, limits: { tokensPerDay: 250 } });
    const first = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await first;
    for (let asked = 0; asked < 20; asked += 1) {
      const failure = await ask().catch((error: unknown) => error);
      expect(failure).toMatchObject({ kind: 'daily-quota' });
      expect((failure as Failure).retryAt).toBeGreaterThanOrEqual(TOMORROW);
    }
  });

  it('tells people when by the clock of the moment', async () => {
    const { ask, heard, respond } = start({ maxConcurrentCalls: 1 });
    step(HOUR_MS);
    respond((index) => (index === 1 ? refuse('throttled')() : Promise.resolve(undefined)));
    const answered = ask();
    await vi.advanceTimersByTimeAsync(10_000);
    await answered;
    expect(heard).toEqual([{ type: 'closed', kind: 'throttled', untilMs: NOON + HOUR_MS + 5_000 }, undefined]);
  });
});
