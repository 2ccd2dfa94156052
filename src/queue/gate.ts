import { Failure } from '../conversation/failure.ts';
import { Admission } from './admission.ts';
import { OWN_CLOCKS, nextUtcDay, onWall } from './clocks.ts';
import { Link, LinkedList } from './linked-list.ts';
import type { AdmissionOptions, Lease } from './admission.ts';
import type { Clocks } from './clocks.ts';
import type { Trip } from './circuit-breaker.ts';

/** Who stands at the gate. */
export abstract class GateVisitor extends Link<GateVisitor> {
  /** A rough count of the prompt. */
  abstract readonly inputTokens: number;
  /** How long to wait for a closed gate: until then, by the monotonic clock. */
  abstract readonly deadline: number;
  /** May go. To be quick, and not to throw. */
  abstract admit(lease: Lease): void;
  /** Need not wait any longer. */
  abstract refuse(failure: Failure): void;
}

/** Where calls are let through, in the order in which they come. */
export interface Gate {
  /** How many stand here. */
  readonly waiting: number;
  /** How many calls may be out at a time, as it is now. */
  readonly concurrency: number;
  /** Why nobody is let through. */
  readonly trip: Trip | undefined;
  /** The leave for a call that need not wait. */
  tryEnter(inputTokens: number): Lease | undefined;
  /** @param isFirst before all that stand here already */
  enter(visitor: GateVisitor, isFirst: boolean): void;
  /** Does nothing when the visitor is not here. */
  leave(visitor: GateVisitor): void;
}

/** Who would have to wait longer is refused at once, in milliseconds: an interaction's token lives no longer. */
const MAX_WAIT_MS = 15 * 60_000;

/** Why nobody waits for it any more. `at`: when it would open, by the monotonic clock. */
const refusal = (at: number, trip: Trip | undefined, clocks: Clocks): Failure => {
  const retryAt = at === Infinity ? undefined : onWall(at, clocks);
  const isTomorrow = retryAt !== undefined && retryAt >= nextUtcDay(clocks.wall());
  const kind = isTomorrow ? 'daily-quota' : (trip?.reason ?? 'throttled');
  const when = retryAt === undefined ? 'others end' : new Date(retryAt).toISOString();
  return new Failure(kind, `No call can go before ${when}.`, { retryAt });
};

/**
 * The gate in front of all calls to one model in one region: as many at a time as Bedrock takes, within its quotas.
 * @param onChange called whenever it may have closed or opened
 */
export const createGate = (options: AdmissionOptions, onChange: () => void = () => undefined): Gate => {
  const { clocks = OWN_CLOCKS } = options;
  const waiting = new LinkedList<GateVisitor>();
  let timer: NodeJS.Timeout | undefined;

  /** Lets in, in order, who may go, sends away who would wait too long, and sees to it that the next look is in time. */
  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (let first = waiting.first; first !== undefined; first = waiting.first) {
      const now = clocks.monotonic();
      const at = admission.readyAt(first.inputTokens, now);
      // A line that moves is worth waiting for, however long it takes.
      const patience = admission.trip === undefined ? MAX_WAIT_MS : Math.min(MAX_WAIT_MS, first.deadline - now);
      const isHopeless = at > now && (patience <= 0 || (at !== Infinity && at - now > MAX_WAIT_MS));
      if (at > now && !isHopeless) {
        const lookAgainMs = Math.min(at - now, admission.trip === undefined ? Infinity : patience);
        if (lookAgainMs !== Infinity) timer = setTimeout(pump, lookAgainMs).unref();
        return;
      }
      waiting.remove(first);
      if (isHopeless) first.refuse(refusal(at, admission.trip, clocks));
      else first.admit(admission.lend(first.inputTokens, now));
    }
  };

  const admission = new Admission(options, () => {
    pump();
    onChange();
  });

  return {
    get waiting() {
      return waiting.size;
    },
    get concurrency() {
      return admission.concurrency;
    },
    get trip() {
      const { trip } = admission;
      return trip !== undefined && trip.until > clocks.monotonic() ? trip : undefined;
    },
    tryEnter: (inputTokens) => {
      const now = clocks.monotonic();
      return waiting.size > 0 || admission.readyAt(inputTokens, now) > now ? undefined : admission.lend(inputTokens, now);
    },
    enter: (visitor, isFirst) => {
      if (isFirst) waiting.unshift(visitor);
      else waiting.push(visitor);
      pump();
    },
    leave: (visitor) => {
      if (visitor.list !== waiting) return;
      waiting.remove(visitor);
      pump();
    },
  };
};
