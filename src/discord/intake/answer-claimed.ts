import { cancellationOf, takenBackBy, whyCancelled } from '../../conversation/cancelled.ts';
import { outcomeOf } from '../../conversation/outcome.ts';
import { HELD_UP } from '../../conversation/ledger.ts';
import { createAnswerView } from '../reply/answer-view.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import { createRecordedTarget } from '../reply/recorded-target.ts';
import type { Answer } from '../../conversation/answer.ts';
import type { Failure } from '../../conversation/failure.ts';
import type { Claim } from '../../conversation/ledger.ts';
import type { QuestionListener } from '../../conversation/question-events.ts';
import type { Question } from '../../conversation/question.ts';
import type { Log } from '../../log/log.ts';
import type { FailQuietly } from './fail-quietly.ts';
import type { AnswerDirectly } from './answer-directly.ts';
import type { GatheredRefusals, Told } from './gathered-refusals.ts';
import type { AnswerControls } from '../reply/answer-buttons.ts';
import type { WatchChannel } from '../reply/channel-activity.ts';
import type { Scheduler } from '../rest/scheduler.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { RecentResets } from './recent-resets.ts';
import type { QuestionsInProgress } from './questions-in-progress.ts';

/**
 * Answers a question that is ours, and closes its row. Resolves when it has ended, or was left to the next process.
 * @param resetsBefore how many resets had been heard of when it was asked, where it was asked just now
 */
export type AnswerClaimed = (claim: Claim, question: Question, target: ReplyTarget, resetsBefore?: number) => Promise<void>;

export interface AnswerClaimedDependencies {
  readonly answer: Answer;
  readonly inProgress: QuestionsInProgress;
  readonly scheduler: Pick<Scheduler, 'pacer'>;
  readonly watchChannel: WatchChannel;
  readonly answerDirectly: AnswerDirectly;
  readonly gatheredRefusals: GatheredRefusals;
  readonly failQuietly: FailQuietly;
  readonly controls: AnswerControls;
  readonly resets: RecentResets;
  /** Hears of the beginning and the end of each question. */
  readonly tell: QuestionListener;
  readonly warn: WarnOfView;
}

/** Tells the admin what is wrong with the visible side of an answer. */
export type WarnOfView = (question: Question, target: ReplyTarget, reason: string) => void;

export const createWarnOfView =
  (log: Log): WarnOfView =>
  (question, target, reason) =>
    log.warn({ questionId: question.id, channelId: target.channelId, reason }, 'an answer is not shown as it should be');

export const createAnswerClaimed = ({
  answer,
  inProgress,
  scheduler,
  watchChannel,
  answerDirectly,
  gatheredRefusals,
  failQuietly,
  controls,
  resets,
  tell,
  warn,
}: AnswerClaimedDependencies): AnswerClaimed =>
  (claim, question, target, resetsBefore) =>
    inProgress.run(question, target, async ({ live, signal, cancel }) => {
      tell({ type: 'accepted', question, isResumed: resetsBefore === undefined });
      claim.onTaken(() => cancel('taken over'));
      signal.addEventListener('abort', () => {
        const by = takenBackBy(signal.reason);
        if (by !== undefined) claim.takenBack(by);
      });
      const { takenBack } = claim.row;
      if (takenBack !== undefined) cancel(takenBack.why, takenBack.byId);
      gatheredRefusals.asked(question, target);
      if (controls.wasDeleted(question)) cancel('question deleted');
      const resetBy = resetsBefore === undefined ? undefined : resets.since(question.conversationId, resetsBefore);
      if (resetBy !== undefined) cancel('conversation reset', resetBy);
      const view = createAnswerView({
        target: createRecordedTarget(target, claim),
        askerId: question.asker.id,
        scheduler,
        watchChannel,
        buttons: controls.buttons(question),
        onGone: cancel,
        tellDirectly: answerDirectly(question, target.channelId, (parts) => claim.direct(parts)),
        warn: (reason) => warn(question, target, reason),
      });
      let told: Told = view;
      const fail = async (failure: Failure): Promise<void> => {
        // To somebody who took the question back there is nothing to say; and where the process ends, or was taken for dead, another one goes on.
        if (cancellationOf(signal.reason)?.isTold === false) return view.leave();
        if (await failQuietly({ question, target, claim, failure, view })) return;
        const isAlone = failure.kind !== 'line-full' || view.messageIds().length > 0;
        const gathered = isAlone ? undefined : gatheredRefusals.refuse({ question, target, claim, failure, signal });
        if (gathered === undefined) return view.fail(failure);
        await view.leave();
        told = await gathered;
      };
      const answerReport = await answer(question, { ...view, fail }, signal, live);
      const { failure } = answerReport;
      if (!(await claim.isOurs())) {
        tell({ type: 'taken-over', question });
        return;
      }
      if (failure !== undefined && (told.isForLater() || whyCancelled(signal.reason) === 'shutting down')) {
        tell({ type: 'left', question, report: answerReport });
        claim.release(whyCancelled(signal.reason) === 'shutting down' ? undefined : HELD_UP);
        return;
      }
      const outcome = outcomeOf(answerReport, told.undeliverable());
      tell({ type: outcome.state, question: answerReport.question, report: answerReport });
      let isUntidy = false;
      await target.clean?.().catch((error: unknown) => {
        warn(question, target, describeDeliveryError(error));
        // A response that "thinks" beside its answer.
        isUntidy = target.place.interaction !== undefined;
      });
      const isDeleted = (): boolean => whyCancelled(signal.reason) === 'question deleted';
      const isQuestionDeleted = isDeleted();
      const messageIds = [...(target.above ?? []), ...view.messageIds()];
      const ended = { report: answerReport, place: target.place, messageIds, isNotice: !view.hasWords() && target.above === undefined, isQuestionDeleted };
      await controls.keep(ended);
      // Whoever deletes it while that is written down takes it for one that is still being answered.
      if (!isQuestionDeleted && isDeleted()) await controls.keep({ ...ended, isQuestionDeleted: true });
      claim.end(outcome, isUntidy);
      // Whoever looks for what others left finds it, now or after a restart.
      claim.release();
    });
