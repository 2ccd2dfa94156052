import { describe, expect, it, vi } from 'vitest';
import { NOON, refuse, sleep, start, useFakeTime } from './gated-line.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';

useFakeTime();

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
