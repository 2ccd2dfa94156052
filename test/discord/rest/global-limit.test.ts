import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fc from '../../property.ts';
import { createGlobalLimit } from '../../../src/discord/rest/global-limit.ts';
import { pass } from './fake-channels.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Milliseconds until a request arrives, and from then until its answer is there. */
interface Way {
  readonly thereMs: number;
  readonly backMs: number;
}

/** Sends for a while whatever the limit lets go; tells when each arrived. */
const sendAll = async (perSecond: number, forMs: number, wayOf: (number: number) => Way): Promise<readonly number[]> => {
  const arrivals: number[] = [];
  const limit = createGlobalLimit(perSecond, () => undefined);
  const send = async (number: number): Promise<void> => {
    const turn = limit.take();
    turn.go();
    const { thereMs, backMs } = wayOf(number);
    await pass(thereMs);
    arrivals.push(performance.now());
    await pass(backMs);
    turn.arrived();
  };
  const until = performance.now() + forMs;
  for (let number = 0; performance.now() < until; ) {
    if (limit.opensAt(0) <= performance.now()) void send(number++);
    else await vi.advanceTimersByTimeAsync(1);
  }
  return arrivals;
};

const mostInASecond = (arrivals: readonly number[]): number => {
  const sorted = arrivals.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((at, index) => sorted.slice(index).filter((other) => other < at + 1_000).length));
};

describe('the requests of a second', () => {
  it('arrive in no second in larger numbers, however long each takes there and back', async () => {
    const ways = (thereMs: number, backMs: number): fc.Arbitrary<readonly Way[]> => {
      const late = fc.record({ thereMs: fc.integer({ min: 0, max: 900 }), backMs: fc.integer({ min: 0, max: 2_000 }) });
      const some = fc.array(late.map((by) => ({ thereMs: thereMs + by.thereMs, backMs: backMs + by.backMs })), { maxLength: 30 });
      return fc.tuple(fc.constant({ thereMs, backMs }), some).map(([shortest, others]) => [shortest].concat(others));
    };
    const anyWays = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 })).chain((shortest) => ways(...shortest));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), anyWays, async (perSecond, each) => {
        vi.clearAllTimers();
        const arrivals = await sendAll(perSecond, 10_000, (number) => each[number % each.length]!);
        expect(arrivals.length).toBeGreaterThan(0);
        expect(mostInASecond(arrivals)).toBeLessThanOrEqual(perSecond);
      }),
      { numRuns: 30 },
    );
  });

  it.each([2, 30, 150, 400])('go with hardly more than a second between them where each is answered after %i ms', async (ms) => {
    const arrivals = await sendAll(50, 20_000, () => ({ thereMs: ms / 2, backMs: ms / 2 }));
    const arrivedLater = arrivals.filter((at) => at >= arrivals[0]! + 5_000 && at < arrivals[0]! + 15_000).length;
    expect(arrivedLater).toBeGreaterThanOrEqual((0.95 * 500) / (1 + ms / 2_000));
    expect(mostInASecond(arrivals)).toBeLessThanOrEqual(50);
  });

  it('wait while none arrives, so that they do not all arrive at once then', async () => {
    const endsAt = performance.now() + 7_000;
    const arrivals = await sendAll(50, 10_000, () => {
      const leftMs = endsAt - performance.now();
      return { thereMs: leftMs > 0 && leftMs < 4_000 ? leftMs : 20, backMs: 20 };
    });
    expect(arrivals.filter((at) => at > endsAt - 3_900 && at < endsAt)).toEqual([]);
    expect(mostInASecond(arrivals)).toBeLessThanOrEqual(50);
  });

  it('are not fewer for long because some are never answered', async () => {
    const arrivals = await sendAll(10, 30_000, (number) => (number % 10 === 3 ? { thereMs: 20, backMs: 60_000 } : { thereMs: 20, backMs: 20 }));
    expect(arrivals.length).toBeGreaterThan(200);
  });
});

describe('a refusal of all requests', () => {
  it.each([
    [1_500, 1_500],
    [24 * 60 * 60_000, 60_000],
  ])('of %i ms is believed for %i', (forMs, believedMs) => {
    const limit = createGlobalLimit(50, () => undefined);
    const refusedAt = performance.now();
    limit.close(forMs);
    expect([limit.opensAt(0) - refusedAt, limit.closedUntil - refusedAt]).toEqual([believedMs, believedMs]);
    limit.close(100);
    expect(limit.opensAt(0) - refusedAt).toBe(believedMs);
  });
});

describe('a turn that is taken', () => {
  it('and not used, by whoever waits for something else, is one for others soon', async () => {
    const limit = createGlobalLimit(1, () => undefined);
    const unused = limit.take();
    const opensAt = limit.opensAt(0);
    expect(opensAt - performance.now()).toBeGreaterThan(100);
    expect(opensAt - performance.now()).toBeLessThan(300);
    await vi.advanceTimersByTimeAsync(300);
    expect(limit.opensAt(0)).toBeLessThanOrEqual(performance.now());
    expect([unused.isOpen(), unused.go()]).toEqual([false, false]);
    unused.giveBack();
    limit.take();
    expect(limit.opensAt(0)).toBeGreaterThan(performance.now());
  });

  it('is one of fewer, and of more again, as others have the rest', () => {
    let opened = 0;
    const limit = createGlobalLimit(4, () => (opened += 1));
    const send = (): void => {
      const turn = limit.take();
      turn.go();
      turn.arrived();
    };
    for (let count = 0; count < 3; count += 1) send();
    expect(limit.used()).toBe(3);
    limit.resize(2);
    expect(limit.perSecond).toBe(2);
    const opensAt = limit.opensAt(0);
    expect(opensAt).toBeGreaterThan(performance.now());
    vi.advanceTimersByTime(opensAt - performance.now());
    expect(limit.opensAt(0)).toBeLessThanOrEqual(performance.now());
    opened = 0;
    limit.resize(4);
    expect(opened).toBe(1);
    for (let count = 0; count < 4; count += 1) {
      expect(limit.opensAt(0)).toBeLessThanOrEqual(performance.now());
      send();
    }
    expect(limit.opensAt(0)).toBeGreaterThan(performance.now());
  });
});
