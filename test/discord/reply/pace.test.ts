import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakePlace, limitError } from './fake-place.ts';
import { createViews, pass, replyOf, stream, untilDone } from './views.ts';
import type { FakePlace } from './fake-place.ts';
import type { Streamed } from './views.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** How old each piece of the text was when it was first to be seen, in milliseconds. */
const ages = (place: FakePlace, questionId: string, { deltas }: Streamed): number[] => {
  const seen = place.messages.filter((message) => message.questionId === questionId).flatMap(({ revisions }) => revisions);
  return deltas.map(({ length, at }) => (seen.find(({ content }) => content.length >= length - 1)?.at ?? Number.NaN) - at);
};

/** From the end of a stream until all of it was to be seen. */
const endLag = (place: FakePlace, { text, endedAt }: Streamed): number =>
  (place.messages.flatMap(({ revisions }) => revisions).find(({ content }) => content === text)?.at ?? Number.NaN) - endedAt;

describe('one answer in a channel', () => {
  it('is as young as the edit limit allows', async () => {
    const place = createFakePlace({ latencyMs: 20 });
    const views = createViews(place);
    const streamed = await untilDone(stream(views, 'a', { seconds: 15, words: 150 }));
    await untilDone(streamed.finished);
    // Five edits in five seconds, evenly: half a second on the average.
    expect(mean(ages(place, 'a', streamed))).toBeLessThan(500 * 1.15);
    expect(endLag(place, streamed)).toBeLessThan(1_200);
    expect(place.refusedForLimits).toBe(0);
  });

  it('is edited less often the longer it gets', async () => {
    const place = createFakePlace({ limits: { create: [50, 1_000], edit: [50, 1_000], delete: [3, 1_000] } });
    const streamed = await untilDone(stream(createViews(place), 'long', { seconds: 60, words: 850 }));
    await untilDone(streamed.finished);
    const edits = place.requests.filter(({ action }) => action === 'edit').map(({ at }) => at - (streamed.deltas[0]?.at ?? 0));
    const within = (from: number, to: number) => edits.filter((at) => at >= from && at < to).length;
    expect(streamed.text.length).toBeGreaterThan(7_000);
    expect(within(0, 15_000)).toBeGreaterThan(within(45_000, 60_000));
    expect(within(45_000, 60_000)).toBeGreaterThan(2);
  });
});

describe('five answers in a channel', () => {
  it.each([0, 700])('are whole soon after their streams end, %i ms apart, and Discord never says no', async (apartMs) => {
    const place = createFakePlace({ latencyMs: 60 });
    const views = createViews(place);
    const all = await untilDone(
      Promise.all(
        Array.from({ length: 5 }, async (_, index) => {
          await pass(index * apartMs);
          return stream(views, `q${index}`);
        }),
      ),
    );
    await untilDone(Promise.all(all.map(({ finished }) => finished)));
    const lags = all.map((streamed) => endLag(place, streamed));
    expect(median(lags)).toBeLessThan(1_200);
    expect(Math.max(...lags)).toBeLessThan(3_000);
    expect(place.refusedForLimits).toBe(0);
    expect(place.mostInFlight).toBe(1);
    expect(place.visible().toSorted()).toEqual(all.map(({ text }) => text).toSorted());
  });

  it('share the edits of the channel fairly', async () => {
    const place = createFakePlace({ latencyMs: 60 });
    const views = createViews(place);
    const all = await untilDone(Promise.all(Array.from({ length: 4 }, (_, index) => stream(views, `q${index}`, { seconds: 25 }))));
    await untilDone(Promise.all(all.map(({ finished }) => finished)));
    const drafts = all.map((_, index) => place.messages.filter(({ questionId }) => questionId === `q${index}`).flatMap(({ revisions }) => revisions).length);
    expect(Math.max(...drafts) - Math.min(...drafts)).toBeLessThanOrEqual(2);
    expect(place.refusedForLimits).toBe(0);
  });
});

describe('an end', () => {
  it('overtakes the drafts of other answers', async () => {
    const place = createFakePlace({ latencyMs: 60 });
    const views = createViews(place);
    const running = Array.from({ length: 6 }, (_, index) => stream(views, `slow${index}`, { seconds: 30, words: 600 }));
    const done = Promise.all(running);
    await vi.advanceTimersByTimeAsync(7_300);
    const quick = await untilDone(stream(views, 'quick', { seconds: 0.2, words: 5 }));
    await untilDone(quick.finished);
    expect(endLag(place, quick)).toBeLessThan(500);
    await untilDone(Promise.all((await untilDone(done)).map(({ finished }) => finished)));
    expect(place.refusedForLimits).toBe(0);
  });

  it('comes as a new message where edits are used up, and its draft goes', async () => {
    const place = createFakePlace({ limits: { create: [5, 5_000], edit: [1, 60_000], delete: [3, 1_000] } });
    const views = createViews(place);
    const streamed = await untilDone(stream(views, 'a', { seconds: 4 }));
    await untilDone(streamed.finished);
    expect(endLag(place, streamed)).toBeLessThan(500);
    expect(place.visible()).toEqual([streamed.text]);
    expect(place.refusedForLimits).toBe(0);
  });
});

/** In a channel of its own. */
const apart = (id: string) => ({ paceKey: id, channelId: id, placeOf: () => ({ id, countsGlobally: true }) });

describe('a limit of the whole bot that holds up two ends', () => {
  it('lets the one go first whose words have waited longer', async () => {
    const free: [number, number] = [1_000, 1_000];
    const place = createFakePlace({ latencyMs: 20, limits: { create: free, edit: free, delete: free } });
    const views = createViews(place);
    const [early, late, limited] = [views.view('early', apart('early')), views.view('late', apart('late')), views.view('limited', apart('limited'))];
    early.show('Early');
    late.show('Late');
    await vi.advanceTimersByTimeAsync(2_000);
    place.failWith(() => {
      throw limitError({ retryAfter: 10_000, global: true });
    });
    limited.show('Limited');
    await vi.advanceTimersByTimeAsync(200);
    place.failWith(undefined);
    early.show('Early, and more');
    await vi.advanceTimersByTimeAsync(1_000);
    const lateEnd = late.finish(replyOf('Late, and all of it.'), []);
    await vi.advanceTimersByTimeAsync(1_000);
    const earlyEnd = early.finish(replyOf('Early, and all of it.'), []);
    await untilDone(Promise.all([earlyEnd, lateEnd]));
    const ends = place.requests.map(({ content }) => content).filter((content) => content.endsWith('all of it.'));
    expect(ends).toEqual(['Early, and all of it.', 'Late, and all of it.']);
    await limited.leave();
  });
});

describe('a limit of the whole bot that refuses what is new', () => {
  it.each(['first words', 'a draft'])('lets %s go first when it is over', async (what) => {
    const free: [number, number] = [1_000, 1_000];
    const place = createFakePlace({ latencyMs: 20, limits: { create: free, edit: free, delete: free } });
    const views = createViews(place, { requestsPerSecond: 5 });
    const others = Array.from({ length: 15 }, (_, index) => stream(views, `q${index}`, { seconds: 60, words: 600, options: apart(`q${index}`) }));
    await vi.advanceTimersByTimeAsync(10_000);
    const words = what === 'a draft' ? 'First words. And more.' : 'First words.';
    const view = views.view('late', apart('late'));
    if (what === 'a draft') {
      view.show('First words.');
      await vi.advanceTimersByTimeAsync(1_000);
    }
    view.show(words);
    let refused = 0;
    place.failWith(({ content }) => {
      if (content !== words || refused > 0) return;
      refused = place.requests.length;
      throw limitError({ retryAfter: 2_000, global: true });
    });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(refused).toBeGreaterThan(0);
    const afterwards = place.requests.slice(refused).map(({ content }) => content);
    expect(afterwards).toContain(words);
    // Those that were on their way as well go before.
    expect(afterwards.indexOf(words)).toBeLessThan(5);
    await vi.advanceTimersByTimeAsync(60_000);
    await untilDone(Promise.all(others));
  });
});

describe('a slow Discord', () => {
  it('gets no more drafts but the end, while people see that we type, until it has recovered', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    place.failWith(({ action }) => (action === 'edit' ? pass(4_000) : undefined));
    const first = await untilDone(stream(views, 'a', { seconds: 9 }));
    await untilDone(first.finished);
    expect(place.requests.filter(({ action }) => action === 'edit').length).toBeLessThanOrEqual(2);
    expect(place.busySigns).toBeGreaterThan(0);
    expect(place.visible()).toEqual([first.text]);

    place.failWith(undefined);
    await vi.advanceTimersByTimeAsync(30_000);
    const before = place.requests.length;
    const second = await untilDone(stream(views, 'b', { seconds: 9 }));
    await untilDone(second.finished);
    expect(place.requests.length - before).toBeGreaterThan(6);
  });
});
