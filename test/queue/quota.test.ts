import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { createLine } from '../../src/queue/line.ts';
import { Quota } from '../simulators/bedrock-quota.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Reply } from '../../src/conversation/reply.ts';
import type { LineOptions } from '../../src/queue/line.ts';
import type { ResolvedModel } from '../simulators/bedrock-models.ts';

const TOKENS_PER_MINUTE = 20_000;
const BURNDOWN = 5;
const MINUTE_MS = 60_000;
const model = { modelId: 'm', burndown: BURNDOWN, maxOutputTokens: 64_000 } as ResolvedModel;

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
  readonly seed: number;
  readonly maxTokens: number;
  readonly limits: LineOptions['limits'];
}

/**
 * Six minutes of three times as many questions as the quota allows, by Bedrock's own rule of reservation. A share of the
 * quota counts what flows in; the minute's worth that lies in the bucket at first is on top.
 */
const simulate = async ({ seed, maxTokens, limits }: Load) => {
  const random = randomOf(seed);
  vi.spyOn(Math, 'random').mockImplementation(random);
  const between = (least: number, most: number): number => Math.round(least + (most - least) * random());
  const quota = new Quota({ tokensPerMinute: TOKENS_PER_MINUTE, now: Date.now });
  const log = { info: () => undefined, warn: () => undefined };
  const line = createLine({ maxConcurrentCalls: 4, maxTokens, outputBurndown: BURNDOWN, limits, log });
  const end = new AbortController();
  let calls = 0;
  let throttled = 0;

  const ask = async (index: number): Promise<void> => {
    const input = between(200, 1_500);
    const output = between(50, Math.min(400, maxTokens));
    const run = async (onBegun: () => void): Promise<Reply> => {
      calls += 1;
      const usage = { inputTokens: input, promptTokens: input };
      let reservation;
      try {
        reservation = quota.reserve(model, usage, maxTokens);
      } catch {
        throttled += 1;
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
      .inTurn({ question, inputTokens: Math.round(input * (0.7 + 0.6 * random())), signal: end.signal, onWait: () => undefined, run })
      .catch(() => undefined);
  };

  const asked: Promise<void>[] = [];
  const startedAt = Date.now();
  const settledBy: number[] = [];
  const costOfOne = 850 + (BURNDOWN * (50 + Math.min(400, maxTokens))) / 2;
  for (let index = 0; Date.now() < startedAt + 6 * MINUTE_MS; index += 1) {
    asked.push(ask(index));
    await vi.advanceTimersByTimeAsync(-Math.log(1 - random()) * ((MINUTE_MS * costOfOne) / (3 * TOKENS_PER_MINUTE)));
    settledBy[Math.floor((Date.now() - startedAt) / MINUTE_MS)] ??= quota.report().settledTokens;
  }
  end.abort();
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  await Promise.all(asked);
  const [, first = 0, , , , fifth = 0, sixth = 0] = settledBy;
  return { used: fifth / (5 * TOKENS_PER_MINUTE), usedLater: (sixth - first) / (5 * TOKENS_PER_MINUTE), throttled: throttled / calls };
};

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 25, 12) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each([512, 1_024, 4_096])('a quota of 20,000 tokens a minute, with %i reserved for each answer', (maxTokens) => {
  it.each([1, 2, 3])('that we were told is used up, and nothing is refused (%i)', async (seed) => {
    const { used, usedLater, throttled } = await simulate({ seed, maxTokens, limits: { tokensPerMinute: TOKENS_PER_MINUTE } });
    expect(used).toBeGreaterThanOrEqual(0.92);
    expect(usedLater).toBeGreaterThanOrEqual(0.92);
    expect(throttled).toBeLessThanOrEqual(0.01);
  });

  it.each([1, 2, 3])('that we have to learn is used up, and hardly anything is refused (%i)', async (seed) => {
    const { used, usedLater, throttled } = await simulate({ seed, maxTokens, limits: {} });
    expect(used).toBeGreaterThanOrEqual(0.92);
    expect(usedLater).toBeGreaterThanOrEqual(0.9);
    expect(throttled).toBeLessThanOrEqual(0.05);
  });
});
