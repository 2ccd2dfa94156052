import { pause } from '../conversation/cancelled.ts';
import { toFailure } from '../conversation/failure.ts';
import { AskedCall } from './asked-call.ts';
import { noPlaceBeside } from './beside.ts';
import { pauseMs } from './circuit-breaker.ts';
import { OWN_CLOCKS } from './clocks.ts';
import { createLanes } from './lanes.ts';
import { retryAfterMs } from './retries.ts';
import { beyondQuota, Turns } from './turns.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { Line, PlannedCall } from '../conversation/ports.ts';
import type { Reply } from '../conversation/reply.ts';
import type { AdmissionOptions, Lease } from './admission.ts';

export interface LineOptions extends AdmissionOptions {
  /** Of all waits between two attempts; tests are in a hurry. */
  readonly retryScale?: number | undefined;
  /** A call that failed, for this kind of failure, is made again. Never throws. */
  readonly onRepeated?: ((kind: FailureKind) => void) | undefined;
}

/**
 * One lane for each conversation inside one line for all model calls. A conversation never has more than one question in
 * the line, so a busy channel cannot starve the others; lane and line both go by turns, so a busy member cannot either.
 * What failed and may go better the next time is tried again here, and nowhere else.
 */
export const createLine = (options: LineOptions): Line & Pick<Turns, 'concurrency'> => {
  const { clocks = OWN_CLOCKS } = options;
  const turns = new Turns(options);

  /** Waits until a failed call may be made again. Undefined: never. */
  const leaseForRetry = async (call: PlannedCall, asked: AskedCall, error: unknown, failures: number, sinceMs: number): Promise<Lease | undefined> => {
    if (call.signal.aborted) return undefined;
    const { kind, message: reason } = toFailure(error);
    const failureMs = retryAfterMs(kind, failures, sinceMs, options.retryScale);
    if (failureMs === undefined) return undefined;
    const wasRefused = kind === 'throttled' || kind === 'overloaded';
    const waitMs = wasRefused ? pauseMs(asked.refusals, options) : failureMs;
    options.log.info({ questionId: call.question.id, kind, reason, failures }, 'a model call failed and is made again');
    options.onRepeated?.(kind);
    if (waitMs > 0) {
      call.onWait({ type: wasRefused ? 'closed' : 'retry', kind, untilMs: clocks.wall() + waitMs });
      await pause(waitMs, call.signal);
      call.onWait(undefined);
    }
    // Others have not had their turn in vain: who was refused stands behind them.
    return wasRefused ? turns.take(call, asked) : turns.again(call, asked);
  };

  /** Makes a call with what it was lent, and says what became of that. */
  const callWith = async (lease: Lease, call: PlannedCall): Promise<Reply> => {
    try {
      const reply = await call.run(lease.begun);
      lease.settle(reply.usage);
      return reply;
    } catch (error) {
      lease.fail(call.signal.aborted ? 'stopped' : toFailure(error).kind, toFailure(error));
      throw error;
    }
  };

  /** Once, and only while nobody waits. */
  const besideOthers = async (call: PlannedCall, giveWay: () => void): Promise<Reply> => {
    call.signal.throwIfAborted();
    const lease = turns.tryBeside(new AskedCall(call));
    if (lease === undefined) throw noPlaceBeside();
    const ended = turns.beside.add(giveWay);
    try {
      return await callWith(lease, call);
    } finally {
      ended();
    }
  };

  return {
    get concurrency() {
      return turns.concurrency;
    },
    inLane: createLanes(clocks),
    inTurn: async (call) => {
      if (call.giveWay !== undefined) return besideOthers(call, call.giveWay);
      const asked = new AskedCall(call);
      const first = turns.take(call, asked);
      let lease = first instanceof Promise ? await first : first;
      const startedAt = clocks.monotonic();
      for (let failures = 1; ; failures += 1) {
        try {
          return await callWith(lease, call);
        } catch (error) {
          if (asked.isBeyondQuota) throw beyondQuota(asked.inputTokens + (asked.answerTokens ?? options.maxTokens), error);
          const next = await leaseForRetry(call, asked, error, failures, clocks.monotonic() - startedAt);
          if (next === undefined) throw error;
          lease = next;
        }
      }
    },
  };
};
