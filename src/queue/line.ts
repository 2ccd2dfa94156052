import { toFailure } from '../conversation/failure.ts';
import { OWN_CLOCKS } from './clocks.ts';
import { createLanes } from './lanes.ts';
import { pause, retryAfterMs } from './retries.ts';
import { Turns } from './turns.ts';
import type { Line, PlannedCall } from '../conversation/ports.ts';
import type { AdmissionOptions, Lease } from './admission.ts';

export interface LineOptions extends AdmissionOptions {
  /** Of all waits between two attempts; tests are in a hurry. */
  readonly retryScale?: number | undefined;
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
  const leaseForRetry = async (call: PlannedCall, error: unknown, failures: number, sinceMs: number): Promise<Lease | undefined> => {
    if (call.signal.aborted) return undefined;
    const { kind, message: reason } = toFailure(error);
    const waitMs = retryAfterMs(kind, failures, sinceMs, options.retryScale);
    if (waitMs === undefined) return undefined;
    options.log.info({ questionId: call.question.id, kind, reason, failures }, 'a model call failed and is made again');
    if (waitMs > 0) {
      call.onWait({ type: 'retry', kind, untilMs: clocks.wall() + waitMs });
      await pause(waitMs, call.signal);
      call.onWait(undefined);
    }
    return turns.again(call);
  };

  return {
    get concurrency() {
      return turns.concurrency;
    },
    inLane: createLanes(clocks),
    inTurn: async (call) => {
      const first = turns.take(call);
      let lease = first instanceof Promise ? await first : first;
      const startedAt = clocks.monotonic();
      for (let failures = 1; ; failures += 1) {
        try {
          const reply = await call.run(lease.begun);
          lease.settle(reply.usage);
          return reply;
        } catch (error) {
          lease.fail(call.signal.aborted ? 'stopped' : toFailure(error).kind, toFailure(error));
          const next = await leaseForRetry(call, error, failures, clocks.monotonic() - startedAt);
          if (next === undefined) throw error;
          lease = next;
        }
      }
    },
  };
};
