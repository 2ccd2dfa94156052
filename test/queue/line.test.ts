import fc from '../property.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLine } from '../../src/queue/line.ts';
import type { Wait } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Reply } from '../../src/conversation/reply.ts';

const never = new AbortController().signal;
const REPLY: Reply = { text: 'yes', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
const log = { info: () => undefined, warn: () => undefined };
const lineOf = (maxConcurrentCalls: number) => createLine({ maxConcurrentCalls, maxTokens: 100, outputBurndown: 1, limits: {}, log });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let questions = 0;
const questionOf = (askerId: string, guildId?: string): Question => ({ id: String((questions += 1)), guildId, asker: { id: askerId, name: askerId } }) as Question;

/** A call that takes so long. */
const callOf = (question: Question, run: () => Promise<unknown>, signal = never, onWait: (wait: Wait | undefined) => void = () => undefined) => ({
  question,
  inputTokens: 10,
  signal,
  onWait,
  run: async () => {
    await run();
    return REPLY;
  },
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a lane', () => {
  it('answers one conversation one question at a time, in order, and different ones side by side', async () => {
    const { inLane } = lineOf(10);
    const running = new Map<string, number>();
    const ended: string[] = [];
    const ask = (conversationId: string, name: string) =>
      inLane(
        conversationId,
        async () => {
          const now = (running.get(conversationId) ?? 0) + 1;
          running.set(conversationId, now);
          expect(now).toBe(1);
          await sleep(1_000);
          running.set(conversationId, 0);
          ended.push(name);
        },
        never,
        { askerId: 'one' },
      );
    const all = Promise.all(['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => ask(name[0] ?? '', name)));
    await vi.advanceTimersByTimeAsync(3_000);
    await all;
    expect(ended).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  it('goes on after a failure', async () => {
    const { inLane } = lineOf(1);
    await expect(inLane('a', () => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
    await expect(inLane('a', () => Promise.resolve('yes'), never)).resolves.toBe('yes');
  });

  it('lets others in after one question of a member with thirty', async () => {
    const { inLane } = lineOf(1);
    const ended: string[] = [];
    const ask = (askerId: string) => inLane('a', () => sleep(1_000).then(() => void ended.push(askerId)), never, { askerId });
    const busy = Array.from({ length: 30 }, () => ask('busy'));
    const others = [ask('x'), ask('y')];
    await vi.advanceTimersByTimeAsync(4_000);
    await Promise.all(others);
    expect(ended).toEqual(['busy', 'busy', 'x', 'y']);
    await vi.advanceTimersByTimeAsync(30_000);
    await Promise.all(busy);
  });

  it('does what came for the whole conversation after all before, and before all that come later', async () => {
    const { inLane } = lineOf(1);
    const ended: string[] = [];
    const ask = (askerId: string, name: string) => inLane('a', () => sleep(1_000).then(() => void ended.push(name)), never, { askerId });
    const before = [ask('x', 'x1'), ask('x', 'x2'), ask('x', 'x3'), ask('y', 'y1')];
    const forget = inLane('a', () => Promise.resolve(ended.push('forget')), never);
    const after = [ask('z', 'z1'), ask('x', 'x4')];
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all([...before, forget, ...after]);
    expect(ended).toEqual(['x1', 'x2', 'y1', 'x3', 'forget', 'z1', 'x4']);
  });

  it('lets a question leave while it waits, tells the others, and leaves running work to itself', async () => {
    const { inLane } = lineOf(1);
    const leaving = new AbortController();
    const heard: (Wait | undefined)[] = [];
    const first = inLane('a', () => sleep(5_000), leaving.signal, { askerId: 'x' });
    const second = inLane('a', () => Promise.resolve('never'), leaving.signal, { askerId: 'y' });
    const third = inLane('a', () => Promise.resolve('done'), never, { askerId: 'z', onWait: (wait) => heard.push(wait) });
    await vi.advanceTimersByTimeAsync(100);
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    await vi.advanceTimersByTimeAsync(5_000);
    await first;
    await expect(third).resolves.toBe('done');
    expect(heard).toEqual([{ type: 'line', ahead: 2 }, { type: 'line', ahead: 1 }, undefined]);
    await expect(inLane('a', () => Promise.resolve(), leaving.signal)).rejects.toThrow('left');
  });

  it('is not moved by a clock that is set back or forward', async () => {
    const { inLane } = lineOf(1);
    const heard: (Wait | undefined)[] = [];
    const first = inLane('a', () => sleep(3_000), never, { askerId: 'x' });
    const second = inLane('a', () => sleep(1_000), never, { askerId: 'x' });
    const third = inLane('a', () => sleep(1_000), never, { askerId: 'y', onWait: (wait) => heard.push(wait) });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(heard).toEqual([{ type: 'line', ahead: 2 }]);
    vi.setSystemTime(Date.now() - 60 * 60_000);
    await vi.advanceTimersByTimeAsync(2_500);
    await first;
    expect(heard).toEqual([{ type: 'line', ahead: 2 }, { type: 'line', ahead: 1 }]);
    vi.setSystemTime(Date.now() + 5 * 60 * 60_000);
    await vi.advanceTimersByTimeAsync(2_000);
    await Promise.all([second, third]);
  });

  it('refuses a member at once of whom thirty wait, says when to try again, and takes the others', async () => {
    const { inLane } = lineOf(1);
    const order: string[] = [];
    const ask = (askerId = 'x') => inLane('a', () => sleep(2_000).then(() => void order.push(askerId)), never, { askerId });
    const asked = Array.from({ length: 31 }, () => ask());
    await expect(ask()).rejects.toMatchObject({ kind: 'line-full', retryAt: Date.now() + 5_000 });
    const others = ['y', 'z'].map(ask);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(order).toEqual(['x', 'x', 'y', 'z']);
    await Promise.all(others);
    // By turns: the one that ran, one that waited, and they.
    expect(order).toEqual(['x', 'x', 'y', 'z']);
    asked.push(ask(), ask());
    await expect(ask()).rejects.toMatchObject({ kind: 'line-full', retryAt: Date.now() + 2_000 });
    await vi.advanceTimersByTimeAsync(300_000);
    await Promise.all(asked);
  });

  it('has room again for a member whose questions leave without their turn', async () => {
    const { inLane } = lineOf(1);
    const leaving = new AbortController();
    const ask = (signal = never) => inLane('a', () => sleep(100), signal, { askerId: 'x' });
    const all = [ask(), ...Array.from({ length: 30 }, () => ask(leaving.signal).catch(() => undefined))];
    await expect(ask()).rejects.toMatchObject({ kind: 'line-full' });
    leaving.abort(new Error('left'));
    all.push(...Array.from({ length: 30 }, () => ask()));
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(all);
  });

  it('refuses everybody at once when three hundred wait', async () => {
    const { inLane } = lineOf(1);
    const ask = (askerId: string) => inLane('a', () => sleep(10), never, { askerId });
    const asked = Array.from({ length: 301 }, (_, index) => ask(`m${index % 20}`));
    await expect(ask('somebody else')).rejects.toMatchObject({ kind: 'line-full' });
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(asked);
  });
});

describe('the line', () => {
  it('never has more calls in flight than allowed', async () => {
    const line = lineOf(3);
    let inFlight = 0;
    let most = 0;
    const run = async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await sleep(100);
      inFlight -= 1;
    };
    const all = Promise.all(Array.from({ length: 20 }, (_, index) => line.inTurn(callOf(questionOf(`m${index % 4}`), run))));
    await vi.advanceTimersByTimeAsync(700);
    await all;
    expect(most).toBe(3);
  });

  it('answers each of nine members within three times their time alone while one asks thirty questions', async () => {
    const timesOfNine = async (questionsOfBusy: number): Promise<number[]> => {
      const line = lineOf(2);
      const startedAt = Date.now();
      const ask = async (askerId: string): Promise<number> => {
        await line.inTurn(callOf(questionOf(askerId, 'guild'), () => sleep(1_000)));
        return Date.now() - startedAt;
      };
      const busy = Array.from({ length: questionsOfBusy }, () => ask('busy'));
      const nine = Array.from({ length: 9 }, (_, index) => ask(`m${index}`));
      await vi.advanceTimersByTimeAsync(20_000);
      await Promise.all(busy);
      return Promise.all(nine);
    };
    const alone = await timesOfNine(0);
    const beside = await timesOfNine(30);
    expect(alone).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5].map((seconds) => seconds * 1_000));
    for (const [index, ms] of beside.entries()) expect(ms).toBeLessThanOrEqual(3 * (alone[index] ?? 0));
  });

  it('goes round the servers, and round the members of each', async () => {
    const line = lineOf(1);
    const ended: string[] = [];
    const ask = (askerId: string, guildId: string | undefined) =>
      line.inTurn(callOf(questionOf(askerId, guildId), () => sleep(1_000).then(() => void ended.push(`${guildId ?? 'dm'} ${askerId}`))));
    const all = Promise.all([
      ...Array.from({ length: 3 }, () => ask('a', 'big')),
      ask('b', 'big'),
      ask('c', 'small'),
      ask('a', undefined),
      ask('b', 'big'),
    ]);
    await vi.advanceTimersByTimeAsync(7_000);
    await all;
    // The first two had their turn, or stood first in line, before anybody else came.
    expect(ended).toEqual(['big a', 'big a', 'big a', 'small c', 'dm a', 'big b', 'big b']);
  });

  it('tells each their place, when it changes, and when the waiting is over', async () => {
    const line = lineOf(1);
    const heard: (readonly (Wait | undefined)[] | (Wait | undefined)[])[] = [];
    const calls = Array.from({ length: 4 }, () => {
      const waits: (Wait | undefined)[] = [];
      heard.push(waits);
      return line.inTurn(callOf(questionOf('m', 'g'), () => sleep(3_000), never, (wait) => waits.push(wait)));
    });
    await vi.advanceTimersByTimeAsync(12_000);
    await Promise.all(calls);
    const place = (ahead: number): Wait => ({ type: 'line', ahead });
    expect(heard).toEqual([[], [place(0), undefined], [place(1), place(0), undefined], [place(2), place(1), place(0), undefined]]);
  });

  it('lets a question leave at once, whether it stands first or further behind', async () => {
    const line = lineOf(1);
    const first = new AbortController();
    const last = new AbortController();
    const heard: (Wait | undefined)[] = [];
    const running = line.inTurn(callOf(questionOf('a'), () => sleep(10_000), first.signal));
    const atGate = line.inTurn(callOf(questionOf('b'), () => Promise.reject(new Error('never')), first.signal));
    const waiting = line.inTurn(callOf(questionOf('c'), () => Promise.reject(new Error('never')), last.signal));
    const stays = line.inTurn(callOf(questionOf('d'), () => Promise.resolve(), never, (wait) => heard.push(wait)));
    await vi.advanceTimersByTimeAsync(1_000);
    last.abort(new Error('behind'));
    await expect(waiting).rejects.toThrow('behind');
    first.abort(new Error('first'));
    await expect(atGate).rejects.toThrow('first');
    await vi.advanceTimersByTimeAsync(9_000);
    await running;
    await stays;
    expect(heard).toEqual([{ type: 'line', ahead: 2 }, { type: 'line', ahead: 0 }, undefined]);
    await expect(line.inTurn(callOf(questionOf('e'), () => Promise.resolve(), last.signal))).rejects.toThrow('behind');
  });

  it('refuses at once when a thousand wait, says when to try again, and has room again afterwards', async () => {
    const line = lineOf(1);
    const ask = () => line.inTurn(callOf(questionOf('a'), () => sleep(1_000)));
    // One runs, one stands at the gate.
    const asked = Array.from({ length: 1_002 }, ask);
    await expect(ask()).rejects.toMatchObject({ kind: 'line-full', retryAt: Date.now() + 5_000 });
    await vi.advanceTimersByTimeAsync(2_000);
    asked.push(ask(), ask());
    await expect(ask()).rejects.toMatchObject({ kind: 'line-full', retryAt: Date.now() + 1_000 });
    await vi.advanceTimersByTimeAsync(1_010_000);
    await Promise.all(asked);
  });

  it('ends each of many questions exactly once, however they come, fail and leave', async () => {
    const asks = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 5_000 }),
        asker: fc.integer({ min: 0, max: 4 }),
        guild: fc.integer({ min: 0, max: 2 }),
        takes: fc.integer({ min: 0, max: 800 }),
        leavesAfter: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined }),
        fails: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(asks, fc.integer({ min: 1, max: 3 }), async (plan, maxConcurrentCalls) => {
        const line = lineOf(maxConcurrentCalls);
        let running = 0;
        let ended = 0;
        const run = async (takes: number, fails: boolean): Promise<void> => {
          running += 1;
          expect(running).toBeLessThanOrEqual(maxConcurrentCalls);
          await sleep(takes);
          running -= 1;
          if (fails) throw new Error('failed');
        };
        const all = plan.map(async ({ at, asker, guild, takes, leavesAfter, fails }) => {
          await sleep(at);
          const leaving = new AbortController();
          if (leavesAfter !== undefined) setTimeout(() => leaving.abort(new Error('left')), leavesAfter);
          await line.inTurn(callOf(questionOf(`m${asker}`, `g${guild}`), () => run(takes, fails), leaving.signal)).catch(() => undefined);
          ended += 1;
        });
        await vi.advanceTimersByTimeAsync(60_000);
        expect(ended).toBe(plan.length);
        await Promise.all(all);
        // Nobody is left behind in it.
        const next = line.inTurn(callOf(questionOf('late'), () => Promise.resolve()));
        await vi.advanceTimersByTimeAsync(0);
        await next;
      }),
      { numRuns: 60 },
    );
  });

  it('goes on after a failure', async () => {
    const line = lineOf(1);
    await expect(line.inTurn(callOf(questionOf('a'), () => Promise.reject(new Error('no'))))).rejects.toThrow('no');
    await expect(line.inTurn(callOf(questionOf('a'), () => Promise.resolve()))).resolves.toBe(REPLY);
  });
});
