import { describe, expect, it } from 'vitest';
import { Cancelled, cancellationOf } from '../../src/conversation/cancelled.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { hasEnded, isTakenBack, outcomeOf, writtenOutcome } from '../../src/conversation/outcome.ts';
import type { AnswerReport } from '../../src/conversation/ports.ts';

const report = (failure?: Failure): AnswerReport => ({
  question: { id: '1', conversationId: '10', guildId: undefined, asker: { id: '7', name: 'Ana' }, askedAt: 0, text: 'hello', isShared: false },
  outcome: failure === undefined ? 'delivered' : 'failed',
  waitedMs: 0,
  tookMs: 1,
  ...(failure === undefined ? {} : { failure }),
});

describe('the verdict on an outcome', () => {
  it('is "delivered" where people have the answer, and "failed" where nobody could be told', () => {
    expect(outcomeOf(report(), undefined)).toEqual({ state: 'delivered' });
    expect(outcomeOf(report(), 'Discord said 403')).toEqual({ state: 'failed', reason: 'undeliverable: Discord said 403' });
  });

  it('is "refused" where somebody or a rule decided, by the word for it', () => {
    expect(outcomeOf(report(new Failure('guardrail', 'no')), undefined)).toEqual({ state: 'refused', reason: 'guardrail' });
    expect(outcomeOf(report(new Failure('network', 'no')), undefined)).toEqual({ state: 'failed', reason: 'network' });
    expect(outcomeOf(report(new Failure('stopped', 'no', { cause: new Cancelled('answer deleted') })), undefined)).toEqual({ state: 'refused', reason: 'answer deleted' });
  });

  it('knows which ends a person wanted: those are refusals, and nobody waits for news of them', () => {
    for (const kind of ['stopped', 'reset', 'withdrawn'] as const) {
      expect(isTakenBack(kind)).toBe(true);
      expect(outcomeOf(report(new Failure(kind, 'no')), undefined)).toEqual({ state: 'refused', reason: kind });
    }
    for (const kind of ['guardrail', 'costs-much', 'network', 'undeliverable', 'defect'] as const) expect(isTakenBack(kind)).toBe(false);
  });

  it('is read back from a row as it was written there, and there is none while the question is under way', () => {
    for (const state of ['accepted', 'running'] as const) {
      expect(hasEnded({ state })).toBe(false);
      expect(writtenOutcome({ state })).toBeUndefined();
    }
    const outcomes = [{ state: 'delivered' }, { state: 'refused', reason: 'costs-much', canRetry: true }, { state: 'failed', reason: 'network' }] as const;
    for (const outcome of outcomes) {
      expect(hasEnded(outcome)).toBe(true);
      expect(writtenOutcome(outcome)).toEqual(outcome);
    }
  });
});

it('who took a question back, or is answered by another process, is told nothing here', () => {
  const toldOf = (why: ConstructorParameters<typeof Cancelled>[0]) => cancellationOf(new Cancelled(why))?.isTold;
  expect([toldOf('question deleted'), toldOf('shutting down'), toldOf('taken over')]).toEqual([false, false, false]);
  expect([toldOf('stopped by a person'), toldOf('conversation reset'), toldOf('question withdrawn')]).toEqual([true, true, true]);
  expect(cancellationOf(new Error('no'))).toBeUndefined();
});
