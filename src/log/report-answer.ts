import { cancellationOf } from '../conversation/cancelled.ts';
import type { AnswerReport } from '../conversation/ports.ts';
import type { QuestionEvent, QuestionListener } from '../conversation/question-events.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { Log } from './log.ts';

/** Failures that people cause and cure themselves; the rest wants an admin's eye. */
const ORDINARY = new Set<FailureKind>(['too-long', 'files-unreadable', 'file-refused', 'guardrail', 'withheld', 'empty-answer', 'stopped', 'throttled', 'overloaded', 'beyond-quota']);

const reportOutcome = (log: Log, report: AnswerReport): void => {
  const { question, outcome, waitedMs, tookMs, exchange, refusal, failure, saveFailure } = report;
  const fields = {
    questionId: question.id,
    firstAskedAs: question.firstAskedAs,
    conversationId: question.conversationId,
    guildId: question.guildId,
    askerId: question.asker.id,
    outcome,
    waitedMs,
    tookMs,
  };
  if (failure !== undefined && cancellationOf(failure.cause)?.isByPerson === true) {
    log.info({ ...fields, kind: failure.kind, reason: failure.message }, 'question ended by a person');
    return;
  }
  if (failure !== undefined) {
    // Those that are told of together, see `log/report-floods.ts`.
    const isOfFlood = failure.kind === 'line-full';
    const level = isOfFlood ? 'debug' : ORDINARY.has(failure.kind) ? 'warn' : 'error';
    log[level]({ ...fields, kind: failure.kind, reason: failure.message, successor: failure.successor, cure: failure.cure }, 'question failed');
    return;
  }
  log.info({ ...fields, stopReason: exchange?.stopReason, usage: exchange?.usage }, 'question answered');
  if (refusal !== undefined) log.warn({ ...fields, reason: refusal }, 'the model refused something that was said earlier in this conversation; it was answered without that, which is not given to a model again');
  if (saveFailure !== undefined) {
    log.error({ ...fields, kind: saveFailure.kind, reason: saveFailure.message }, 'the answer was shown but could not be remembered');
  }
};

/** Somebody who asks again and again is told once an hour, and so is the log. */
const reportRefusal = (log: Log, { question, refusal, isTold }: Extract<QuestionEvent, { readonly type: 'turned-away' }>): void =>
  log[isTold ? 'info' : 'debug'](
    { questionId: question.id, conversationId: question.conversationId, guildId: question.guildId, askerId: question.by?.id ?? question.asker.id, outcome: 'refused', kind: refusal.reason },
    'question refused',
  );

/** One line for each question: what became of it, never what was said. */
export const reportQuestions =
  (log: Log): QuestionListener =>
  (event) => {
    switch (event.type) {
      case 'delivered':
      case 'refused':
      case 'failed':
        return reportOutcome(log, event.report);
      case 'turned-away':
        return reportRefusal(log, event);
      case 'left': {
        const { question, failure } = event.report;
        return log.warn({ questionId: question.id, kind: failure?.kind, reason: failure?.message }, 'an answer is left for later');
      }
      case 'taken-over':
        return log.warn({ questionId: event.question.id, conversationId: event.question.conversationId }, 'another process has taken this question over, and answers it');
      default:
        return undefined;
    }
  };
