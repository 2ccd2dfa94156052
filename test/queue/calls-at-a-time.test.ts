import { describe, expect, it, vi } from 'vitest';
import { callsAtATimeText } from '../../src/queue/calls-at-a-time.ts';
import { refuse, sleep, start, useFakeTime } from './gated-line.ts';

useFakeTime();

const askMany = (count: number, ask: (asker: string) => Promise<unknown>): Promise<unknown> => Promise.all(Array.from({ length: count }, (_, index) => ask(`m${index}`)));

describe('calls at a time that nobody told', () => {
  it('are all of fifty at once, and begin at 64', async () => {
    const { ask, line, mostAtATime } = start({ maxConcurrentCalls: undefined });
    expect(line.concurrency).toBe(64);
    const all = askMany(50, ask);
    await vi.advanceTimersByTimeAsync(0);
    expect(mostAtATime()).toBe(50);
    await vi.advanceTimersByTimeAsync(1_000);
    await all;
    expect(line.concurrency).toBe(114);
  });

  it('grow when answers begin, and need no end of one', async () => {
    const { ask, mostAtATime, respond } = start({ maxConcurrentCalls: undefined });
    // The first word after 300 ms, the end a second later.
    respond(() => sleep(300).then(() => undefined));
    const all = askMany(200, ask);
    await vi.advanceTimersByTimeAsync(299);
    expect(mostAtATime()).toBe(64);
    await vi.advanceTimersByTimeAsync(1);
    expect(mostAtATime()).toBe(128);
    await vi.advanceTimersByTimeAsync(300);
    expect(mostAtATime()).toBe(192);
    await vi.advanceTimersByTimeAsync(300);
    expect(mostAtATime()).toBe(200);
    await vi.advanceTimersByTimeAsync(5_000);
    await all;
  });

  it.each([
    [undefined, 500],
    [4_000, 500],
    [90, 90],
    [20, 20],
  ])('where the memory bears %s are never more than %i', async (bearableCalls, most) => {
    const { ask, line, mostAtATime } = start({ maxConcurrentCalls: undefined, bearableCalls });
    expect(line.concurrency).toBe(Math.min(64, most));
    const all = askMany(950, ask);
    await vi.advanceTimersByTimeAsync(100_000);
    await all;
    expect(line.concurrency).toBe(most);
    expect(mostAtATime()).toBeLessThanOrEqual(most);
  });

  it('are halved once for all that were refused together, which is logged, and grow back', async () => {
    const { ask, line, respond, logged } = start({ maxConcurrentCalls: undefined });
    respond((index) => (index > 10 && index <= 40 ? sleep(index).then(refuse('throttled')) : sleep(60).then(() => undefined)));
    const all = askMany(60, ask);
    await vi.advanceTimersByTimeAsync(59);
    expect(line.concurrency).toBe(32);
    // Who was out with them and is answered says nothing new either.
    await vi.advanceTimersByTimeAsync(3_000);
    expect(line.concurrency).toBe(32);
    expect(logged.filter((fields) => 'reason' in fields && 'concurrency' in fields)).toEqual([expect.objectContaining({ concurrency: 32 })]);
    await vi.advanceTimersByTimeAsync(60_000);
    await all;
    expect(line.concurrency).toBe(62);
  });
});

describe('calls at a time that an admin told', () => {
  it.each([1, 4, 90, 1_000])('are %i from the start, and never more', async (maxConcurrentCalls) => {
    const { ask, line, mostAtATime } = start({ maxConcurrentCalls, bearableCalls: 2 });
    expect(line.concurrency).toBe(maxConcurrentCalls);
    const all = askMany(100, ask);
    await vi.advanceTimersByTimeAsync(200_000);
    await all;
    expect(line.concurrency).toBe(maxConcurrentCalls);
    expect(mostAtATime()).toBe(Math.min(100, maxConcurrentCalls));
  });

  it('are halved and grow back to that', async () => {
    const { ask, line, respond } = start({ maxConcurrentCalls: 8 });
    respond((index) => (index === 1 ? refuse('overloaded')() : Promise.resolve(undefined)));
    const all = askMany(3, ask);
    await vi.advanceTimersByTimeAsync(1);
    expect(line.concurrency).toBe(4);
    await vi.advanceTimersByTimeAsync(20_000);
    await all;
    await askMany(4, (asker) => Promise.all([ask(asker), vi.advanceTimersByTimeAsync(1_000)]));
    expect(line.concurrency).toBe(8);
  });
});

it('the doctor says how many', () => {
  expect(callsAtATimeText({ bearableCalls: 4_000 })).toMatch(/^64 model calls .* up to 500 /u);
  expect(callsAtATimeText({ bearableCalls: 30 })).toMatch(/^30 model calls .* up to 30 /u);
  expect(callsAtATimeText({ maxConcurrentCalls: 7, bearableCalls: 3 })).toBe('At most 7 model calls are out at a time, as MAX_CONCURRENT_CALLS says.');
});
