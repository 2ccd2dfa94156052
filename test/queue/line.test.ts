import { describe, expect, it } from 'vitest';
import { createLine } from '../../src/queue/line.ts';
import type { Question } from '../../src/conversation/question.ts';

const question = { id: '1' } as Question;
const never = new AbortController().signal;
const nextTick = () => new Promise((resolve) => setImmediate(resolve));

describe('the line', () => {
  it('answers one conversation in order, one question at a time, and different ones side by side', async () => {
    const line = createLine({ maxConcurrentCalls: 10 });
    const running = new Map<string, number>();
    const ended: string[] = [];
    const ask = (conversationId: string, name: string) =>
      line.inLane(
        conversationId,
        async () => {
          const now = (running.get(conversationId) ?? 0) + 1;
          running.set(conversationId, now);
          expect(now).toBe(1);
          await nextTick();
          running.set(conversationId, 0);
          ended.push(name);
        },
        never,
      );
    await Promise.all(['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => ask(name[0] ?? '', name)));
    expect(ended.filter((name) => name.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(ended.indexOf('b1')).toBeLessThan(ended.indexOf('a2'));
  });

  it('never has more calls in flight than allowed', async () => {
    const line = createLine({ maxConcurrentCalls: 3 });
    let inFlight = 0;
    let most = 0;
    const call = async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await nextTick();
      inFlight -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => line.inTurn(question, call, never)));
    expect(most).toBe(3);
  });

  it('lets a question leave while it waits, and leaves running work to itself', async () => {
    const line = createLine({ maxConcurrentCalls: 1 });
    const first = new AbortController();
    const second = new AbortController();
    let finish = (): void => undefined;
    const running = line.inTurn(question, () => new Promise<string>((resolve) => (finish = () => resolve('done'))), first.signal);
    const waiting = line.inTurn(question, () => Promise.resolve('never'), second.signal);
    second.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    first.abort(new Error('too late'));
    finish();
    await expect(running).resolves.toBe('done');
  });

  it('goes on after a failure', async () => {
    const line = createLine({ maxConcurrentCalls: 1 });
    await expect(line.inLane('a', () => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
    await expect(line.inLane('a', () => Promise.resolve('yes'), never)).resolves.toBe('yes');
  });
});
