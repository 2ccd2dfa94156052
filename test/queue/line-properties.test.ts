import fc from '../property.ts';
import { describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { createLine } from '../../src/queue/line.ts';
import { TokenBucket } from '../../src/queue/token-bucket.ts';
import { Quota } from '../simulators/bedrock-quota.ts';
import { sleep, useFakeTime } from './gated-line.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { LineOptions } from '../../src/queue/line.ts';
import type { ResolvedModel } from '../simulators/bedrock-models.ts';

useFakeTime();

const MAX_TOKENS = 500;
/** Estimates are supposed to be wrong by so much until reports tell, and these never do. */
const CAUTION = 1.3;
const MARGIN = 0.02;
const FIRST_WORD_MS = 200;
const never = new AbortController().signal;
const MODEL = { modelId: 'm', burndown: 1, maxOutputTokens: 64_000 } as ResolvedModel;

interface Plan {
  /** Milliseconds. */
  readonly at: number;
  readonly takesMs: number;
  readonly asker: number;
  readonly guild: number;
  readonly inputTokens: number;
  /** What happens to its attempts, in order; after these they go well. */
  readonly troubles: readonly (FailureKind | 'requests')[];
}

const question = (troubles: fc.Arbitrary<Plan['troubles']>) =>
  fc.record({
    at: fc.integer({ min: 0, max: 60_000 }),
    takesMs: fc.integer({ min: 0, max: 8_000 }),
    asker: fc.integer({ min: 0, max: 5 }),
    guild: fc.integer({ min: 0, max: 2 }),
    inputTokens: fc.oneof(fc.integer({ min: 10, max: 500 }), fc.integer({ min: 2_000, max: 9_000 })),
    troubles,
  });
const questions = (troubles: fc.Arbitrary<Plan['troubles']> = fc.constant([])) => fc.array(question(troubles), { minLength: 1, maxLength: 60 });
const troubles = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom<FailureKind | 'requests'>('throttled', 'requests', 'overloaded', 'network', 'service-error'), { maxLength: 8 }) },
);

interface Waiting {
  readonly plan: Plan;
  readonly since: number;
}

interface State {
  readonly line: { readonly concurrency: number };
  running: number;
  readonly waiting: Set<Waiting>;
  /** When a question was answered, or the kind of its failure. */
  readonly ends: (number | FailureKind)[];
}

interface Watch {
  /** Bedrock's, in tokens per minute. */
  readonly quota?: number;
  /** Sees the line whenever nothing is on its way. */
  readonly look?: (state: State) => void;
  readonly onMade?: (waited: Waiting) => void;
}

/** Everybody has an end by then, in milliseconds. */
const LASTS_MS = 40 * 60_000;

/** Asks all of it, in time that passes. */
const play = async (plans: readonly Plan[], options: Partial<LineOptions>, { quota: tokensPerMinute = Infinity, look, onMade }: Watch): Promise<State> => {
  const quota = new Quota({ tokensPerMinute, now: Date.now });
  const line = createLine({ maxTokens: MAX_TOKENS, outputBurndown: 1, limits: {}, log: { info: () => undefined, warn: () => undefined }, ...options });
  const state: State = { line, running: 0, waiting: new Set(), ends: [] };
  let tooMany = 0;
  /** How many might be out in this millisecond, before somebody was refused in it. */
  let before = { at: -1, most: 0 };
  const ask = async (plan: Plan, index: number): Promise<void> => {
    await sleep(plan.at);
    let attempt = 0;
    const waits: Waiting = { plan, since: Date.now() };
    state.waiting.add(waits);
    const run = async (onBegun: () => void) => {
      if (state.waiting.delete(waits)) onMade?.(waits);
      state.running += 1;
      if (state.running > Math.max(line.concurrency, before.at === Date.now() ? before.most : 0)) tooMany += 1;
      try {
        const trouble = plan.troubles[attempt];
        attempt += 1;
        await sleep(trouble === undefined ? FIRST_WORD_MS : 20);
        before = { at: Date.now(), most: Math.max(line.concurrency, before.at === Date.now() ? before.most : 0) };
        if (trouble === 'requests') throw new Failure('throttled', 'no', { wereRequests: true });
        if (trouble !== undefined) throw new Failure(trouble, 'no');
        const reserved = { inputTokens: plan.inputTokens, promptTokens: plan.inputTokens };
        let reservation;
        try {
          reservation = quota.reserve(MODEL, reserved, MAX_TOKENS);
        } catch {
          throw new Failure('throttled', 'Too many tokens');
        }
        onBegun();
        await sleep(plan.takesMs);
        reservation.settle(MAX_TOKENS);
        return { text: 'x', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
      } finally {
        state.running -= 1;
      }
    };
    const asked = { id: String(index), guildId: `g${plan.guild}`, asker: { id: `m${plan.asker}`, name: 'm' } } as Question;
    await line
      .inTurn({ question: asked, inputTokens: plan.inputTokens, signal: never, onWait: () => undefined, run })
      .then(() => state.ends.push(Date.now()))
      .catch((error: Failure) => state.ends.push(error.kind));
    state.waiting.delete(waits);
  };
  const all = Promise.all(plans.map(ask));
  for (let passed = 0; passed < LASTS_MS && state.ends.length < plans.length; passed += 500) {
    await vi.advanceTimersByTimeAsync(500);
    look?.(state);
  }
  expect(state.ends).toHaveLength(plans.length);
  await all;
  expect(tooMany).toBe(0);
  return state;
};

const concurrency = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });

describe('whatever is asked, refused and lost, the line', () => {
  it('brings each question to one end, and never has more out than the number in force', async () => {
    const limits = fc.record({ tokensPerMinute: fc.option(fc.integer({ min: 12_000, max: 60_000 }), { nil: undefined }), callsPerMinute: fc.option(fc.integer({ min: 10, max: 60 }), { nil: undefined }) });
    await fc.assert(
      fc.asyncProperty(questions(troubles), concurrency, fc.integer({ min: 1, max: 100 }), limits, async (plans, maxConcurrentCalls, bearableCalls, told) => {
        await play(plans, { maxConcurrentCalls, bearableCalls, limits: told }, { quota: told.tokensPerMinute ?? 30_000 });
      }),
      { numRuns: 60 },
    );
  });

  it('is never idle while somebody waits whom nothing holds back', async () => {
    await fc.assert(
      fc.asyncProperty(questions(), concurrency, fc.integer({ min: 1, max: 10 }), async (plans, maxConcurrentCalls, bearableCalls) => {
        const look = ({ line, running, waiting }: State): void => {
          if (waiting.size > 0) expect(running).toBe(line.concurrency);
        };
        await play(plans, { maxConcurrentCalls, bearableCalls }, { look });
      }),
      { numRuns: 40 },
    );
  });

  it('is not idle either while there are tokens for somebody who waits, beside what is kept for a longer one', async () => {
    const reservation = ({ inputTokens }: Plan): number => Math.ceil(CAUTION * inputTokens) + MAX_TOKENS;
    await fc.assert(
      fc.asyncProperty(questions(), fc.integer({ min: 13_000, max: 30_000 }), async (plans, tokensPerMinute) => {
        const bucket = new TokenBucket(tokensPerMinute, performance.now());
        const onMade = ({ plan }: Waiting): void => bucket.take(reservation(plan), performance.now());
        const look = ({ waiting }: State): void => {
          const least = Math.min(...[...waiting].map(({ plan }) => reservation(plan)));
          const kept = Math.max(0, ...[...waiting].map(({ plan, since }) => reservation(plan) * Math.min(1, (Date.now() - since) / 60_000)));
          const level = bucket.level(performance.now()) - MARGIN * tokensPerMinute;
          expect(level).toBeLessThan(least + kept);
        };
        await play(plans, { limits: { tokensPerMinute } }, { onMade, look });
      }),
      { numRuns: 40 },
    );
  });

  it('lets one question that is refused for ever hold up nobody else for longer than it takes another to begin', async () => {
    const refused = fc.constantFrom<FailureKind | 'requests'>('requests', 'overloaded');
    await fc.assert(
      fc.asyncProperty(questions(), fc.nat(), refused, async (plans, which, trouble) => {
        const all = plans.map((plan, index) => (index === which % plans.length ? { ...plan, troubles: Array.from({ length: 20 }, () => trouble) } : plan));
        const waits: number[] = [];
        const { ends } = await play(all, {}, { onMade: ({ since }) => waits.push(Date.now() - since) });
        expect(Math.max(...waits)).toBeLessThanOrEqual(2 * FIRST_WORD_MS + 40);
        expect(ends.filter((end) => typeof end === 'string')).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
  });
});
