import { describe, expect, it } from 'vitest';
import { createBuckets } from '../../../src/discord/rest/buckets.ts';

describe("Discord's buckets", () => {
  it('tell what is left until their window ends, with a little margin, and nothing after that', () => {
    const buckets = createBuckets();
    buckets.learn('edit', 'c1', { name: 'b', remaining: 3, resetAfterMs: 5_000 }, 100);
    expect(buckets.find('edit', 'c1', 5_154)).toEqual({ remaining: 3, readAt: 100, resetAt: 5_155 });
    expect(buckets.find('edit', 'c1', 5_155)).toBeUndefined();
  });

  it('are shared by the routes of a place that Discord gives the same name', () => {
    const buckets = createBuckets();
    buckets.learn('edit', 'c1', { name: 'b', remaining: 3, resetAfterMs: 5_000 }, 0);
    buckets.learn('create', 'c1', { name: 'b', remaining: 2, resetAfterMs: 5_000 }, 0);
    buckets.learn('delete', 'c1', { name: 'other', remaining: 9, resetAfterMs: 5_000 }, 0);
    buckets.learn('edit', 'c2', { name: 'b', remaining: 7, resetAfterMs: 5_000 }, 0);
    expect(['edit', 'create', 'delete'].map((action) => buckets.find(action as 'edit', 'c1', 0)?.remaining)).toEqual([2, 2, 9]);
    expect(buckets.find('edit', 'c2', 0)?.remaining).toBe(7);
  });

  it('let nothing through after a refusal, until it ends', () => {
    const buckets = createBuckets();
    buckets.learn('edit', 'c1', { name: 'b', remaining: 3, resetAfterMs: 5_000 }, 0);
    buckets.block('edit', 'c1', 60_000, 0);
    expect(buckets.find('edit', 'c1', 59_999)?.remaining).toBe(0);
    expect(buckets.find('edit', 'c1', 60_055)).toBeUndefined();
  });

  it('are forgotten when they are over and many, and never before', () => {
    const buckets = createBuckets();
    const learn = (place: string, resetAfterMs: number, now: number): void => buckets.learn('edit', place, { name: 'b', remaining: 1, resetAfterMs }, now);
    for (let place = 0; place < 3_000; place += 1) learn(`long ${place}`, 100_000_000, 0);
    for (let place = 0; place < 20_000; place += 1) learn(`short ${place}`, 1_000, place * 1_000);
    expect(buckets.size).toBeLessThan(10_000);
    for (let place = 0; place < 3_000; place += 1) expect(buckets.find('edit', `long ${place}`, 20_000_000)?.remaining).toBe(1);
  });
});
