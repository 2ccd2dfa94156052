import { SETUP_FAILURES } from '../conversation/failure.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { AnswerReport } from '../conversation/ports.ts';

/** How Parley has been doing of late. */
export interface Pulse {
  /** Hears how a question ended. */
  heard(report: AnswerReport): void;
  /** What went wrong with the last question that could tell; undefined when it went well, or long ago. */
  trouble(): FailureKind | undefined;
}

/** Failures that the next question would meet as well; the others are one question's own. */
const SHARED = new Set<FailureKind>([
  ...SETUP_FAILURES,
  'throttled',
  'daily-quota',
  'overloaded',
  'service-error',
  'network',
  'timed-out',
  'stream-broken',
  'store',
  'store-full',
]);

/** Milliseconds after which a failure says nothing any more. */
const STALE_AFTER_MS = 15 * 60_000;

/** @param now milliseconds that only go forward */
export const createPulse = (now: () => number): Pulse => {
  let failed: { readonly kind: FailureKind; readonly at: number } | undefined;
  return {
    heard: ({ outcome, failure, saveFailure }) => {
      if (outcome === 'delivered') {
        failed = saveFailure === undefined ? undefined : { kind: saveFailure.kind, at: now() };
      } else if (failure !== undefined && SHARED.has(failure.kind)) failed = { kind: failure.kind, at: now() };
    },
    trouble: () => (failed === undefined || now() - failed.at > STALE_AFTER_MS ? undefined : failed.kind),
  };
};
