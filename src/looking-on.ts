import { onOutcome } from './conversation/question-events.ts';
import { reportQuestions } from './log/report-answer.ts';
import { createFloodReport } from './log/report-floods.ts';
import { createInspect } from './operations/run-checks.ts';
import { presenceText } from './discord/texts/presence-texts.ts';
import { createPulse } from './operations/pulse.ts';
import { readinessOf } from './operations/readiness.ts';
import { loadLater } from './process/load-later.ts';
import type { ModelBook } from './bedrock/model-facts.ts';
import type { CountedLine } from './conversation/counted-line.ts';
import type { FailureKind } from './conversation/failure.ts';
import type { QuestionEvents } from './conversation/question-events.ts';
import type { WorkEvents } from './conversation/work-events.ts';
import type { CheckGroupsOptions } from './doctor/check-groups.ts';
import type { Status } from './discord/texts/status-texts.ts';
import type { Log } from './log/log.ts';
import type { CheckGroup } from './operations/finding.ts';
import type { GatewaySigns, Observed } from './operations/observed.ts';
import type { Inspect } from './operations/run-checks.ts';
import type { Upkeep } from './upkeep/create-upkeep.ts';

export interface LookingOnOptions extends Omit<CheckGroupsOptions, 'keys'> {
  readonly events: QuestionEvents;
  readonly work: WorkEvents;
  readonly upkeep: Upkeep;
  readonly line: CountedLine;
  readonly concurrency: () => number;
  /** What waits to be sent to Discord. */
  readonly backlog: () => number;
  readonly doors: () => { readonly notReady: () => string | undefined; readonly signs: () => GatewaySigns };
  readonly priceOf: Observed['priceOf'];
  /** What keeps Parley from answering may have changed. */
  readonly onTrouble: (trouble: FailureKind | undefined) => void;
  readonly book: ModelBook;
  readonly log: Log;
}

/** What looks on: the log, the pulse, and what admins can have looked at. Nothing here has a say in an answer. */
export interface LookingOn {
  /** What can be looked at, running or not. */
  checks(): Promise<readonly CheckGroup[]>;
  /** How Parley is, for everybody. */
  status(): Omit<Status, 'modelName'>;
  /** Looks at everything; takes some seconds. */
  readonly inspect: Inspect;
  /** For whoever watches from outside. */
  readonly observed: Observed;
  /** What keeps Parley from answering may have changed: it is told to whom it matters. */
  troubled(): void;
  /** Writes what the log still owes. */
  end(): void;
}

export const createLookingOn = ({ events, work, upkeep, line, concurrency, backlog, doors, priceOf, onTrouble, log, ...options }: LookingOnOptions): LookingOn => {
  const { monotonicNow } = options;
  const { keys } = upkeep;
  /** What the next question would meet, as far as anybody knows. */
  const trouble = (): FailureKind | undefined => (keys.state().isExpired ? 'key-expired' : (upkeep.trouble() ?? pulse.lastingTrouble()));
  const troubled = (): void => onTrouble(trouble());
  const pulse = createPulse(monotonicNow, troubled);
  const floods = createFloodReport(log);
  // What works again is known before it is said.
  events.listen(onOutcome(({ outcome }) => (outcome === 'delivered' ? upkeep.answered() : undefined)));
  events.listen(onOutcome(pulse.heard));
  work.listen(pulse.worked);
  events.listen(reportQuestions(log));
  events.listen(onOutcome((told) => (told.failure?.kind === 'line-full' ? floods.heard(told) : undefined)));

  const keyRemainingMs = (): number => {
    const { expiresAt, isExpired } = keys.state();
    if (isExpired) return 0;
    return expiresAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, expiresAt - options.clock.now());
  };

  const checks = loadLater(async () => {
    const { createCheckGroups } = await import('./doctor/check-groups.ts');
    const groups = createCheckGroups({ ...options, keys });
    return async () => groups;
  });
  return {
    checks,
    status: () => ({
      trouble: keys.state().isExpired ? 'key-expired' : (pulse.trouble() ?? upkeep.trouble()),
      waiting: line.waiting(),
      concurrency: concurrency(),
    }),
    inspect: createInspect(checks, monotonicNow),
    observed: {
      questions: events,
      work,
      readings: () => ({ waiting: line.waiting(), concurrency: concurrency(), backlog: backlog(), gateway: doors().signs(), keyRemainingMs: keyRemainingMs(), sinceAnswerMs: pulse.sinceAnswerMs() }),
      readiness: () => readinessOf({ notConnected: doors().notReady(), gateway: doors().signs(), trouble: trouble(), says: presenceText, sinceAnswerMs: pulse.sinceAnswerMs() }),
      priceOf,
    },
    troubled,
    end: floods.end,
  };
};
