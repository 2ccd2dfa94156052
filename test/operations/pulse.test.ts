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

  it('takes three failures in a row for something that lasts, and an answer for its end', () => {
    const { pulse, fails, succeeds } = rig();
    fails('network');
    fails('stopped');
    fails('network');
    expect(pulse.lastingTrouble()).toBeUndefined();
    succeeds();
    fails('network');
    fails('network');
    expect(pulse.lastingTrouble()).toBeUndefined();
    fails('throttled');
    expect(pulse.lastingTrouble()).toBe('throttled');
    succeeds();
    expect(pulse.lastingTrouble()).toBeUndefined();
  });

  it('knows how long ago Bedrock has answered', () => {
    const { clock, pulse } = rig();
    const ended = (failure: FailureKind | undefined): void => pulse.worked({ type: 'call-ended', modelId: 'a-model', tookMs: 1, firstChunkMs: 1, failure });
    ended('network');
    pulse.worked({ type: 'call-reported', report: { modelId: 'a-model', payer: undefined, usage: undefined } });
    expect(pulse.sinceAnswerMs()).toBeUndefined();
    ended(undefined);
    clock.now += 40;
    expect(pulse.sinceAnswerMs()).toBe(40);
    pulse.worked({ type: 'call-reported', report: { modelId: 'a-model', payer: undefined, usage: { inputTokens: 1, outputTokens: 1 } } });
    expect(pulse.sinceAnswerMs()).toBe(0);
  });
});
