import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DiscordAPIError } from 'discord.js';
import { Failure } from '../../../src/conversation/failure.ts';
import { describeDeliveryError, isForLater as isForLaterError } from '../../../src/discord/rest/delivery-error.ts';
import { createRandom } from '../../chaos/random.ts';
import { createFakePlace, discordError } from './fake-place.ts';
import { createViews, replyOf, stream, untilDone } from './views.ts';
import type { FakePlace } from './fake-place.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const actions = (place: FakePlace): string => place.requests.map(({ action }) => action).join(' ');

describe("Discord's own words", () => {
  const said = (message: string, { url = 'https://discord.test/channels/1/messages', body = {} as unknown } = {}): string =>
    describeDeliveryError(new DiscordAPIError({ code: 7, message }, 7, 400, 'POST', url, { body } as never));

  it('are one line, and not for ever', () => {
    expect(said('no\nand why')).toBe('Discord answered 400 with code 7: no');
    expect(said('a'.repeat(1_000_000)).length).toBeLessThan(250);
  });

  it('repeat neither a token nor the text of a message', () => {
    const token = 'aW50ZXJhY3Rpb246c2VjcmV0';
    expect(said(`unknown webhook ${token}`, { url: `https://discord.test/webhooks/1/${token}/messages/@original` })).toBe('Discord answered 400 with code 7: unknown webhook [redacted]');
    expect(said('cannot post "what she said to me"', { body: { content: 'what she said to me' } })).not.toContain('she said');
    expect(said('cannot post "what she said to me"', { body: { type: 4, data: { content: 'what she said to me' } } })).not.toContain('she said');
  });
});

describe('drafts that are refused', () => {
  it('are not tried again, and the end is', async () => {
    const place = createFakePlace();
    let isEnd = false;
    place.failWith(() => {
      if (!isEnd) throw discordError(400, 50_035);
    });
    const views = createViews(place);
    const view = views.view('a');
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(3_000);
    view.show('The beginning and more');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(place.requests).toHaveLength(1);
    expect(views.gone).toEqual([]);
    isEnd = true;
    await untilDone(view.finish(replyOf('The beginning and the end'), []));
    expect(place.visible()).toEqual(['The beginning and the end']);
  });
});

describe('an end that its place refuses', () => {
  it('is told to the asker, once, whatever fails after it', async () => {
    const place = createFakePlace();
    place.failWith(() => {
      throw discordError(403, 20_022);
    });
    const views = createViews(place);
    const view = views.view('a');
    await expect(untilDone(view.finish(replyOf('All of it.'), []))).rejects.toMatchObject({ kind: 'undeliverable' });
    await view.fail(new Failure('undeliverable', 'test'));
    expect(views.told).toEqual([['All of it.']]);
    expect(view.undeliverable()).toBe('Discord answered 403 with code 20022: simulated; the asker was told by direct message');
  });

  it('goes by the token of its interaction before that, and its draft goes', async () => {
    const place = createFakePlace();
    const views = createViews(place);
    const besides: string[] = [];
    const view = views.view('a', {
      canSendAnew: false,
      besides: async ({ content }) => {
        besides.push(content);
        return { messageId: '900', content, bucket: undefined };
      },
    });
    view.show('The beginning');
    await vi.advanceTimersByTimeAsync(500);
    place.failWith(({ action }) => {
      if (action === 'edit') throw discordError(404, 0);
    });
    expect(await untilDone(view.finish(replyOf('The beginning and the end'), []))).toEqual(['900']);
    expect([besides, views.told, place.visible()]).toEqual([['The beginning and the end'], [], []]);
  });

  it('of a failure is told as well', async () => {
    const place = createFakePlace();
    place.failWith(() => {
      throw discordError(400, 1);
    });
    const views = createViews(place);
    await untilDone(views.view('a').fail(new Failure('throttled', 'test')));
    expect(views.told).toEqual([[expect.stringContaining('try again')]]);
  });

  it('is the log’s where the asker takes no direct messages', async () => {
    const place = createFakePlace();
    place.failWith(() => {
      throw discordError(400, 1);
    });
    const view = createViews(place, { refusesDirectly: true }).view('a');
    await expect(untilDone(view.finish(replyOf('All of it.'), []))).rejects.toMatchObject({ kind: 'undeliverable' });
    expect(view.undeliverable()).toMatch(/code 1.*no direct message was taken/u);
  });
});

describe('files that Discord does not take', () => {
  const code = `Here:\n\n\`\`\`ts\n${Array.from({ length: 300 }, (_, index) => `const value${index} = ${index};`).join('\n')}\n\`\`\``;
  const withFiles = (place: FakePlace, fail: () => void) => {
    const target = place.target('a');
    return {
      create: async (part: number, message: Parameters<typeof target.create>[1], how: Parameters<typeof target.create>[2]) => {
        if ((message.files ?? []).length > 0) fail();
        return target.create(part, message, how);
      },
    };
  };

  it.each([
    ['503', () => discordError(503, 0)],
    ['a cut', () => new Error('socket hang up')],
    ['413', () => discordError(413, 40_005)],
    ['403', () => discordError(403, 50_013)],
  ])('by %s: the text comes as messages, with the reason', async (_name, error) => {
    const place = createFakePlace({ limits: { create: [100, 1_000], edit: [100, 1_000], delete: [100, 1_000] } });
    const view = createViews(place).view('a', withFiles(place, () => {
      throw error();
    }));
    await untilDone(view.finish(replyOf(code), []));
    const all = place.visible().join('\n');
    for (let index = 0; index < 300; index += 1) expect(all.split(`const value${index} =`)).toHaveLength(2);
    expect(all).toMatch(/\n-# Discord took no file here/u);
  });

  it('for a moment only, are there all the same', async () => {
    const place = createFakePlace();
    let failures = 0;
    place.failWith(() => {
      if ((failures += 1) <= 4) throw discordError(503, 0);
    });
    const files: number[] = [];
    const view = createViews(place).view('a', withFiles(place, () => files.push(1)));
    await untilDone(view.finish(replyOf(code), []));
    expect(files.length).toBeGreaterThan(0);
    expect(place.visible().join('')).not.toMatch(/const value299 = 299[^]*const value299 = 299/u);
  });
});

describe('any sequence of refusals', () => {
  const STATUSES = [400, 401, 403, 404, 405, 409, 413, 418, 422, 451];
  const CODES = [0, 10_003, 10_008, 20_022, 30_046, 50_001, 50_005, 50_013, 50_035, 50_083, 160_005, 200_000, 999_999];

  it.each(Array.from({ length: 60 }, (_, seed) => seed))('ends the question once, within two minutes (seed %i)', async (seed) => {
    const random = createRandom(seed);
    const place = createFakePlace();
    const rate = random.next();
    place.failWith(() => {
      if (!random.chance(rate)) return;
      if (random.chance(0.15)) throw new Error('socket hang up');
      if (random.chance(0.15)) throw discordError(503, 0);
      throw discordError(random.pick(STATUSES), random.pick(CODES));
    });
    const refusesDirectly = random.chance(0.2);
    const views = createViews(place, { refusesDirectly });
    const isThere = async (id: string): Promise<boolean> => place.messages.some((message) => message.id === id && message.deletedAt === undefined);
    const { text, finished } = await untilDone(stream(views, 'a', { seconds: random.integer(1, 26), options: { isThere } }));
    const streamedAt = performance.now();
    const outcome = await untilDone(finished.then(() => 'delivered' as const, (error: unknown) => error));
    expect(performance.now() - streamedAt).toBeLessThan(120_000);
    if (outcome === 'delivered') {
      expect(place.visible().filter((content) => content?.startsWith(text))).toHaveLength(1);
      expect(views.told).toEqual([]);
    } else {
      expect(outcome).toBeInstanceOf(Failure);
      const isBlocked = place.visible().some((content) => content?.includes('filter'));
      const isForLater = isForLaterError((outcome as Failure).cause);
      expect(views.told).toHaveLength(isBlocked || isForLater || refusesDirectly ? 0 : 1);
    }
  });
});

describe('an answer that is left to somebody else', () => {
  it.each(['what it waits for', 'its end'])('ends neither its question nor warns of anything where %s is refused on the way', async (what) => {
    const place = createFakePlace();
    place.failWith(() => {
      throw discordError(403, 50_001);
    });
    const views = createViews(place);
    const view = views.view('a');
    if (what === 'its end') void view.tell('Too many wait already.');
    else await vi.advanceTimersByTimeAsync(1_000);
    await vi.advanceTimersByTimeAsync(20);
    await untilDone(view.leave());
    expect(actions(place)).toBe('create');
    expect({ warnings: views.warnings, gone: views.gone }).toEqual({ warnings: [], gone: [] });
  });
});

it('the plain way round a refusal costs no more than it must', async () => {
  const place = createFakePlace();
  const view = createViews(place).view('a');
  await untilDone(view.finish(replyOf('All of it.'), []));
  expect(actions(place)).toBe('create');
});
