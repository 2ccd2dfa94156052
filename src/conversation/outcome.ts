import { whyCancelled } from './cancelled.ts';
import type { FailureKind } from './failure.ts';
import type { LedgerRow, Outcome } from './ledger.ts';
import type { AnswerReport } from './ports.ts';

/**
 * What each failure says of its question.
 * - `taken-back`: a person wanted it to end. Nobody waits for news of it, and it was asked all the same.
 * - `refused`: nothing went wrong, a rule decided that there is no answer.
 * - `failed`: something went wrong.
 */
const VERDICTS: Readonly<Record<FailureKind, 'taken-back' | 'refused' | 'failed'>> = {
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
  stopped: 'taken-back',
  reset: 'taken-back',
  withdrawn: 'taken-back',
  defect: 'failed',
};

/** Whether a person wanted the question to end so. */
export const isTakenBack = (kind: FailureKind): boolean => VERDICTS[kind] === 'taken-back';

/**
 * The one verdict on how a question ended.
 * @param undeliverable why nobody could be told; undefined where somebody was
 */
export const outcomeOf = ({ failure }: AnswerReport, undeliverable: string | undefined): Outcome => {
  if (undeliverable !== undefined) return { state: 'failed', reason: `undeliverable: ${undeliverable}` };
  if (failure === undefined) return { state: 'delivered' };
  const verdict = VERDICTS[failure.kind];
  const ended = { state: verdict === 'taken-back' ? 'refused' : verdict, reason: whyCancelled(failure.cause) ?? failure.kind };
  // Its asker may say yes.
  return failure.kind === 'costs-much' ? { ...ended, canRetry: true } : ended;
};

/** The outcome that a row says; undefined where its question has none yet. */
export const writtenOutcome = ({ state, reason = '', canRetry }: Pick<LedgerRow, 'state' | 'reason' | 'canRetry'>): Outcome | undefined => {
  switch (state) {
    case 'accepted':
    case 'running':
      return undefined;
    case 'delivered':
      return { state };
    case 'refused':
    case 'failed':
      return { state, reason, ...(canRetry === undefined ? {} : { canRetry }) };
  }
};

export const hasEnded = (row: Pick<LedgerRow, 'state'>): boolean => writtenOutcome(row) !== undefined;
