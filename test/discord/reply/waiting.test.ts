import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../../src/conversation/failure.ts';
import { createFakePlace } from './fake-place.ts';
import { createViews, replyOf, untilDone } from './views.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a model that says nothing', () => {
  it('is thinking after a second, in the message that becomes the answer', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    await vi.advanceTimersByTimeAsync(950);
    expect(place.requests).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(place.visible()).toEqual(['Thinking…']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(place.requests).toHaveLength(1);
    view.show('Here it');
    await vi.advanceTimersByTimeAsync(200);
    expect(place.visible()).toEqual(['Here it']);
    expect(await untilDone(view.finish(replyOf('Here it is.'), []))).toEqual(['1']);
    expect(place.visible()).toEqual(['Here it is.']);
  });

  it('is not said to think where its first words come first, or its end', async () => {
    for (const end of [false, true]) {
      const place = createFakePlace();
      const view = createViews(place).view('a');
      await vi.advanceTimersByTimeAsync(900);
      if (!end) view.show('Here');
      await untilDone(view.finish(replyOf('Here it is.'), []));
      await vi.advanceTimersByTimeAsync(5_000);
      expect(place.messages.flatMap(({ revisions }) => revisions.map(({ content }) => content))).not.toContain('Thinking…');
    }
  });

  it('leaves the answer that comes while that is being said whole, and once', async () => {
    const place = createFakePlace({ latencyMs: 300 });
    const view = createViews(place).view('a');
    await vi.advanceTimersByTimeAsync(1_100);
    await untilDone(view.finish(replyOf('Here it is.'), []));
    expect(place.visible()).toEqual(['Here it is.']);
    expect(place.requests).toHaveLength(2);
  });
});

describe('a question that waits in line', () => {
  it('for a moment only shows that we type', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.wait({ type: 'line', ahead: 2 });
    await vi.advanceTimersByTimeAsync(600);
    view.wait(undefined);
    await vi.advanceTimersByTimeAsync(300);
    expect(place.busySigns).toBe(1);
    await untilDone(view.finish(replyOf('Here.'), []));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(place.visible()).toEqual(['Here.']);
    expect(place.requests).toHaveLength(1);
    expect(place.busySigns).toBe(1);
  });

  it('for other files says so', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.wait({ type: 'files' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(place.visible()).toEqual(['Other questions have large files, too; yours are next.']);
    await untilDone(view.finish(replyOf('Here.'), []));
    expect(place.visible()).toEqual(['Here.']);
  });

  it('for long shows its place, up to date, in the message that becomes the answer', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.wait({ type: 'line', ahead: 3 });
    await vi.advanceTimersByTimeAsync(1_100);
    expect(place.visible()).toEqual(['3 questions are before yours.']);
    const signs = place.busySigns;
    for (const ahead of [2, 1]) view.wait({ type: 'line', ahead });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(place.visible()).toEqual(['1 question is before yours.']);
    expect(place.requests).toHaveLength(2);
    view.wait({ type: 'line', ahead: 0 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(place.visible()).toEqual(['Your question is next.']);
    expect(place.busySigns).toBe(signs);
    view.wait(undefined);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(place.visible()).toEqual(['Thinking…']);
    expect(place.busySigns).toBeGreaterThan(signs);
    view.show('Here it');
    await vi.advanceTimersByTimeAsync(200);
    expect(place.visible()).toEqual(['Here it']);
    expect(await untilDone(view.finish(replyOf('Here it is.'), []))).toEqual(['1']);
    expect(place.visible()).toEqual(['Here it is.']);
  });

  it('is answered by a new message when it waited so long that people looked away', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.wait({ type: 'line', ahead: 3 });
    await vi.advanceTimersByTimeAsync(60_000);
    view.wait(undefined);
    await untilDone(view.finish(replyOf('Here it is.'), []));
    expect(place.messages).toHaveLength(2);
    expect(place.visible()).toEqual(['Here it is.']);
  });

  it('tells when a call is tried again', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.wait({ type: 'retry', kind: 'throttled', untilMs: 1_800_000_000_500 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(place.visible()).toEqual(['Amazon Bedrock is busy; I try again <t:1800000001:R>.']);
    view.wait({ type: 'closed', kind: 'service-error', untilMs: undefined });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(place.visible()).toEqual(['Amazon Bedrock has a problem; I ask again as soon as I can.']);
    await untilDone(view.fail(new Failure('throttled', 'test')));
    expect(place.visible()).toHaveLength(1);
    expect(place.visible()[0]).toMatch(/Please try again in a minute/u);
  });

  it('holds back neither ends nor drafts of other answers', async () => {
    const place = createFakePlace({ latencyMs: 20 });
    const views = createViews(place);
    const waiting = Array.from({ length: 4 }, (_, index) => views.view(`waiting${index}`));
    for (const view of waiting) view.wait({ type: 'line', ahead: 4 });
    const chatter = setInterval(() => waiting.forEach((view, index) => view.wait({ type: 'line', ahead: (Date.now() / 500 + index) % 5 | 0 })), 500);
    await vi.advanceTimersByTimeAsync(3_500);
    const answer = views.view('a');
    const startedAt = performance.now();
    let text = '';
    for (let word = 0; word < 60; word += 1) {
      answer.show((text += `w${word} `));
      await vi.advanceTimersByTimeAsync(100);
    }
    const endedAt = performance.now();
    await untilDone(answer.finish(replyOf(text.trim()), []));
    clearInterval(chatter);
    const revisions = place.messages.find(({ questionId }) => questionId === 'a')?.revisions ?? [];
    expect(revisions[0]?.at).toBeLessThan(startedAt + 500);
    expect(revisions.length).toBeGreaterThan(3);
    expect((revisions.at(-1)?.at ?? Infinity) - endedAt).toBeLessThan(1_200);
    expect(place.refusedForLimits).toBe(0);
    await untilDone(Promise.all(waiting.map((view) => view.fail(new Failure('stopped', 'test')))));
    expect(place.visible().filter((content) => content === 'Stopped.')).toHaveLength(4);
  });
});
