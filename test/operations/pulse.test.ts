import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { createPulse } from '../../src/operations/pulse.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { AnswerReport } from '../../src/conversation/ports.ts';

const MINUTE_MS = 60_000;

const rig = () => {
  const clock = { now: 0 };
  const pulse = createPulse(() => clock.now);
  const report = (rest: Pick<AnswerReport, 'outcome' | 'failure' | 'saveFailure'>): void =>
    pulse.heard({ question: undefined as never, waitedMs: 400, tookMs: 1_000, ...rest });
  return {
    clock,
    pulse,
    fails: (kind: FailureKind) => report({ outcome: 'failed', failure: new Failure(kind, '') }),
    succeeds: (saveFailure?: Failure) => report({ outcome: 'delivered', ...(saveFailure === undefined ? {} : { saveFailure }) }),
  };
};

describe('the pulse', () => {
  it('shows what the next question would meet too, until one goes well or a quarter of an hour has gone', () => {
    const { clock, pulse, fails, succeeds } = rig();
    expect(pulse.trouble()).toBeUndefined();
    fails('throttled');
    fails('stopped');
    expect(pulse.trouble()).toBe('throttled');
    succeeds();
    expect(pulse.trouble()).toBeUndefined();
    fails('network');
    clock.now += 15 * MINUTE_MS;
    expect(pulse.trouble()).toBe('network');
    clock.now += 1;
    expect(pulse.trouble()).toBeUndefined();
  });

  it('is not well when an answer could not be remembered', () => {
    const { pulse, succeeds } = rig();
    succeeds(new Failure('store', ''));
    expect(pulse.trouble()).toBe('store');
  });

  it('does not hold one question’s own trouble against the rest', () => {
    const { pulse, fails } = rig();
    for (const kind of ['too-long', 'guardrail', 'stopped', 'empty-answer', 'request-refused'] as const) fails(kind);
    expect(pulse.trouble()).toBeUndefined();
  });
});
