import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RateLimitError } from 'discord.js';
import { createFakePlace } from './fake-place.ts';
import { createViews, replyOf, untilDone } from './views.ts';
import type { Action } from '../../../src/discord/rest/buckets.ts';
import type { FakePlace } from './fake-place.ts';

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const limited = (retryAfter: number, global = false): RateLimitError =>
  new RateLimitError({ global, hash: '', limit: 1, majorParameter: '', method: '', retryAfter, route: '', scope: 'user', sublimitTimeout: 0, timeToReset: retryAfter, url: '' });

/** Discord limits such requests for so long, from now on. */
const limit = (place: FakePlace, forMs: number, ...actions: readonly Action[]): void => {
  const until = performance.now() + forMs;
  place.failWith(({ action }) => {
    if (actions.includes(action) && performance.now() < until) throw limited(until - performance.now());
  });
};

describe('an end that Discord limits', () => {
  it.each([15 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS])('for %i ms keeps its deadline, and is left for later', async (forMs) => {
    const place = createFakePlace();
    limit(place, forMs, 'create', 'edit', 'delete');
    const view = createViews(place).view('a');
    const startedAt = performance.now();
    await expect(untilDone(view.finish(replyOf('Here it is.'), []))).rejects.toMatchObject({ kind: 'undeliverable' });
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThanOrEqual(90_000);
    expect(tookMs).toBeLessThan(100_000);
    expect(view.isForLater()).toBe(true);
    expect(view.undeliverable()).toBeUndefined();
    // It does not come up again by itself, and nothing is asked in vain meanwhile.
    await vi.advanceTimersByTimeAsync(forMs + MINUTE_MS);
    expect(place.visible()).toEqual([]);
    expect(place.requests.length).toBeLessThanOrEqual(3);
  });

  it.each([15 * MINUTE_MS, 24 * 60 * MINUTE_MS])('like all of the bot for %i ms keeps its deadline, too', async (forMs) => {
    const place = createFakePlace();
    const until = performance.now() + forMs;
    place.failWith(() => {
      if (performance.now() < until) throw limited(until - performance.now(), true);
    });
    const view = createViews(place).view('a');
    const startedAt = performance.now();
    await expect(untilDone(view.finish(replyOf('Here it is.'), []))).rejects.toMatchObject({ kind: 'undeliverable' });
    expect(performance.now() - startedAt).toBeLessThan(100_000);
    expect(view.isForLater()).toBe(true);
  });

  it.each([20_000, 80_000, 93_000])('for %i ms is waited for, and comes once', async (forMs) => {
    const place = createFakePlace();
    limit(place, forMs, 'create', 'edit');
    const view = createViews(place).view('a');
    expect(await untilDone(view.finish(replyOf('Here it is.'), []))).toEqual(['1']);
    expect(place.visible()).toEqual(['Here it is.']);
  });

  it('behind a draft leaves that as it is, and its failure is no other', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(1_000);
    limit(place, 60 * MINUTE_MS, 'create', 'edit', 'delete');
    await expect(untilDone(view.finish(replyOf('The beginning and the end'), []))).rejects.toMatchObject({ kind: 'undeliverable' });
    expect([view.isForLater(), view.messageIds(), place.visible()]).toEqual([true, ['1'], ['The beginning']]);
  });

  it('lets the next question go on where only its drafts cannot be removed, which happens when it can', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    const view = views.view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(25_000);
    limit(place, 30 * MINUTE_MS, 'delete');
    const startedAt = performance.now();
    expect(await untilDone(view.finish(replyOf('The beginning and the end'), []))).toEqual(['2']);
    expect(performance.now() - startedAt).toBeLessThan(115_000);
    expect(place.visible()).toContain('The beginning and the end');
    await vi.advanceTimersByTimeAsync(31 * MINUTE_MS);
    expect(place.visible().filter((text) => text === 'The beginning')).toEqual([]);
  });
});
