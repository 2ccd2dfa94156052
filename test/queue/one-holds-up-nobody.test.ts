import { describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { createLine } from '../../src/queue/line.ts';
import { Quota } from '../simulators/bedrock-quota.ts';
import { NOON, sleep, useFakeTime } from './gated-line.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { LineOptions } from '../../src/queue/line.ts';
import type { ResolvedModel } from '../simulators/bedrock-models.ts';

useFakeTime();

const MAX_TOKENS = 1_000;
const never = new AbortController().signal;

interface Asked {
  /** Seconds at which it was made. */
  readonly madeAt: number[];
  /** The second in which it was answered, or the kind of its failure. */
  end: number | FailureKind | undefined;
}

const seconds = (): number => Math.round((Date.now() - NOON) / 100) / 10;

/** A line, and a Bedrock that admits by its own account unless it is told otherwise. */
const start = (options: Partial<LineOptions> & { readonly quota?: number } = {}) => {
  const { quota: tokensPerMinute = Infinity, ...more } = options;
  const line = createLine({ maxTokens: MAX_TOKENS, outputBurndown: 1, limits: {}, log: { info: () => undefined, warn: () => undefined }, ...more });
  const quota = new Quota({ tokensPerMinute, now: Date.now });
  const model = { modelId: 'm', burndown: 1, maxOutputTokens: 64_000 } as ResolvedModel;
  const ask = (asker: string, inputTokens: number, refuse?: () => Failure | undefined, isRoughCount = false): Asked => {
    const asked: Asked = { madeAt: [], end: undefined };
    const run = async (onBegun: () => void) => {
      asked.madeAt.push(seconds());
      const failure = refuse?.();
      if (failure !== undefined) throw failure;
      let reservation;
      try {
        reservation = quota.reserve(model, { inputTokens, promptTokens: inputTokens }, MAX_TOKENS);
      } catch {
        throw new Failure('throttled', 'Too many tokens');
      }
      await sleep(300);
      onBegun();
      await sleep(700);
      reservation.settle(50);
      return { text: 'x', stopReason: 'end_turn', usage: { inputTokens, outputTokens: 50 }, latencyMs: undefined };
    };
    const call = { question: { id: asker, guildId: 'g', asker: { id: asker, name: asker } } as Question, inputTokens, isRoughCount, signal: never, onWait: () => undefined, run };
    void line
      .inTurn(call)
      .then(() => seconds())
      .catch((error: Failure) => error.kind)
      .then((end) => (asked.end = end));
    return asked;
  };
  return { ask, line };
};

const throttled = (options = {}) => new Failure('throttled', 'no', options);

describe('a question that Bedrock refuses again and again', () => {
  it.each([
    ['for want of tokens', () => throttled()],
    ['for too many requests', () => throttled({ wereRequests: true })],
    ['for being overloaded', () => new Failure('overloaded', 'Too many connections')],
  ])('%s keeps nobody waiting whom Bedrock would answer at once', async (_, refuse) => {
    const { ask, line } = start();
    const refused = ask('a', 500, refuse);
    await vi.advanceTimersByTimeAsync(100);
    const others: { readonly askedAt: number; readonly asked: Asked }[] = [];
    for (let index = 0; index < 40; index += 1) {
      others.push({ askedAt: seconds(), asked: ask(`b${index}`, 500) });
      await vi.advanceTimersByTimeAsync(4_700);
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refused.madeAt).toHaveLength(6);
    expect(refused.end).toBe(refuse().kind);
    for (const { askedAt, asked } of others) expect(Number(asked.end) - askedAt).toBeLessThanOrEqual(1.5);
    expect(line.concurrency).toBeGreaterThan(32);
  });

  it('keeps not even a crowd waiting', async () => {
    const { ask } = start();
    ask('a', 500, throttled);
    await vi.advanceTimersByTimeAsync(100);
    const crowd = Array.from({ length: 60 }, (_, index) => ask(`b${index}`, 500));
    await vi.advanceTimersByTimeAsync(3_000);
    for (const { end } of crowd) expect(end).toBeLessThanOrEqual(3);
  });

  it('waits as long as Bedrock said, and so does everybody', async () => {
    const { ask } = start();
    let isRefusing = true;
    ask('a', 500, () => (isRefusing ? throttled({ retryAt: NOON + 30_000 }) : undefined));
    await vi.advanceTimersByTimeAsync(100);
    const other = ask('b', 100);
    isRefusing = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(other.madeAt).toEqual([30]);
  });

  it('stands behind those who were not refused, and comes to its turn', async () => {
    const { ask } = start({ maxConcurrentCalls: 1 });
    let isRefusing = true;
    const refuse = () => (isRefusing ? throttled() : undefined);
    const [first, second] = [ask('a', 500, refuse), ask('b', 500, refuse)];
    await vi.advanceTimersByTimeAsync(1_000);
    const third = ask('c', 500);
    isRefusing = false;
    await vi.advanceTimersByTimeAsync(20_000);
    // Two were refused: all wait for the pause, then first the third.
    expect(third.madeAt).toEqual([5]);
    expect(first.madeAt[1]).toBeGreaterThanOrEqual(6);
    expect(first.end).toBeLessThan(10);
    expect(second.end).toBeLessThan(10);
  });
});

it('who stands at the gate after a refusal lets somebody try who was not refused', async () => {
  const { ask } = start({ maxConcurrentCalls: 2 });
  const [first, second] = [ask('a', 500, throttled), ask('b', 500, throttled)];
  await vi.advanceTimersByTimeAsync(7_000);
  // One has tried in vain, and the other one waits.
  expect(first.madeAt.length + second.madeAt.length).toBe(3);
  const third = ask('c', 500);
  await vi.advanceTimersByTimeAsync(8_100);
  expect(third.madeAt).toEqual([15]);
  expect(first.madeAt.length + second.madeAt.length).toBe(3);
});

describe('questions of very different length', () => {
  it('a few long ones that are refused keep no short one waiting', async () => {
    const { ask } = start();
    for (const asker of ['a', 'b', 'c']) ask(asker, 50_000, throttled);
    await vi.advanceTimersByTimeAsync(100);
    const short = ask('d', 300);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(short.end).toBeLessThanOrEqual(1.5);
    // One of the same length would say nothing new.
    const long = ask('e', 50_000);
    await vi.advanceTimersByTimeAsync(100);
    expect(long.madeAt).toHaveLength(1);
  });

  it('one that alone exceeds what the account has, which nobody told, is told so when short ones have shown it, and from then on at once', async () => {
    const { ask } = start({ quota: 20_000 });
    const long = ask('a', 30_000);
    const shorts: { readonly askedAt: number; readonly asked: Asked }[] = [];
    for (let index = 0; index < 10; index += 1) {
      await vi.advanceTimersByTimeAsync(3_000);
      shorts.push({ askedAt: seconds(), asked: ask(`b${index}`, 200) });
    }
    await vi.advanceTimersByTimeAsync(5_000);
    for (const { askedAt, asked } of shorts) expect(Number(asked.end) - askedAt).toBeLessThanOrEqual(1.5);
    expect(long.madeAt).toHaveLength(3);
    expect(long.end).toBe('beyond-quota');
    const again = ask('c', 30_000);
    const shorter = ask('d', 10_000);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(again).toEqual({ madeAt: [], end: 'beyond-quota' });
    expect(shorter.madeAt).toHaveLength(1);
    // Quotas are raised: it is forgotten after ten minutes.
    await vi.advanceTimersByTimeAsync(570_000);
    const soon = ask('e', 30_000);
    await vi.advanceTimersByTimeAsync(30_000);
    const later = ask('f', 30_000);
    await vi.advanceTimersByTimeAsync(0);
    expect([soon.end, later.madeAt.length]).toEqual(['beyond-quota', 1]);
  });

  it('one that alone exceeds what the account has, as an admin told, is told so at once, and is never made', async () => {
    const { ask } = start({ limits: { tokensPerMinute: 20_000 }, quota: 20_000 });
    const [long, fitting] = [ask('a', 30_000), ask('b', 12_000)];
    await vi.advanceTimersByTimeAsync(1_500);
    expect(long).toEqual({ madeAt: [], end: 'beyond-quota' });
    expect(fitting.end).toBe(1);
  });

  it('one with files of which nobody can tell how many tokens they are has to be refused by Bedrock itself', async () => {
    const { ask } = start({ limits: { tokensPerMinute: 20_000 } });
    const answered = ask('a', 100_000, undefined, true);
    const hopeless = ask('b', 1_000_000, undefined, true);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(answered.end).toBe(1);
    expect(hopeless).toEqual({ madeAt: [], end: 'beyond-quota' });
  });

  it('one that has to wait for its tokens lets shorter ones go before it, for a while, and is not starved', async () => {
    const { ask } = start({ limits: { tokensPerMinute: 12_000 }, quota: 12_000 });
    // Uses the minute up.
    ask('z', 7_000);
    await vi.advanceTimersByTimeAsync(100);
    const long = ask('a', 8_000);
    const waits: number[] = [];
    for (let index = 0; index < 120; index += 1) {
      const askedAt = seconds();
      // Together they take more than comes.
      const short = ask(`b${index}`, 400);
      await vi.advanceTimersByTimeAsync(1_000);
      if (index === 0) expect(short.madeAt).toEqual([askedAt]);
      waits.push((short.madeAt[0] ?? seconds()) - askedAt);
    }
    expect(long.madeAt[0]).toBeLessThanOrEqual(110);
    expect(waits.filter((wait) => wait < 0.1).length).toBeGreaterThan(5);
  });
});
