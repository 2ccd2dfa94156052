import { describe, expect, it, vi } from 'vitest';
import { NOON, TOMORROW, start, usage, useFakeTime } from './gated-line.ts';
import type { TokenUsage } from '../../src/conversation/reply.ts';

useFakeTime();

describe('a gate that was told the quotas', () => {
  it('books no call as more than it can have been: one odd report closes nothing for others', async () => {
    for (const odd of [usage(1e9, 0), usage(100, 0, { cacheWriteInputTokens: 1e12 }), usage(0, 1e15)]) {
      const { ask, madeAt, respond } = start({ limits: { tokensPerDay: 100_000 }, maxConcurrentCalls: 1 });
      respond(async (index) => (index === 1 ? odd : usage(100, 10)));
      const all = Promise.all([ask(), ask(), ask()]);
      await vi.advanceTimersByTimeAsync(10_000);
      await all;
      expect(madeAt.map((at) => at - (madeAt[0] ?? 0))).toEqual([0, 1, 2]);
    }
  });

  it('reserves the prompt and the greatest answer, and gives back what was not used', async () => {
    const { ask, madeAt, respond } = start({ limits: { tokensPerMinute: 1_000 } });
    respond(async () => usage(100, 0));
    const all = Promise.all(Array.from({ length: 12 }, () => ask()));
    await vi.advanceTimersByTimeAsync(60_000);
    await all;
    // Four take 800 of 1,000 at once, and 400 in the end.
    expect(madeAt.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(madeAt.slice(4, 6)).toEqual([1, 1]);
    // Another 100 each six seconds.
    expect(madeAt[11]).toBeGreaterThan(15);
    expect(madeAt[11]).toBeLessThan(30);
  });

  it('counts output by the burndown and lets a debt be paid; reading from the cache is free', async () => {
    const asked = async (reported: TokenUsage): Promise<number> => {
      const { ask, madeAt, respond } = start({ limits: { tokensPerMinute: 1_000 }, outputBurndown: 5, maxConcurrentCalls: 1 });
      respond(async () => reported);
      const all = Promise.all([ask(), ask()]);
      await vi.advanceTimersByTimeAsync(300_000);
      await all;
      return (madeAt[1] ?? 0) - (madeAt[0] ?? 0);
    };
    vi.setSystemTime(NOON);
    expect(await asked(usage(100, 20))).toBe(1);
    // 100 + 5 × 280 are 500 more than there was.
    vi.setSystemTime(NOON);
    expect(await asked(usage(100, 280))).toBeGreaterThan(40);
    vi.setSystemTime(NOON);
    expect(await asked(usage(0, 100, { cacheReadInputTokens: 100_000 }))).toBeLessThan(60);
  });

  it('learns what prompts really come to', async () => {
    const { ask, madeAt, respond } = start({ limits: { tokensPerMinute: 1_000 }, maxConcurrentCalls: 1, maxTokens: 1 });
    respond(async () => usage(300, 0));
    const all = Promise.all(Array.from({ length: 30 }, () => ask()));
    await vi.advanceTimersByTimeAsync(900_000);
    await all;
    // Three times as much as was estimated: in the end a call waits until nearly 300 are there.
    const last = (madeAt.at(-1) ?? 0) - (madeAt.at(-2) ?? 0);
    expect(last).toBeGreaterThan(15);
  });

  it('lets so many calls through a minute', async () => {
    const { ask, madeAt } = start({ limits: { callsPerMinute: 6 }, maxConcurrentCalls: 10 });
    const all = Promise.all(Array.from({ length: 9 }, () => ask()));
    await vi.advanceTimersByTimeAsync(60_000);
    await all;
    expect(madeAt).toEqual([0, 0, 0, 0, 0, 0, 10, 20, 30]);
  });

  it("refuses at once when the day's tokens are used up, says when there are more, and opens then", async () => {
    const { ask, madeAt, respond } = start({ limits: { tokensPerDay: 500 }, maxConcurrentCalls: 1 });
    respond(async () => usage(100, 100));
    const first = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await first;
    const second = ask();
    const third = ask();
    const failed = expect(third).rejects.toMatchObject({ kind: 'daily-quota', retryAt: TOMORROW });
    await vi.advanceTimersByTimeAsync(1_000);
    await second;
    await failed;
    expect(madeAt).toHaveLength(2);
    vi.setSystemTime(TOMORROW);
    const next = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await next;
  });
});
