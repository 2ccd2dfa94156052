import { Cancelled } from '../conversation/cancelled.ts';
import { createAnswerView } from './reply/answer-view.ts';
import type { Answer } from '../conversation/answer.ts';
import type { AnswerReport } from '../conversation/ports.ts';
import type { Question } from '../conversation/question.ts';
import type { AnswerControls } from './controls/answer-controls.ts';
import type { Log } from '../log.ts';
import type { WatchChannel } from './reply/channel-activity.ts';
import type { Pacers } from './reply/pacer.ts';
import type { ReplyTarget } from './reply/reply-target.ts';
import type { Running } from './running.ts';

/** Where every door leads: a question, and the place for its answer. Resolves when the answer has ended. */
export type Asked = (question: Question, target: ReplyTarget) => Promise<void>;

export interface AskedDependencies {
  readonly answer: Answer;
  readonly running: Running;
  readonly pacers: Pacers;
  readonly watchChannel: WatchChannel;
  readonly log: Log;
  readonly controls: AnswerControls;
  readonly report: (report: AnswerReport) => void;
}

const isQuestionDeleted = ({ reason }: AbortSignal): boolean => reason instanceof Cancelled && reason.why === 'question deleted';

export const createAsked =
  ({ answer, running, pacers, watchChannel, controls, log, report }: AskedDependencies): Asked =>
  (question, target) =>
    running.run(question, target, async ({ signal, cancel }) => {
      if (controls.wasDeleted(question)) cancel('question deleted');
      const view = createAnswerView({
        target,
        askerId: question.asker.id,
        pacers,
        watchChannel,
        buttons: controls.buttons(question),
        onGone: () => cancel('nobody can read the answer'),
        warn: (reason) => log.warn({ questionId: question.id, channelId: target.channelId, reason }, 'an answer is not shown as it should be'),
      });
      const answerReport = await answer(
        question,
        // To somebody who took the question back there is nothing to say.
        { ...view, fail: (failure) => (isQuestionDeleted(signal) ? view.leave() : view.fail(failure)) },
        signal,
      );
      report(answerReport);
      const { place } = target;
      await controls.keep({ report: answerReport, place, messageIds: view.messageIds(), isQuestionDeleted: isQuestionDeleted(signal) });
    });
