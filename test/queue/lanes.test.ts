import { describe, expect, it, vi } from 'vitest';
import { lineOf, never, sleep, useIdleTimers } from './calls.ts';
import type { Wait } from '../../src/conversation/ports.ts';

useIdleTimers();

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
