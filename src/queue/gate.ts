import { Failure } from '../conversation/failure.ts';
import { Admission } from './admission.ts';
import { AskedCall } from './asked-call.ts';
import { OWN_CLOCKS, nextUtcDay, onWall } from './clocks.ts';
import { Link, LinkedList } from './linked-list.ts';
import type { AdmissionOptions, Lease } from './admission.ts';
import type { Clocks } from './clocks.ts';
import type { Trip } from './circuit-breaker.ts';

/** Who stands at the gate. */
export abstract class GateVisitor extends Link<GateVisitor> {
  abstract readonly asked: AskedCall;
  /** How long to wait for a closed gate: until then, by the monotonic clock. */
  abstract readonly deadline: number;
  /** Since when it is first and the quotas let it wait, by the monotonic clock. */
  shortSince: number | undefined = undefined;
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
  /** What a minute's quota is that the call alone surely exceeds, in tokens; undefined where it may be let through. */
  exceededBy(asked: AskedCall): number | undefined;
  /** The leave for a call that need not wait. */
  tryEnter(asked: AskedCall): Lease | undefined;
  /** The same for one that must not keep anybody from going, nor try for them whether the line goes on. */
  tryBeside(asked: AskedCall): Lease | undefined;
  /** @param isFirst before all that stand here already */
  enter(visitor: GateVisitor, isFirst: boolean): void;
  /** Does nothing when the visitor is not here. */
  leave(visitor: GateVisitor): void;
  /** Somebody came to those behind. */
  look(): void;
}

/** Those who do not stand at the gate yet. */
export interface Behind {
  /** Takes out the next in their order who can go, as it is told of each. */
  next(canGo: (visitor: GateVisitor) => boolean): GateVisitor | undefined;
}

/** Who would have to wait longer is refused at once, in milliseconds: an interaction's token lives no longer. */
const MAX_WAIT_MS = 15 * 60_000;

/** In so many milliseconds all that the first one needs is kept for it: until then, others who need less go before it. */
const KEPT_AFTER_MS = 60_000;

const NOBODY: Behind = { next: () => undefined };
/** If the smallest of all calls may not go, nobody may. */
const SMALLEST = new AskedCall({ inputTokens: 0 });

/** Why nobody waits for it any more. `at`: when it would open, by the monotonic clock. */
export const refusal = (at: number, trip: Trip | undefined, clocks: Clocks): Failure => {
  const retryAt = at === Infinity ? undefined : onWall(at, clocks);
  const isTomorrow = retryAt !== undefined && retryAt >= nextUtcDay(clocks.wall());
  const kind = isTomorrow ? 'daily-quota' : (trip?.reason ?? 'throttled');
  const when = retryAt === undefined ? 'others end' : new Date(retryAt).toISOString();
  return new Failure(kind, `No call can go before ${when}.`, { retryAt });
};

/**
 * The gate in front of all calls to one model in one region: as many at a time as Bedrock takes, within its quotas. Who stands here goes
 * first; where that is for somebody's own size, or for having been refused, those behind who can go do so meanwhile.
 * @param onChange called whenever it may have closed or opened
 */
export const createGate = (options: AdmissionOptions, onChange: () => void = () => undefined, behind = NOBODY): Gate => {
  const { clocks = OWN_CLOCKS } = options;
  const waiting = new LinkedList<GateVisitor>();
  let timer: NodeJS.Timeout | undefined;

  /** Who goes before the first one meanwhile; and when somebody can at the earliest, as far as is known. */
  const nextBehind = (first: GateVisitor, now: number): { readonly visitor: GateVisitor | undefined; readonly at: number } => {
    const anybodyAt = admission.readyAt(SMALLEST, now);
    if (anybodyAt > now) return { visitor: undefined, at: anybodyAt };
    let at = Infinity;
    const kept = first.shortSince === undefined ? 0 : admission.reservationOf(first.asked) * Math.min(1, (now - first.shortSince) / KEPT_AFTER_MS);
    const canGo = ({ asked }: GateVisitor): boolean => {
      if (asked.wasRefused && admission.trip !== undefined) return false;
      const readyAt = admission.readyAt(asked, now, kept);
      at = Math.min(at, readyAt);
      return readyAt <= now;
    };
    for (const visitor of waiting) {
      if (visitor === first || !canGo(visitor)) continue;
      waiting.remove(visitor);
      return { visitor, at };
    }
    return { visitor: behind.next(canGo), at };
  };

  /** Lets in, in order, who may go, sends away who would wait too long, and sees to it that the next look is in time. */
  const look = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (let first = waiting.first; first !== undefined; first = waiting.first) {
      const now = clocks.monotonic();
      const at = admission.readyAt(first.asked, now);
      // Whether the line goes on is tried by those who were not refused.
      const isLast = at > now || (first.asked.wasRefused && admission.trip !== undefined);
      if (isLast && admission.quotaReadyAt(first.asked, now) > now) first.shortSince ??= now;
      const other = isLast ? nextBehind(first, now) : undefined;
      if (other?.visitor !== undefined) {
        other.visitor.admit(admission.lend(other.visitor.asked, now));
        continue;
      }
      // A line that moves is worth waiting for, however long it takes.
      const patience = admission.trip === undefined ? MAX_WAIT_MS : Math.min(MAX_WAIT_MS, first.deadline - now);
      const isHopeless = at > now && (patience <= 0 || (at !== Infinity && at - now > MAX_WAIT_MS));
      if (at > now && !isHopeless) {
        const lookAgainMs = Math.min(at - now, (other?.at ?? Infinity) - now, admission.trip === undefined ? Infinity : patience);
        if (lookAgainMs !== Infinity) timer = setTimeout(pump, lookAgainMs).unref();
        return;
      }
      waiting.remove(first);
      if (isHopeless) first.refuse(refusal(at, admission.trip, clocks));
      else first.admit(admission.lend(first.asked, now));
    }
  };

  /** Who is let in may change what is looked at: that is looked at afterwards. */
  let isLooking = false;
  let isToLookAgain = false;
  const pump = (): void => {
    isToLookAgain = true;
    if (isLooking) return;
    isLooking = true;
    try {
      while (isToLookAgain) {
        isToLookAgain = false;
        look();
      }
    } finally {
      isLooking = false;
    }
  };

  const admission = new Admission(options, () => {
    pump();
    onChange();
  });

  const tryEnter = (asked: AskedCall): Lease | undefined => {
    const now = clocks.monotonic();
    return waiting.size > 0 || admission.readyAt(asked, now) > now ? undefined : admission.lend(asked, now);
  };

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
    exceededBy: (asked) => admission.exceededBy(asked, clocks.monotonic()),
    tryEnter,
    tryBeside: (asked) => (admission.trip === undefined && admission.exceededBy(asked, clocks.monotonic()) === undefined ? tryEnter(asked) : undefined),
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
    look: pump,
  };
};
