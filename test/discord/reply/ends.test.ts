import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../../src/conversation/failure.ts';
import { createFakePlace, discordError } from './fake-place.ts';
import { createViews, replyOf, stream, untilDone } from './views.ts';
import type { ReplyTarget } from '../../../src/discord/reply/reply-target.ts';
import type { FakePlace } from './fake-place.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const actions = (place: FakePlace): string => place.requests.map(({ action }) => action).join(' ');

describe('the end of an answer', () => {
  it('stays where the answer grew, while people still look', async () => {
    const place = createFakePlace();
    const { text, finished } = await untilDone(stream(createViews(place), 'a', { seconds: 12 }));
    expect(await untilDone(finished)).toEqual(['1']);
    expect(place.visible()).toEqual([text]);
    expect(place.messages).toHaveLength(1);
  });

  it('comes anew after more than 20 seconds, before its draft goes', async () => {
    const place = createFakePlace();
    const { text, finished } = await untilDone(stream(createViews(place), 'a', { seconds: 24 }));
    expect(await untilDone(finished)).toEqual(['2']);
    expect(place.visible()).toEqual([text]);
    expect(actions(place)).toMatch(/create delete$/u);
  });

  it('comes anew although its draft shows all of it already', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.show('All of it.');
    await vi.advanceTimersByTimeAsync(25_000);
    await untilDone(view.finish(replyOf('All of it.'), []));
    expect(place.visible()).toEqual(['All of it.']);
    expect(actions(place)).toBe('create create delete');
  });

  it('comes anew below what others wrote after its draft', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    const view = views.view('a');
    views.activity.note('channel', '0');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(2_000);
    views.activity.note('elsewhere', '999');
    views.activity.note('channel', '7');
    expect(await untilDone(view.finish(replyOf('The beginning and the end'), []))).toEqual(['2']);
    expect(place.visible()).toEqual(['The beginning and the end']);
  });

  it('takes the place of its draft where nothing can be sent anew', async () => {
    const place = createFakePlace();
    const { text, finished } = await untilDone(stream(createViews(place), 'a', { seconds: 24, options: { canSendAnew: false } }));
    await untilDone(finished);
    expect(place.messages).toHaveLength(1);
    expect(place.visible()).toEqual([text]);
  });

  it('sends only the last of several messages anew', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    const long = 'A sentence of some length. '.repeat(100).trim();
    view.show(long);
    await vi.advanceTimersByTimeAsync(25_000);
    const ids = await untilDone(view.finish(replyOf(`${long} The end.`), []));
    expect(ids).toEqual(['1', '3']);
    expect(place.visible()).toHaveLength(2);
    expect(place.visible()[1]).toMatch(/The end\.$/u);
  });

  it('keeps its order where the first of two drafts of an earlier process had to be sent anew', async () => {
    const place = createFakePlace();
    const here = place.target('a');
    // As the process before left them.
    const drafts = [await untilDone(here.create(0, { content: 'draft' })), await untilDone(here.create(1, { content: 'draft' }))];
    const takenOver: Partial<ReplyTarget> = {
      create: (part, message, how) => (how?.isAnew === true ? here.create(part, message, how) : here.edit(part, drafts[part]?.messageId ?? '', message)),
    };
    const sentences = Array.from({ length: 100 }, (_, index) => `Sentence ${index} of some length.`);
    const view = createViews(place).view('a', takenOver);
    view.show(sentences.slice(0, 20).join(' '));
    await vi.advanceTimersByTimeAsync(2_000);
    place.failWith(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      throw new DOMException('No answer came.', 'TimeoutError');
    });
    view.show(sentences.slice(0, 30).join(' '));
    await vi.advanceTimersByTimeAsync(5_100);
    place.failWith(undefined);
    await untilDone(view.finish(replyOf(sentences.join(' ')), []));
    expect(place.visible().join(' ').match(/Sentence \d+/gu)).toEqual(sentences.map((_, index) => `Sentence ${index}`));
  });

  it('of a stopped answer stays where it is, and that of a failed one comes anew', async () => {
    for (const [kind, messages] of [['stopped', 1], ['stream-broken', 2]] as const) {
      const place = createFakePlace();
      const view = createViews(place).view('a');
      view.show('What was written');
      await vi.advanceTimersByTimeAsync(25_000);
      await untilDone(view.fail(new Failure(kind, 'test')));
      expect(place.messages).toHaveLength(messages);
      expect(place.visible()).toHaveLength(1);
      expect(place.visible()[0]).toMatch(/^What was written\n+-# /u);
    }
  });

  it('is written in place of the draft where a new message is refused', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(25_000);
    place.failWith(({ action }) => {
      if (action === 'create') throw discordError(403, 50_013);
    });
    await untilDone(view.finish(replyOf('The beginning and the end'), []));
    expect(place.visible()).toEqual(['The beginning and the end']);
  });

  it.each([
    [30_046, 429],
    [30_046, 400],
    [50_083, 400],
  ])('comes anew where edits are refused with code %i (HTTP %i), which ends the drafts', async (code, status) => {
    const place = createFakePlace();
    place.failWith(({ action }) => {
      if (action === 'edit') throw discordError(status, code);
    });
    const { text, finished } = await untilDone(stream(createViews(place), 'a', { seconds: 5 }));
    await untilDone(finished);
    expect(actions(place)).toBe('create edit create delete');
    expect(place.visible()).toEqual([text]);
  });

  it('comes anew after a draft that Discord never answered to, which may come true late', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(500);
    place.failWith(({ action }) => {
      if (action === 'edit') throw new Error('socket hang up');
    });
    view.show('The beginning and more');
    await vi.advanceTimersByTimeAsync(1_000);
    place.failWith(undefined);
    await untilDone(view.finish(replyOf('The beginning and the end'), []));
    expect(place.visible()).toEqual(['The beginning and the end']);
    expect(actions(place)).toBe('create edit create delete');
  });
});

describe('an end that was sent anew, and of which Discord did not say that it is there', () => {
  it('stands there once, although its draft could be edited by now', async () => {
    const place = createFakePlace({ latencyMs: 20, limits: { create: [5, 5_000], edit: [2, 3_400], delete: [3, 1_000] } });
    const real = place.target('a');
    let lost = 0;
    const create: ReplyTarget['create'] = async (part, message, how) => {
      const sent = await real.create(part, message, how);
      if (how?.isAnew !== true || lost > 0) return sent;
      lost += 1;
      throw discordError(502, 0);
    };
    const view = createViews(place).view('a', { create });
    view.show('One');
    await vi.advanceTimersByTimeAsync(1_200);
    for (const text of ['One, two', 'One, two, three']) {
      view.show(text);
      await vi.advanceTimersByTimeAsync(1_100);
    }
    await untilDone(view.finish(replyOf('One, two, three, four.'), []));
    expect(lost).toBe(1);
    expect(place.visible()).toEqual(['One, two, three, four.']);
  });
});

describe('an answer that Discord lets change for some time only', () => {
  it('ends within it, with what was written and the reason', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    const view = views.view('a', { growsForMs: 14 * 60_000, canSendAnew: false });
    view.show('What was written');
    await vi.advanceTimersByTimeAsync(13 * 60_000);
    expect(views.gone).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(views.gone).toEqual(['a']);
    await untilDone(view.fail(new Failure('stopped', 'test')));
    expect(place.visible()).toEqual([expect.stringMatching(/^What was written\n-# ⚠️ .*15 minutes/u)]);
  });
});

describe('a draft that cannot be removed', () => {
  it('is tried again, and points to the answer at last', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    const view = views.view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(25_000);
    place.failWith(({ action }) => {
      if (action === 'delete') throw discordError(503, 0);
    });
    await untilDone(view.finish(replyOf('The beginning and the end'), []));
    expect(place.visible()).toEqual(['-# The whole answer is further down.', 'The beginning and the end']);
    expect(place.requests.filter(({ action }) => action === 'delete').length).toBeGreaterThan(2);
  });

  it('is removed in the end when Discord was away for a minute', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(25_000);
    const isOver = performance.now() + 60_000;
    place.failWith(({ action }) => {
      if (place.visible().length > 1 && action !== 'create' && performance.now() < isOver) throw discordError(503, 0);
    });
    await untilDone(view.finish(replyOf('The beginning and the end'), []));
    expect(place.visible()).toEqual(['The beginning and the end']);
  });

  it('was removed by somebody else: so be it', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(25_000);
    place.failWith(({ action }) => {
      if (action === 'delete') throw discordError(404, 10_008);
    });
    expect(await untilDone(view.finish(replyOf('The beginning and the end'), []))).toEqual(['2']);
  });
});

describe('the text that Discord keeps', () => {
  it('is written once more where it is not the text that was sent', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    place.keepAs((content) => (place.requests.length < 2 ? content.slice(0, 3) : content));
    await untilDone(views.view('a').finish(replyOf('The whole answer'), []));
    expect(place.visible()).toEqual(['The whole answer']);
    expect(actions(place)).toBe('create edit');
    expect(views.warnings).toEqual([]);
  });

  it('is taken as it is when that does not help, with a line in the log', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    place.keepAs((content) => content.toUpperCase());
    await untilDone(views.view('a').finish(replyOf('The whole answer'), []));
    expect(actions(place)).toBe('create edit');
    expect(views.warnings).toHaveLength(1);
    expect(views.warnings.join('')).not.toMatch(/whole answer/iu);
  });

  it('may lack the blanks around it', async () => {
    const place = createFakePlace();
    place.keepAs((content) => content.trim());
    const view = createViews(place).view('a');
    view.show('Words ');
    await vi.advanceTimersByTimeAsync(500);
    await untilDone(view.finish(replyOf('Words and words.'), []));
    expect(actions(place)).toBe('create edit');
  });
});

describe('an answer whose message somebody deletes', () => {
  it('ends silently, and is asked for no longer', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    const view = views.view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(500);
    const [message] = place.messages;
    if (message !== undefined) message.deletedAt = performance.now();
    view.show('The beginning and more');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(views.gone).toEqual(['a']);
    await expect(view.finish(replyOf('The beginning and the end'), [])).rejects.toMatchObject({ kind: 'stopped' });
    await view.fail(new Failure('stopped', 'test'));
    expect(place.visible()).toEqual([]);
    expect([views.told, views.warnings]).toEqual([[], []]);
  });
});

describe('what is said below an answer that is shown', () => {
  it('stands there when it has been said', async () => {
    const place = createFakePlace();
    const view = createViews(place).view('a');
    await untilDone(view.finish(replyOf('All of it.'), []));
    await untilDone(view.regret('not-remembered'));
    expect(place.visible()).toHaveLength(1);
    expect(place.visible()[0]).toMatch(/^All of it\.\n-# ./u);
  });
});
