import { Cancelled } from '../conversation/cancelled.ts';
import { HELD_UP } from '../conversation/ledger.ts';
import { createAnswerView } from './reply/answer-view.ts';
import { describeDeliveryError } from './reply/delivery-error.ts';
import { createRecordedTarget } from './reply/recorded-target.ts';
import type { Answer } from '../conversation/answer.ts';
import type { WhyCancelled } from '../conversation/cancelled.ts';
import type { Failure, FailureKind } from '../conversation/failure.ts';
import type { Claim, Outcome } from '../conversation/ledger.ts';
import type { AnswerReport } from '../conversation/ports.ts';
import type { Question } from '../conversation/question.ts';
import type { Log } from '../log.ts';
import type { AnswerDirectly } from './answer-directly.ts';
import type { GatheredRefusals, Told } from './gathered-refusals.ts';
import type { AnswerControls } from './controls/answer-controls.ts';
import type { WatchChannel } from './reply/channel-activity.ts';
import type { Pacers } from './reply/pacer.ts';
import type { ReplyTarget } from './reply/reply-target.ts';
import type { RecentResets } from './recent-resets.ts';
import type { Running } from './running.ts';

/**
 * Answers a question that is ours, and closes its row. Resolves when it has ended, or was left to the next process.
 * @param resetsBefore how many resets had been heard of when it was asked, where it was asked just now
 */
export type AnswerClaimed = (claim: Claim, question: Question, target: ReplyTarget, resetsBefore?: number) => Promise<void>;

export interface AnswerClaimedDependencies {
  readonly answer: Answer;
  readonly running: Running;
  readonly pacers: Pacers;
  readonly watchChannel: WatchChannel;
  readonly answerDirectly: AnswerDirectly;
  readonly gatheredRefusals: GatheredRefusals;
  readonly controls: AnswerControls;
  readonly resets: RecentResets;
  readonly log: Log;
  readonly report: (report: AnswerReport) => void;
  readonly warn: WarnOfView;
}

/** Tells the admin what is wrong with the visible side of an answer. */
export type WarnOfView = (question: Question, target: ReplyTarget, reason: string) => void;

export const createWarnOfView =
  (log: Log): WarnOfView =>
  (question, target, reason) =>
    log.warn({ questionId: question.id, channelId: target.channelId, reason }, 'an answer is not shown as it should be');

/** Where nothing went wrong: somebody decided that there is no answer. */
const REFUSALS = new Set<FailureKind>(['stopped', 'reset', 'withdrawn', 'guardrail', 'withheld', 'files-unreadable', 'too-long', 'daily-quota']);

const whyOf = ({ reason }: AbortSignal): WhyCancelled | undefined => (reason instanceof Cancelled ? reason.why : undefined);

const outcomeOf = ({ failure }: AnswerReport, why: WhyCancelled | undefined, undeliverable: string | undefined): Outcome => {
  if (undeliverable !== undefined) return { state: 'failed', reason: `undeliverable: ${undeliverable}` };
  return failure === undefined ? { state: 'delivered' } : { state: REFUSALS.has(failure.kind) ? 'refused' : 'failed', reason: why ?? failure.kind };
};

export const createAnswerClaimed = ({
  answer,
  running,
  pacers,
  watchChannel,
  answerDirectly,
  gatheredRefusals,
  controls,
  resets,
  log,
  report,
  warn,
}: AnswerClaimedDependencies): AnswerClaimed =>
  (claim, question, target, resetsBefore) =>
    running.run(question, target, async ({ live, signal, cancel }) => {
      claim.onTaken(() => cancel('taken over'));
      gatheredRefusals.asked(question, target);
      if (controls.wasDeleted(question)) cancel('question deleted');
      const resetBy = resetsBefore === undefined ? undefined : resets.since(question.conversationId, resetsBefore);
      if (resetBy !== undefined) cancel('conversation reset', resetBy);
      const view = createAnswerView({
        target: createRecordedTarget(target, claim),
        askerId: question.asker.id,
        pacers,
        watchChannel,
        buttons: controls.buttons(question),
        onGone: cancel,
        tellDirectly: async (untold) => {
          claim.direct();
          await answerDirectly(question, target.channelId)(untold);
        },
        warn: (reason) => warn(question, target, reason),
      });
      let told: Told = view;
      const fail = async (failure: Failure): Promise<void> => {
        // To somebody who took the question back there is nothing to say; and where the process ends, or was taken for dead, another one goes on.
        if (['question deleted', 'shutting down', 'taken over'].includes(whyOf(signal) ?? '')) return view.leave();
        const isAlone = failure.kind !== 'line-full' || view.messageIds().length > 0;
        const gathered = isAlone ? undefined : gatheredRefusals.refuse({ question, target, claim, failure, signal });
        if (gathered === undefined) return view.fail(failure);
        await view.leave();
        told = await gathered;
      };
      const answerReport = await answer(question, { ...view, fail }, signal, live);
      const { failure } = answerReport;
      if (!(await claim.isOurs())) {
        log.warn({ questionId: question.id, channelId: target.channelId }, 'another process has taken this question over, and answers it');
        return;
      }
      if (failure !== undefined && (told.isForLater() || whyOf(signal) === 'shutting down')) {
        log.warn({ questionId: question.id, kind: failure.kind, reason: failure.message }, 'an answer is left for later');
        claim.release(whyOf(signal) === 'shutting down' ? undefined : HELD_UP);
        return;
      }
      report(answerReport);
      await target.clean?.().catch((error: unknown) => warn(question, target, describeDeliveryError(error)));
      const isQuestionDeleted = whyOf(signal) === 'question deleted';
      await controls.keep({ report: answerReport, place: target.place, messageIds: view.messageIds(), isNotice: !view.hasWords(), isQuestionDeleted });
      const why = failure?.cause instanceof Cancelled ? failure.cause.why : undefined;
      claim.end(outcomeOf(answerReport, why, told.undeliverable()));
    });
