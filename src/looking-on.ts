import { onOutcome } from './conversation/question-events.ts';
import { reportQuestions } from './log/report-answer.ts';
import { createFloodReport } from './log/report-floods.ts';
import { createInspect } from './operations/run-checks.ts';
import { createPulse } from './operations/pulse.ts';
import { loadLater } from './process/load-later.ts';
import type { ModelBook } from './bedrock/model-facts.ts';
import type { CountedLine } from './conversation/counted-line.ts';
import type { QuestionEvents } from './conversation/question-events.ts';
import type { CheckGroupsOptions } from './doctor/check-groups.ts';
import type { Status } from './discord/texts/status-texts.ts';
import type { Log } from './log/log.ts';
import type { CheckGroup } from './operations/finding.ts';
import type { Inspect } from './operations/run-checks.ts';
import type { Upkeep } from './upkeep/create-upkeep.ts';

export interface LookingOnOptions extends Omit<CheckGroupsOptions, 'keys'> {
  readonly events: QuestionEvents;
  readonly upkeep: Upkeep;
  readonly line: CountedLine;
  readonly concurrency: () => number;
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
  /** Writes what the log still owes. */
  end(): void;
}

export const createLookingOn = ({ events, upkeep, line, concurrency, log, ...options }: LookingOnOptions): LookingOn => {
  const { monotonicNow } = options;
  const { keys } = upkeep;
  const pulse = createPulse(monotonicNow);
  const floods = createFloodReport(log);
  events.listen(onOutcome(pulse.heard));
  events.listen(onOutcome(({ outcome }) => (outcome === 'delivered' ? upkeep.answered() : undefined)));
  events.listen(reportQuestions(log));
  events.listen(onOutcome((told) => (told.failure?.kind === 'line-full' ? floods.heard(told) : undefined)));

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
    end: floods.end,
  };
};
