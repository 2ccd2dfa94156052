import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { createLine } from '../../src/queue/line.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { Wait } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Reply, TokenUsage } from '../../src/conversation/reply.ts';
import type { LineOptions } from '../../src/queue/line.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const TOMORROW = Date.UTC(2026, 10, 26);
const never = new AbortController().signal;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A line, and everything that went through it: at which second each call was made. */
const start = (options: Partial<LineOptions> = {}) => {
  const logged: object[] = [];
  const write = (fields: object): void => void logged.push(fields);
  const line = createLine({
    maxConcurrentCalls: 4,
    maxTokens: 100,
    outputBurndown: 1,
    limits: {},
    log: { info: write, warn: write },
    ...options,
  });
  const madeAt: number[] = [];
  let running = 0;
  let most = 0;
  /** What Bedrock does with each call; answers after a second where nothing is said. */
  let bedrock = async (_index: number): Promise<TokenUsage | undefined> => undefined;
  const heard: (Wait | undefined)[] = [];
  const ask = (asker = 'm', signal = never): Promise<Reply> =>
    line.inTurn({
      question: { id: '1', asker: { id: asker, name: asker } } as Question,
      inputTokens: 100,
      signal,
      onWait: (wait) => heard.push(wait),
      run: async (onBegun) => {
        const index = madeAt.push((Date.now() - NOON) / 1_000);
        running += 1;
        most = Math.max(most, running);
        try {
          const usage = await bedrock(index);
          onBegun();
          await sleep(1_000);
          return { text: 'x', stopReason: 'end_turn', usage, latencyMs: undefined };
        } finally {
          running -= 1;
        }
      },
    });
  return {
    ask,
    heard,
    logged,
    madeAt,
    mostAtATime: () => {
      const before = most;
      most = running;
      return before;
    },
    respond: (next: typeof bedrock) => (bedrock = next),
  };
};

const refuse = (kind: FailureKind, retryAt?: number) => (): Promise<never> => Promise.reject(new Failure(kind, 'no', { retryAt }));
const usage = (inputTokens: number, outputTokens: number, more: Partial<TokenUsage> = {}): TokenUsage => ({ inputTokens, outputTokens, ...more });

describe('a gate that was told the quotas', () => {
  it('books no call as more than it can have been: one odd report closes nothing for others', async () => {
    for (const odd of [usage(1e9, 0), usage(100, 0, { cacheWriteInputTokens: 1e12 }), usage(0, 1e15)]) {
      const { ask, madeAt, respond } = start({ limits: { tokensPerDay: 100_000 }, maxConcurrentCalls: 1 });
      respond(async (index) => (index === 1 ? odd : usage(100, 10)));
      const all = Promise.all([ask(), ask(), ask()]);
      await vi.advanceTimersByTimeAsync(10_000);
      await all;
      expect(madeAt.map((at) => at - (madeAt[0] ?? 0))).toEqual([0, 1, 2]);
    }
  });

  it('reserves the prompt and the greatest answer, and gives back what was not used', async () => {
    const { ask, madeAt, respond } = start({ limits: { tokensPerMinute: 1_000 } });
    respond(async () => usage(100, 0));
    const all = Promise.all(Array.from({ length: 12 }, () => ask()));
    await vi.advanceTimersByTimeAsync(60_000);
    await all;
    // Four take 800 of 1,000 at once, and 400 in the end.
    expect(madeAt.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(madeAt.slice(4, 6)).toEqual([1, 1]);
    // Another 100 each six seconds.
    expect(madeAt[11]).toBeGreaterThan(15);
    expect(madeAt[11]).toBeLessThan(30);
  });

  it('counts output by the burndown and lets a debt be paid; reading from the cache is free', async () => {
    const asked = async (reported: TokenUsage): Promise<number> => {
      const { ask, madeAt, respond } = start({ limits: { tokensPerMinute: 1_000 }, outputBurndown: 5, maxConcurrentCalls: 1 });
      respond(async () => reported);
      const all = Promise.all([ask(), ask()]);
      await vi.advanceTimersByTimeAsync(300_000);
      await all;
      return (madeAt[1] ?? 0) - (madeAt[0] ?? 0);
    };
    vi.setSystemTime(NOON);
    expect(await asked(usage(100, 20))).toBe(1);
    // 100 + 5 × 280 are 500 more than there was.
    vi.setSystemTime(NOON);
    expect(await asked(usage(100, 280))).toBeGreaterThan(40);
    vi.setSystemTime(NOON);
    expect(await asked(usage(0, 100, { cacheReadInputTokens: 100_000 }))).toBeLessThan(60);
  });

  it('learns what prompts really come to', async () => {
    const { ask, madeAt, respond } = start({ limits: { tokensPerMinute: 1_000 }, maxConcurrentCalls: 1, maxTokens: 1 });
    respond(async () => usage(300, 0));
    const all = Promise.all(Array.from({ length: 30 }, () => ask()));
    await vi.advanceTimersByTimeAsync(900_000);
    await all;
    // Three times as much as was estimated: in the end a call waits until nearly 300 are there.
    const last = (madeAt.at(-1) ?? 0) - (madeAt.at(-2) ?? 0);
    expect(last).toBeGreaterThan(15);
  });

  it('lets so many calls through a minute', async () => {
    const { ask, madeAt } = start({ limits: { callsPerMinute: 6 }, maxConcurrentCalls: 10 });
    const all = Promise.all(Array.from({ length: 9 }, () => ask()));
    await vi.advanceTimersByTimeAsync(60_000);
    await all;
    expect(madeAt).toEqual([0, 0, 0, 0, 0, 0, 10, 20, 30]);
  });

  it("refuses at once when the day's tokens are used up, says when there are more, and opens then", async () => {
    const { ask, madeAt, respond } = start({ limits: { tokensPerDay: 500 }, maxConcurrentCalls: 1 });
    respond(async () => usage(100, 100));
    const first = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await first;
    const second = ask();
    const third = ask();
    const failed = expect(third).rejects.toMatchObject({ kind: 'daily-quota', retryAt: TOMORROW });
    await vi.advanceTimersByTimeAsync(1_000);
    await second;
    await failed;
    expect(madeAt).toHaveLength(2);
    vi.setSystemTime(TOMORROW);
    const next = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await next;
  });
});

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
    // Halved by each of the two refusals.
    expect(logged).toContainEqual({ concurrency: 2 });
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

describe('a call that failed', () => {
  const attempts = async (kind: FailureKind): Promise<number[]> => {
    const { ask, madeAt, respond } = start();
    respond(refuse(kind));
    const failed = expect(ask()).rejects.toMatchObject({ kind });
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    await failed;
    return madeAt;
  };

  it.each([
    ['throttled', [0, 5, 15, 35, 75, 135]],
    ['overloaded', [0, 5, 15, 35, 75, 135]],
    ['service-error', [0, 1, 3]],
    ['network', [0, 1, 3]],
    ['model-error', [0, 1]],
    ['model-timed-out', [0, 1]],
    ['stream-broken', [0, 0.5]],
  ] as const)('by %s is made again after a while, and not for ever', async (kind, seconds) => {
    expect(await attempts(kind)).toEqual(seconds);
  });

  it.each([
    'key-refused',
    'key-expired',
    'no-key',
    'model-access',
    'model-unknown',
    'model-retired',
    'model-needs-profile',
    'daily-quota',
    'timed-out',
    'too-long',
    'request-refused',
    'guardrail',
    'store',
    'undeliverable',
    'defect',
  ] as const)('by %s is not made again', async (kind) => {
    expect(await attempts(kind)).toEqual([0]);
  });

  it('is not made again when it was cancelled, and a waiting one leaves at once', async () => {
    const { ask, madeAt, heard, respond } = start();
    respond(refuse('service-error'));
    const leaving = new AbortController();
    const failed = expect(ask('m', leaving.signal)).rejects.toThrow('left');
    await vi.advanceTimersByTimeAsync(500);
    expect(heard).toEqual([{ type: 'retry', kind: 'service-error', untilMs: NOON + 1_000 }]);
    leaving.abort(new Error('left'));
    await failed;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(madeAt).toEqual([0]);
    const stopping = new AbortController();
    respond(() => sleep(100).then(() => (stopping.abort(new Error('stop')), refuse('network')())));
    const stopped = expect(ask('m', stopping.signal)).rejects.toMatchObject({ kind: 'network' });
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    expect(madeAt).toHaveLength(2);
  });

  it('goes before all that wait', async () => {
    const { ask, respond } = start({ maxConcurrentCalls: 1 });
    const order: string[] = [];
    respond((index) => (index === 1 ? refuse('network')() : Promise.resolve(undefined)));
    const all = ['first', 'second', 'third', 'fourth'].map((asker) => ask(asker).then(() => order.push(asker)));
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(all);
    expect(order.indexOf('first')).toBeLessThanOrEqual(1);
  });
});

describe('a clock that is set while calls wait', () => {
  const HOUR_MS = 3_600_000;
  /** Back and forth by steps of NTP, by an hour, by a day and more. */
  const STEPS = [-400, 400, -HOUR_MS, HOUR_MS, -25 * HOUR_MS, 25 * HOUR_MS, -30 * 24 * HOUR_MS];
  const step = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
  /** Seconds by the clock that only goes forward. */
  const secondsSince = (startedAt: number): number => Math.round((performance.now() - startedAt) / 100) / 10;

  it.each(STEPS)('by %i ms ends a pause neither later nor earlier', async (ms) => {
    const { ask, respond } = start();
    const startedAt = performance.now();
    respond((index) => (index === 1 ? refuse('throttled')() : Promise.resolve(undefined)));
    const answered = ask().then(() => secondsSince(startedAt));
    await vi.advanceTimersByTimeAsync(1_000);
    step(ms);
    const another = ask().then(() => secondsSince(startedAt));
    await vi.advanceTimersByTimeAsync(20_000);
    // After five seconds one call tries, and takes a second, as the one behind it does.
    expect(await Promise.all([answered, another])).toEqual([6, 7]);
  });

  it.each(STEPS)('by %i ms changes nothing of what Bedrock said to wait', async (ms) => {
    const { ask, respond } = start();
    const startedAt = performance.now();
    respond((index) => (index === 1 ? refuse('overloaded', Date.now() + 30_000)() : Promise.resolve(undefined)));
    const answered = ask().then(() => secondsSince(startedAt));
    await vi.advanceTimersByTimeAsync(1_000);
    step(ms);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await answered).toBe(31);
  });

  it.each(STEPS)('by %i ms fills and empties no quota', async (ms) => {
    const { ask } = start({ limits: { callsPerMinute: 6 }, maxConcurrentCalls: 10 });
    const startedAt = performance.now();
    const ends: number[] = [];
    const asked = Array.from({ length: 9 }, () => ask().then(() => ends.push(secondsSince(startedAt))));
    await vi.advanceTimersByTimeAsync(5_000);
    step(ms);
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all(asked);
    expect(ends).toEqual([1, 1, 1, 1, 1, 1, 11, 21, 31]);
  });

  it.each(STEPS)('by %i ms lets nobody wait longer, and sends nobody away earlier', async (ms) => {
    const { ask, respond } = start({ maxConcurrentCalls: 1 });
    const startedAt = performance.now();
    respond(refuse('throttled'));
    const ends: number[] = [];
    const asked = Array.from({ length: 20 }, (_, index) => ask(`m${index}`).catch(() => ends.push(secondsSince(startedAt))));
    await vi.advanceTimersByTimeAsync(30_000);
    step(ms);
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    await Promise.all(asked);
    expect(ends).toHaveLength(20);
    // Each is tried six times; what is left then has waited for a quarter of an hour.
    expect(ends.filter((at) => at < 135)).toEqual([]);
    expect(Math.max(...ends)).toBeLessThanOrEqual(15 * 60 + 1);
  });

  it('ends a closed day with the day, and in another one lets a call find out', async () => {
    const { ask, madeAt, respond } = start();
    respond(refuse('daily-quota'));
    vi.setSystemTime(TOMORROW + HOUR_MS);
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota' });
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota', retryAt: TOMORROW + 24 * HOUR_MS });
    expect(madeAt).toHaveLength(1);
    // It was two hours ahead: the real day has an hour left, and is as used up.
    step(-2 * HOUR_MS);
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota' });
    await expect(ask()).rejects.toMatchObject({ kind: 'daily-quota', retryAt: TOMORROW });
    expect(madeAt).toHaveLength(2);
    respond(async () => undefined);
    vi.setSystemTime(TOMORROW + 2_000);
    const answered = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await answered;
  });

  it('says that a day is used up also where time passes between two looks at the clocks', async () => {
    // Of the two clocks only one has whole milliseconds.
    let passed = 0;
    const clocks = { wall: () => Math.floor(NOON + passed), monotonic: () => (passed += 0.6) };
    const { ask } = start({ clocks, limits: { tokensPerDay: 250 } });
    const first = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await first;
    for (let asked = 0; asked < 20; asked += 1) {
      const failure = await ask().catch((error: unknown) => error);
      expect(failure).toMatchObject({ kind: 'daily-quota' });
      expect((failure as Failure).retryAt).toBeGreaterThanOrEqual(TOMORROW);
    }
  });

  it('tells people when by the clock of the moment', async () => {
    const { ask, heard, respond } = start({ maxConcurrentCalls: 1 });
    step(HOUR_MS);
    respond((index) => (index === 1 ? refuse('throttled')() : Promise.resolve(undefined)));
    const answered = ask();
    await vi.advanceTimersByTimeAsync(10_000);
    await answered;
    expect(heard).toEqual([{ type: 'closed', kind: 'throttled', untilMs: NOON + HOUR_MS + 5_000 }, undefined]);
  });
});
