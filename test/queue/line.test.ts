import fc from '../property.ts';
import { describe, expect, it, vi } from 'vitest';
import { REPLY, callOf, lineOf, never, questionOf, sleep, useIdleTimers } from './calls.ts';
import type { Wait } from '../../src/conversation/ports.ts';

useIdleTimers();

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
