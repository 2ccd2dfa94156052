import { SETUP_FAILURES } from '../conversation/failure.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { AnswerReport } from '../conversation/ports.ts';
import type { WorkEvent } from '../conversation/work-events.ts';

/** How Parley has been doing of late. */
export interface Pulse {
  /** Hears how a question ended. */
  heard(report: AnswerReport): void;
  /** Hears of the calls of models. */
  worked(event: WorkEvent): void;
  /** What went wrong with the last question that could tell; undefined when it went well, or long ago. */
  trouble(): FailureKind | undefined;
  /** The same where several in a row have failed: the next one is likely to. */
  lastingTrouble(): FailureKind | undefined;
  /** Milliseconds since Bedrock last answered a call; undefined before the first. */
  sinceAnswerMs(): number | undefined;
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
/** So many failures without an answer in between are no accident. */
const LASTING = 3;

/**
 * @param now milliseconds that only go forward
 * @param onChange what lasts may have changed
 */
export const createPulse = (now: () => number, onChange: () => void = () => undefined): Pulse => {
  let failed: { readonly kind: FailureKind; readonly at: number } | undefined;
  let inARow = 0;
  let answeredAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const trouble = (): FailureKind | undefined => (failed === undefined || now() - failed.at > STALE_AFTER_MS ? undefined : failed.kind);

  return {
    heard: ({ outcome, failure, saveFailure }) => {
      if (outcome === 'delivered') {
        inARow = 0;
        failed = saveFailure === undefined ? undefined : { kind: saveFailure.kind, at: now() };
      } else if (failure !== undefined && SHARED.has(failure.kind)) {
        failed = { kind: failure.kind, at: now() };
        inARow += 1;
      } else return;
      onChange();
      clearTimeout(timer);
      // Where nobody asks any more, nobody would notice that it is long ago.
      if (failed !== undefined) timer = setTimeout(onChange, STALE_AFTER_MS + 1).unref();
    },
    worked: (event) => {
      if ((event.type === 'call-ended' && event.failure === undefined) || (event.type === 'call-reported' && event.report.usage !== undefined)) answeredAt = now();
    },
    trouble,
    lastingTrouble: () => (inARow < LASTING ? undefined : trouble()),
    sinceAnswerMs: () => (answeredAt === undefined ? undefined : now() - answeredAt),
  };
};
