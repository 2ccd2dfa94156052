import { afterEach, describe, expect, it } from 'vitest';
import { createShareLimits } from '../src/share-limits.ts';
import { createNeedStore } from '../src/store/need-store.ts';
import { openStore } from '../src/store/open-store.ts';
import { QuotaPart } from '../src/queue/quota-part.ts';
import { SharedTrips } from '../src/queue/shared-trips.ts';
import type { Log } from '../src/log/log.ts';
import type { ShareLimits } from '../src/share-limits.ts';
import type { Store } from '../src/store/open-store.ts';

const LOOK_EVERY_MS = 5;
let running: ShareLimits[] = [];
afterEach(async () => {
  await Promise.all(running.map((one) => one.close()));
  running = [];
});

const processOn = (store: Store | undefined, name: string) => {
  const need = { requests: 0, calls: 0 };
  const parts: number[] = [];
  const log: string[] = [];
  const quotaPart = new QuotaPart();
  const trips = new SharedTrips(() => performance.now());
  const limits = createShareLimits({
    needs: store && createNeedStore(store, name),
    scheduler: { needed: () => need.requests, share: (part) => void parts.push(part) },
    quotaPart,
    line: { waiting: () => need.calls },
    trips,
    log: { warn: (_fields: object, message: string) => log.push(message), debug: () => undefined } as unknown as Log,
    lookEveryMs: LOOK_EVERY_MS,
  });
  running.push(limits);
  return { need, parts, log, limits, quotaPart, trips, requests: () => parts.at(-1) ?? 1, calls: () => quotaPart.part };
};

const near = (part: number) => (value: number) => Math.abs(value - part) < 1e-6;

describe('limits that several processes share', () => {
  it('are all of the only one, at once, and of one without a store for several', async () => {
    const only = processOn(openStore('memory://'), 'only');
    await only.limits.open();
    expect([only.requests(), only.calls()]).toEqual([1, 1]);
    const alone = processOn(undefined, 'alone');
    await alone.limits.open();
    expect([alone.parts, alone.calls()]).toEqual([[], 1]);
  });

  it('are divided by what each needs, at no moment more than all of them, and are another one of whoever is left', async () => {
    const store = openStore('memory://');
    const [one, two] = [processOn(store, 'one'), processOn(store, 'two')];
    Object.assign(one.need, { requests: 30, calls: 3 });
    await one.limits.open();
    await two.limits.open();
    // Whoever comes begins with the least that there is.
    expect(two.requests()).toBeCloseTo(0.05);
    await expect.poll(() => near(0.95)(one.requests()) && near(0.05)(two.requests())).toBe(true);
    expect([one.calls(), two.calls()].map((part) => part.toFixed(2))).toEqual(['0.95', '0.05']);
    Object.assign(two.need, { requests: 30, calls: 0 });
    const sums: number[] = [];
    const watching = setInterval(() => sums.push(one.requests() + two.requests()), 1);
    await expect.poll(() => near(0.5)(one.requests()) && near(0.5)(two.requests())).toBe(true);
    clearInterval(watching);
    expect(Math.max(...sums)).toBeLessThan(1 + 1e-6);
    await one.limits.close();
    await expect.poll(two.requests).toBe(1);
  });

  it('stay as they are while the store fails, which is told once', async () => {
    const failing = { isOn: false };
    const store = openStore('memory://');
    const own: Store = new Proxy(store, { get: (target, name, receiver) => (failing.isOn && name === 'set' ? () => Promise.reject(new Error('away')) : Reflect.get(target, name, receiver)) });
    const [one, two] = [processOn(own, 'one'), processOn(store, 'two')];
    await one.limits.open();
    await two.limits.open();
    await expect.poll(one.requests).toBeCloseTo(0.5);
    failing.isOn = true;
    await expect.poll(() => one.log).toHaveLength(1);
    const looks = one.parts.length;
    await two.limits.close();
    await new Promise((resolve) => setTimeout(resolve, 10 * LOOK_EVERY_MS));
    expect([one.parts.length, one.log.length]).toEqual([looks, 1]);
    expect(one.requests()).toBeCloseTo(0.5);
    failing.isOn = false;
    await expect.poll(one.requests).toBe(1);
  });
});

describe('what Bedrock refuses one of several processes', () => {
  it('is heard by the others for as long as that goes on, and told on by none of them', async () => {
    const store = openStore('memory://');
    const [one, two, three] = [processOn(store, 'one'), processOn(store, 'two'), processOn(store, 'three')];
    const heard: (readonly [string, number])[] = [];
    two.trips.onHeard('a-model', (reason, forMs) => void heard.push([reason, forMs]));
    for (const { limits } of [one, two, three]) await limits.open();
    one.trips.note('a-model', 'throttled', 60_000);
    await expect.poll(() => heard.length).toBeGreaterThan(0);
    expect(heard[0]?.[0]).toBe('throttled');
    expect(heard[0]?.[1]).toBeLessThanOrEqual(60_000);
    expect(heard[0]?.[1]).toBeGreaterThan(30_000);
    expect([two.trips.own(), three.trips.own()]).toEqual([[], []]);
    one.trips.note('a-model', 'throttled', 0);
    const looks = two.parts.length;
    await expect.poll(() => two.parts.length).toBeGreaterThan(looks + 3);
    const before = heard.length;
    await expect.poll(() => two.parts.length).toBeGreaterThan(looks + 8);
    expect(heard.length).toBe(before);
  });
});
