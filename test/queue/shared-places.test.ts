import { describe, expect, it } from 'vitest';
import { createSharedPlaces } from '../../src/queue/shared-places.ts';
import type { PlannedCall } from '../../src/conversation/ports.ts';
import type { Reply } from '../../src/conversation/reply.ts';

/** Two lines, each of which lets everybody go at once. */
const lines = (most: number) => {
  const sharing = createSharedPlaces(most);
  const [one, other] = [sharing((call) => call.run(() => undefined)), sharing((call) => call.run(() => undefined))];
  const out: string[] = [];
  const call = (name: string, signal = new AbortController().signal) => {
    const end = Promise.withResolvers<Reply>();
    const run = (): Promise<Reply> => {
      out.push(name);
      return end.promise;
    };
    return { planned: { signal, run } as unknown as PlannedCall, end: () => end.resolve({} as Reply), fail: (error: Error) => end.reject(error) };
  };
  return { one, other, out, call };
};

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the places of calls of all lines together', () => {
  it('are no more than so many, and whoever waits goes in the order in which they came', async () => {
    const { one, other, out, call } = lines(2);
    const calls = ['a', 'b', 'c', 'd'].map((name) => call(name));
    const made = calls.map(({ planned }, index) => (index % 2 === 0 ? one : other)(planned));
    await soon();
    expect(out).toEqual(['a', 'b']);
    calls[1]?.end();
    await soon();
    expect(out).toEqual(['a', 'b', 'c']);
    calls[0]?.fail(new Error('broken'));
    await expect(made[0]).rejects.toThrow('broken');
    await soon();
    expect(out).toEqual(['a', 'b', 'c', 'd']);
    for (const { end } of calls) end();
    await Promise.all(made.slice(1));
  });

  it('are not taken by whoever has left meanwhile', async () => {
    const { one, other, out, call } = lines(1);
    const leaving = new AbortController();
    const [first, second, third] = [call('first'), call('second', leaving.signal), call('third')];
    const made = [one(first.planned), other(second.planned), other(third.planned)];
    leaving.abort(new Error('stopped'));
    await expect(made[1]).rejects.toThrow('stopped');
    await expect(other(call('fourth', leaving.signal).planned)).rejects.toThrow('stopped');
    first.end();
    await made[0];
    await soon();
    expect(out).toEqual(['first', 'third']);
    third.end();
    await made[2];
    // All places are free again.
    const last = call('last');
    last.end();
    await one(last.planned);
    expect(out.at(-1)).toBe('last');
  });

  it('are taken in the very moment where one is free', () => {
    const { one, out, call } = lines(1);
    void one(call('now').planned);
    expect(out).toEqual(['now']);
  });
});
