import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { createLine } from '../../src/queue/line.ts';
import { Quota } from '../simulators/bedrock-quota.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Reply } from '../../src/conversation/reply.ts';
import type { LineOptions } from '../../src/queue/line.ts';
import type { ResolvedModel } from '../simulators/bedrock-models.ts';

const TOKENS_PER_MINUTE = 20_000;
const MINUTE_MS = 60_000;
const MINUTES = 5;
const NOON = Date.UTC(2026, 10, 25, 12);

/** The same numbers in each run: xorshift. */
const randomOf = (seed: number) => {
  let state = seed * 2_654_435_761 || 1;
  return (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};

interface Load {
  readonly maxTokens: number;
  readonly burndown: number;
  /** Tokens of a question, and of an answer, at most. */
  readonly input: number;
  readonly output: number;
  /** Ten questions at once, or each for itself. */
  readonly inBursts: boolean;
  /** How long Bedrock takes to refuse. */
  readonly refusalMs: number;
  /** What is estimated for one real token of input. */
  readonly estimate: readonly [number, number];
  readonly maxConcurrentCalls: number | undefined;
}

const USUAL: Load = { maxTokens: 1_024, burndown: 5, input: 1_500, output: 400, inBursts: false, refusalMs: 0, estimate: [0.7, 1.3], maxConcurrentCalls: 4 };

/**
 * Six minutes of three times as many questions as the quota allows, by Bedrock's own rule of reservation. A share of the
 * quota counts what flows in; the minute's worth that lies in the bucket at first is on top.
 */
const simulate = async (seed: number, limits: LineOptions['limits'], load: Load) => {
  const { maxTokens, burndown, estimate, maxConcurrentCalls } = load;
  const model = { modelId: 'm', burndown, maxOutputTokens: 64_000 } as ResolvedModel;
  const least = { input: Math.min(200, load.input / 4), output: Math.min(50, load.output / 4) };
  const greatest = { input: load.input, output: Math.min(load.output, maxTokens) };
  const random = randomOf(seed);
  vi.spyOn(Math, 'random').mockImplementation(random);
  const between = (least: number, most: number): number => Math.round(least + (most - least) * random());
  const quota = new Quota({ tokensPerMinute: TOKENS_PER_MINUTE, now: Date.now });
  const log = { info: () => undefined, warn: () => undefined };
  const line = createLine({ maxConcurrentCalls, maxTokens, outputBurndown: burndown, limits, log });
  const end = new AbortController();
  let calls = 0;
  let throttled = 0;

  const ask = async (index: number): Promise<void> => {
    const input = between(least.input, greatest.input);
    const output = between(least.output, greatest.output);
    const run = async (onBegun: () => void): Promise<Reply> => {
      const isCounted = Date.now() < startedAt + MINUTES * MINUTE_MS;
      if (isCounted) calls += 1;
      const usage = { inputTokens: input, promptTokens: input };
      let reservation;
      try {
        reservation = quota.reserve(model, usage, maxTokens);
      } catch {
        if (isCounted) throttled += 1;
        if (load.refusalMs > 0) await new Promise((resolve) => setTimeout(resolve, load.refusalMs));
        throw new Failure('throttled', 'Too many tokens');
      }
      await new Promise((resolve) => setTimeout(resolve, 600));
      onBegun();
      await new Promise((resolve) => setTimeout(resolve, output * 15));
      reservation.settle(output);
      return { text: 'x', stopReason: 'end_turn', usage: { inputTokens: input, outputTokens: output }, latencyMs: undefined };
    };
    const question = { id: String(index), guildId: `g${index % 3}`, asker: { id: `m${index % 7}`, name: 'm' } } as Question;
    await line
      .inTurn({ question, inputTokens: Math.round(input * (estimate[0] + (estimate[1] - estimate[0]) * random())), signal: end.signal, onWait: () => undefined, run })
      .catch(() => undefined);
  };

  const asked: Promise<void>[] = [];
  const startedAt = Date.now();
  const settledBy: number[] = [];
  const costOfOne = (least.input + greatest.input + burndown * (least.output + greatest.output)) / 2;
  const meanGapMs = (MINUTE_MS * costOfOne) / (3 * TOKENS_PER_MINUTE);
  const gapMs = (index: number): number => {
    if (!load.inBursts) return -Math.log(1 - random()) * meanGapMs;
    return index % 10 === 9 ? 10 * meanGapMs : 0;
  };
  for (let index = 0; Date.now() < startedAt + (MINUTES + 1) * MINUTE_MS; index += 1) {
    asked.push(ask(index));
    await vi.advanceTimersByTimeAsync(gapMs(index));
    settledBy[Math.floor((Date.now() - startedAt) / MINUTE_MS)] ??= quota.report().settledTokens;
  }
  end.abort();
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  await Promise.all(asked);
  const [, first = 0, , , , fifth = 0, sixth = 0] = settledBy;
  const available = MINUTES * TOKENS_PER_MINUTE;
  return { used: fifth / available, usedLater: (sixth - first) / available, throttled: throttled / calls };
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The worst of many runs. */
const worstOf = async (limits: LineOptions['limits'], load: Load) => {
  const runs: Awaited<ReturnType<typeof simulate>>[] = [];
  for (let seed = 1; seed <= 10; seed += 1) {
    vi.setSystemTime(NOON);
    runs.push(await simulate(seed, limits, load));
  }
  return {
    used: Math.min(...runs.map(({ used }) => used)),
    usedLater: Math.min(...runs.map(({ usedLater }) => usedLater)),
    throttled: Math.max(...runs.map(({ throttled }) => throttled)),
  };
};

describe.each<[string, Partial<Load>]>([
  ['512 reserved for each answer', { maxTokens: 512 }],
  ['1,024 reserved for each answer', {}],
  ['4,096 reserved for each answer', { maxTokens: 4_096 }],
  ['4,096 reserved for each answer, of which each token counts once', { maxTokens: 4_096, burndown: 1 }],
  ['short questions and answers', { maxTokens: 512, input: 200, output: 100 }],
  ['ten questions at a time', { inBursts: true }],
  ['ten questions at a time, and 4,096 reserved for each answer', { inBursts: true, maxTokens: 4_096 }],
  ['refusals that take a while', { refusalMs: 100 }],
  ['refusals that take a while, and 4,096 reserved for each answer', { refusalMs: 100, maxTokens: 4_096 }],
  ['estimates of half of what it is', { estimate: [0.4, 0.6] }],
  ['estimates of twice what it is', { estimate: [1.5, 2.2] }],
])('a quota of 20,000 tokens a minute, with %s', (_, load) => {
  it('that we were told is used up, and nothing is refused', async () => {
    const { used, usedLater, throttled } = await worstOf({ tokensPerMinute: TOKENS_PER_MINUTE }, { ...USUAL, ...load });
    expect(used).toBeGreaterThanOrEqual(0.92);
    expect(usedLater).toBeGreaterThanOrEqual(0.92);
    expect(throttled).toBeLessThanOrEqual(0.01);
  });

  it('that we have to learn is used up, and hardly anything is refused', async () => {
    const { used, usedLater, throttled } = await worstOf({}, { ...USUAL, ...load });
    expect(used).toBeGreaterThanOrEqual(0.92);
    expect(usedLater).toBeGreaterThanOrEqual(0.88);
    expect(throttled).toBeLessThanOrEqual(0.045);
  });
});

it.each([false, true])('learns a quota also where nobody told how many calls may be out at a time; ten questions at once: %j', async (inBursts) => {
  const { used, usedLater, throttled } = await worstOf({}, { ...USUAL, inBursts, maxTokens: 4_096, maxConcurrentCalls: undefined });
  expect(used).toBeGreaterThanOrEqual(0.92);
  expect(usedLater).toBeGreaterThanOrEqual(0.88);
  // Of the first ten at once most are refused.
  expect(throttled).toBeLessThanOrEqual(0.1);
});

it('learns a quota of which each call takes half, after some more refusals', async () => {
  const { used, throttled } = await worstOf({}, { ...USUAL, maxTokens: 4_096, input: 6_000 });
  expect(used).toBeGreaterThanOrEqual(0.92);
  expect(throttled).toBeLessThanOrEqual(0.2);
});
