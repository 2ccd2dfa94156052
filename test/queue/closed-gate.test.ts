import { describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { SharedTrips } from '../../src/queue/shared-trips.ts';
import { NOON, TOMORROW, refuse, sleep, start, useFakeTime } from './gated-line.ts';

useFakeTime();

describe('a gate that Bedrock refused a call', () => {
  it('closes, lets one call at a time try, and opens with fewer at a time than before', async () => {
    const { ask, madeAt, mostAtATime, respond, logged } = start({ maxConcurrentCalls: 8 });
    let isRefusing = true;
    respond((index) => (isRefusing && index > 4 ? refuse('throttled')() : Promise.resolve(undefined)));
    const all = Promise.all(Array.from({ length: 30 }, () => ask()));
    await vi.advanceTimersByTimeAsync(4_900);
    expect(mostAtATime()).toBe(8);
    expect(madeAt).toHaveLength(8);
    await vi.advanceTimersByTimeAsync(200);
    // One tried after five seconds, and was refused: twice as long now.
    expect(madeAt).toHaveLength(9);
    await vi.advanceTimersByTimeAsync(9_700);
    expect(madeAt).toHaveLength(9);
    isRefusing = false;
    await vi.advanceTimersByTimeAsync(400);
    expect(mostAtATime()).toBe(1);
    await vi.advanceTimersByTimeAsync(600_000);
    await all;
    // Halved by each of the two refusals, and one more for what was taken then.
    expect(logged).toContainEqual({ concurrency: 3 });
    expect(logged).toContainEqual(expect.objectContaining({ reason: 'throttled', closedUntil: '2026-11-25T12:00:05.000Z' }));
  });

  it.each([
    [false, 'learns a limit from too many tokens'],
    [true, 'learns none from too many requests'],
  ])('counting requests %j: %s', async (wereRequests) => {
    const { ask, respond, logged } = start({ maxConcurrentCalls: 8 });
    respond((index) => (index > 4 && index < 8 ? Promise.reject(new Failure('throttled', 'no', { wereRequests })) : Promise.resolve(undefined)));
    const all = Promise.all(Array.from({ length: 10 }, () => ask()));
    await vi.advanceTimersByTimeAsync(600_000);
    await all;
    const learned = logged.some((fields) => 'learnedTokensPerMinute' in fields && fields.learnedTokensPerMinute !== undefined);
    expect(learned).toBe(!wereRequests);
  });

  it('tells those who wait until when, and that it is over', async () => {
    const { ask, heard, respond } = start({ maxConcurrentCalls: 1 });
    respond((index) => (index === 1 ? refuse('throttled')() : Promise.resolve(undefined)));
    const answered = ask();
    await vi.advanceTimersByTimeAsync(10_000);
    await answered;
    expect(heard).toEqual([{ type: 'closed', kind: 'throttled', untilMs: NOON + 5_000 }, undefined]);
  });

  it('tells other processes where several calls were refused, and that it is over; one call by itself is nobody else\'s matter', async () => {
    const trips = new SharedTrips(() => Date.now());
    const { ask, respond } = start({ maxConcurrentCalls: 2, elsewhere: { trips, modelId: 'a-model' } });
    respond((index) => (index === 1 ? refuse('throttled')() : Promise.resolve(undefined)));
    const alone = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(trips.own()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    await alone;
    let isRefusing = true;
    respond(() => (isRefusing ? refuse('throttled')() : Promise.resolve(undefined)));
    const both = Promise.all([ask(), ask()]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(trips.own()).toMatchObject([{ modelId: 'a-model', reason: 'throttled' }]);
    isRefusing = false;
    await vi.advanceTimersByTimeAsync(60_000);
    await both;
    expect(trips.own()).toEqual([]);
  });

  it('waits with another process that is refused, and tries behind that', async () => {
    const trips = new SharedTrips(() => Date.now());
    const { ask, heard, madeAt, logged } = start({ maxConcurrentCalls: 4, elsewhere: { trips, modelId: 'a-model' } });
    trips.hear({ modelId: 'another', reason: 'throttled', forMs: 60_000 });
    trips.hear({ modelId: 'a-model', reason: 'throttled', forMs: 10_000 });
    const all = Promise.all(Array.from({ length: 4 }, () => ask()));
    await vi.advanceTimersByTimeAsync(2_000);
    // The same once more.
    trips.hear({ modelId: 'a-model', reason: 'throttled', forMs: 8_010 });
    await vi.advanceTimersByTimeAsync(7_900);
    expect(madeAt).toEqual([]);
    expect(heard[0]).toEqual({ type: 'closed', kind: 'throttled', untilMs: NOON + 10_000 });
    await vi.advanceTimersByTimeAsync(60_000);
    await all;
    expect(madeAt[0]).toBe(10);
    expect(logged.filter((fields) => 'seconds' in fields)).toEqual([{ reason: 'throttled', seconds: 10 }]);
    // It was nothing of its own.
    expect(trips.own()).toEqual([]);
  });

  it('waits as long as Bedrock says', async () => {
    const { ask, madeAt, respond } = start();
    respond((index) => (index === 1 ? refuse('overloaded', NOON + 30_000)() : Promise.resolve(undefined)));
    const answered = ask();
    await vi.advanceTimersByTimeAsync(40_000);
    await answered;
    expect(madeAt).toEqual([0, 30]);
  });

  it("stays closed until the next day in UTC when the day's quota is used up, and tells everyone when", async () => {
    const { ask, madeAt, respond } = start({ maxConcurrentCalls: 1 });
    respond(() => sleep(1_000).then(refuse('daily-quota')));
    const failed = ['a', 'b', 'c'].map((asker) => expect(ask(asker)).rejects.toMatchObject({ kind: 'daily-quota' }));
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(failed);
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota', retryAt: TOMORROW });
    expect(madeAt).toHaveLength(1);
    vi.setSystemTime(TOMORROW);
    respond(async () => undefined);
    const answered = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await answered;
    expect(madeAt).toHaveLength(2);
  });

  it('says nothing more to somebody whom it sent away at once', async () => {
    const { ask, heard, respond } = start();
    respond(refuse('daily-quota'));
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota' });
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(heard).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says nothing of a quota when others have used it up', async () => {
    const { ask, logged, respond } = start();
    respond((index) => (index === 1 || index === 3 ? refuse('throttled')() : Promise.resolve(undefined)));
    for (let round = 0; round < 2; round += 1) {
      const answered = ask();
      await vi.advanceTimersByTimeAsync(10_000);
      await answered;
    }
    expect(logged.some((fields) => 'learnedTokensPerMinute' in fields && fields.learnedTokensPerMinute !== undefined)).toBe(false);
    const quick = Promise.all(Array.from({ length: 50 }, () => ask()));
    await vi.advanceTimersByTimeAsync(60_000);
    await quick;
  });

  it('makes a lone call again as soon as the gate opens, however often it was refused', async () => {
    const { ask, madeAt, logged, respond } = start();
    const first = ask();
    await vi.advanceTimersByTimeAsync(2_000);
    await first;
    respond((index) => (index < 6 ? refuse('throttled')() : Promise.resolve(undefined)));
    const second = ask();
    await vi.advanceTimersByTimeAsync(200_000);
    await second;
    expect(madeAt).toEqual([0, 2, 7, 17, 37, 77]);
    expect(logged.some((fields) => 'learnedTokensPerMinute' in fields && fields.learnedTokensPerMinute !== undefined)).toBe(false);
  });

  it('lets nobody wait for more than a quarter of an hour while it is closed', async () => {
    const { ask, respond } = start({ maxConcurrentCalls: 1 });
    respond(refuse('throttled'));
    const ends: string[] = [];
    const asked = Array.from({ length: 20 }, (_, index) => ask(`m${index}`).catch((error: Failure) => ends.push(`${error.kind} ${Math.round((Date.now() - NOON) / 60_000)}`)));
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    await Promise.all(asked);
    expect(ends).toHaveLength(20);
    expect(new Set(ends.map((end) => end.split(' ')[0]))).toEqual(new Set(['throttled']));
  });
});
