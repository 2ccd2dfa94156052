import { whyCancelled } from './cancelled.ts';
import type { FailureKind } from './failure.ts';
import type { Outcome } from './ledger.ts';
import type { AnswerReport } from './ports.ts';

/** `refused`: nothing went wrong, somebody or a rule decided that there is no answer. */
const STATES: Readonly<Record<FailureKind, 'refused' | 'failed'>> = {
  'key-refused': 'failed',
  'key-expired': 'failed',
  'no-key': 'failed',
  'model-access': 'failed',
  'model-unknown': 'failed',
  'model-retired': 'failed',
  'model-needs-profile': 'failed',
  throttled: 'failed',
  'daily-quota': 'refused',
  'beyond-quota': 'refused',
  overloaded: 'failed',
  'line-full': 'failed',
  'service-error': 'failed',
  network: 'failed',
  'timed-out': 'failed',
  'model-timed-out': 'failed',
  'model-error': 'failed',
  'stream-broken': 'failed',
  'too-long': 'refused',
  'empty-answer': 'failed',
  'thought-too-long': 'failed',
  withheld: 'refused',
  guardrail: 'refused',
  unchecked: 'failed',
  'checks-refused': 'failed',
  'files-unreadable': 'refused',
  'costs-much': 'refused',
  'file-refused': 'failed',
  'request-refused': 'failed',
  'settings-refused': 'failed',
  store: 'failed',
  'store-full': 'failed',
  undeliverable: 'failed',
  stopped: 'refused',
  reset: 'refused',
  withdrawn: 'refused',
  defect: 'failed',
};

/**
 * The one verdict on how a question ended.
 * @param undeliverable why nobody could be told; undefined where somebody was
 */
export const outcomeOf = ({ failure }: AnswerReport, undeliverable: string | undefined): Outcome => {
  if (undeliverable !== undefined) return { state: 'failed', reason: `undeliverable: ${undeliverable}` };
  if (failure === undefined) return { state: 'delivered' };
  const ended = { state: STATES[failure.kind], reason: whyCancelled(failure.cause) ?? failure.kind };
  // Its asker may say yes.
  return failure.kind === 'costs-much' ? { ...ended, canRetry: true } : ended;
};
