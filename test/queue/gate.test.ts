import { describe, expect, it, vi } from 'vitest';
import { AskedCall } from '../../src/queue/asked-call.ts';
import { GateVisitor, createGate } from '../../src/queue/gate.ts';
import { NOON, useFakeTime } from './gated-line.ts';
import type { Lease } from '../../src/queue/admission.ts';
import type { Failure } from '../../src/conversation/failure.ts';
import type { AdmissionOptions } from '../../src/queue/admission.ts';
import type { Behind } from '../../src/queue/gate.ts';

useFakeTime();

const clocks = { monotonic: () => Date.now() - NOON, wall: () => Date.now() };

/** Reserves exactly so many tokens. */
const calling = (answerTokens: number): AskedCall => new AskedCall({ inputTokens: 0, answerTokens });

class Visitor extends GateVisitor {
  readonly asked: AskedCall;
  readonly deadline: number;
  lease: Lease | undefined;
  failure: Failure | undefined;

  constructor(tokens: number, deadline = 15 * 60_000) {
    super();
    this.asked = calling(tokens);
    this.deadline = clocks.monotonic() + deadline;
  }

  admit(lease: Lease): void {
    this.lease = lease;
  }

  refuse(failure: Failure): void {
    this.failure = failure;
  }
}

const start = (options: Partial<AdmissionOptions> = {}, behind?: Behind) => {
  const changes: number[] = [];
  const gate = createGate(
    { maxConcurrentCalls: 4, maxTokens: 0, outputBurndown: 1, limits: {}, clocks, log: { info: () => undefined, warn: () => undefined }, ...options },
    () => changes.push(Date.now() - NOON),
    behind,
  );
  const enter = (tokens: number, isFirst = false): Visitor => {
    const visitor = new Visitor(tokens);
    gate.enter(visitor, isFirst);
    return visitor;
  };
  return { gate, enter, changes };
};

describe('a gate', () => {
  it('lets in at once who need not wait, and nobody past those who do', () => {
    const { gate, enter } = start({ maxConcurrentCalls: 1 });
    const first = gate.tryEnter(calling(1));
    expect(first).toBeDefined();
    expect(gate.tryEnter(calling(1))).toBeUndefined();
    const waiting = enter(1);
    expect([waiting.lease, gate.waiting]).toEqual([undefined, 1]);
    first?.settle(undefined);
    expect([waiting.lease !== undefined, gate.waiting]).toEqual([true, 0]);
  });

  it('lets in those who wait in the order in which they came, but first who comes back', () => {
    const { gate, enter } = start({ maxConcurrentCalls: 1 });
    let running = gate.tryEnter(calling(1));
    const visitors = [enter(1), enter(1), enter(1, true)];
    const order: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      running?.settle(undefined);
      const next = visitors.findIndex(({ lease }, index) => lease !== undefined && !order.includes(index));
      order.push(next);
      running = visitors[next]?.lease;
    }
    expect(order).toEqual([2, 0, 1]);
  });

  it('forgets who leaves, and hears nothing of who is not here', () => {
    const { gate, enter } = start({ maxConcurrentCalls: 1 });
    const running = gate.tryEnter(calling(1));
    const [gone, next] = [enter(1), enter(1)];
    gate.leave(gone);
    gate.leave(new Visitor(1));
    expect(gate.waiting).toBe(1);
    running?.settle(undefined);
    expect([gone.lease, next.lease !== undefined]).toEqual([undefined, true]);
  });

  it('lets smaller ones past one that needs more than a minute has left, who are at the gate or behind it', () => {
    const behind: Visitor[] = [];
    const { gate, enter } = start({ limits: { tokensPerMinute: 1_000 } }, { next: (canGo) => behind.find((visitor) => visitor.lease === undefined && canGo(visitor)) });
    gate.tryEnter(calling(800));
    const [large, alsoLarge, small] = [enter(900), enter(850), enter(20)];
    expect([large, alsoLarge, small].map(({ lease }) => lease !== undefined)).toEqual([false, false, true]);
    behind.push(new Visitor(870), new Visitor(15));
    gate.look();
    expect(behind.map(({ lease }) => lease !== undefined)).toEqual([false, true]);
    expect(gate.waiting).toBe(2);
  });

  it('keeps more and more for one that is first, so that it goes within its time however many come', async () => {
    const { enter, gate } = start({ limits: { tokensPerMinute: 1_000 }, maxConcurrentCalls: 100 });
    gate.tryEnter(calling(1_000));
    const large = enter(900);
    for (let second = 0; second < 120; second += 1) {
      enter(20);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(large.lease).toBeDefined();
  });

  it('opens by itself when it is time', async () => {
    const { enter, gate } = start({ limits: { tokensPerMinute: 600 } });
    gate.tryEnter(calling(600));
    const waiting = enter(300);
    await vi.advanceTimersByTimeAsync(waiting.lease === undefined ? 20_000 : 0);
    expect(waiting.lease).toBeUndefined();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(waiting.lease).toBeDefined();
  });

  it('sends away who would have to wait for the next day, with its time', () => {
    const { enter, gate } = start({ limits: { tokensPerDay: 100 } });
    gate.tryEnter(calling(100))?.settle({ inputTokens: 100, outputTokens: 0 });
    const { failure } = enter(50);
    expect(failure).toMatchObject({ kind: 'daily-quota', retryAt: Date.UTC(2026, 10, 26) });
    expect(gate.waiting).toBe(0);
  });

  it('sends away at their time who wait for a gate that stays shut', async () => {
    const { gate } = start();
    const refused = gate.tryEnter(calling(1));
    refused?.fail('throttled', { retryAt: NOON + 10 * 60_000, wereRequests: false });
    const [short, long] = [new Visitor(1, 5 * 60_000), new Visitor(1, 11 * 60_000)];
    for (const visitor of [short, long]) gate.enter(visitor, false);
    expect(gate.trip).toMatchObject({ reason: 'throttled', isForAll: true });
    await vi.advanceTimersByTimeAsync(5 * 60_000 - 1);
    expect([short.failure, long.failure]).toEqual([undefined, undefined]);
    await vi.advanceTimersByTimeAsync(1);
    expect(short.failure).toMatchObject({ kind: 'throttled', retryAt: NOON + 10 * 60_000 });
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect([long.failure, long.lease !== undefined, gate.trip]).toEqual([undefined, true, undefined]);
  });

  it('tells whenever it may have opened or closed', () => {
    const { gate, changes } = start();
    const lease = gate.tryEnter(calling(1));
    lease?.fail('throttled');
    expect(changes).toHaveLength(1);
    gate.tryEnter(calling(1))?.begun();
    expect(changes).toHaveLength(2);
  });
});

describe('the leave for a call', () => {
  const left = (end: (lease: Lease) => void): number => {
    const { gate } = start({ limits: { tokensPerMinute: 1_000 } });
    const lease = gate.tryEnter(new AskedCall({ inputTokens: 400, answerTokens: 200 }));
    if (lease === undefined) throw new Error('It should have been let in.');
    end(lease);
    // What can go at once is what is left of a minute's quota.
    // Two hundredths always stay.
    let tokens = 1_000;
    while (tokens > 0 && createsNoWait(gate, tokens) === false) tokens -= 50;
    return tokens;
  };
  const createsNoWait = (gate: ReturnType<typeof start>['gate'], tokens: number): boolean => {
    const lease = gate.tryEnter(calling(tokens));
    lease?.fail('throttled');
    return lease !== undefined;
  };

  it('costs what was used, once, whatever is said of it later', () => {
    expect(left((lease) => lease.settle({ inputTokens: 100, outputTokens: 50 }))).toBe(800);
    expect(
      left((lease) => {
        lease.settle({ inputTokens: 100, outputTokens: 50 });
        lease.settle({ inputTokens: 100, outputTokens: 50 });
        lease.fail('timed-out');
        lease.begun();
      }),
    ).toBe(800);
  });

  it('costs what was written into the cache, and not what was read from it', () => {
    expect(left((lease) => lease.settle({ inputTokens: 100, outputTokens: 50, cacheWriteInputTokens: 100, cacheReadInputTokens: 5_000 }))).toBe(700);
  });

  it('costs nothing that Bedrock refused, all that had begun, and otherwise its question alone', () => {
    expect(left((lease) => lease.fail('request-refused'))).toBe(1_000);
    expect(left((lease) => lease.fail('network'))).toBe(450);
    const begun = (lease: Lease): void => {
      lease.begun();
      lease.fail('network');
    };
    const all = [begun, (lease: Lease) => lease.fail('timed-out'), (lease: Lease) => lease.settle(undefined)];
    expect(all.map(left)).toEqual([250, 250, 250]);
  });
});
