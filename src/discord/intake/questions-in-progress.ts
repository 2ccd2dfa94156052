import { Cancelled } from '../../conversation/cancelled.ts';
import { createLiveQuestion } from '../../conversation/live-question.ts';
import type { LiveQuestion } from '../../conversation/live-question.ts';
import type { Question } from '../../conversation/question.ts';
import type { WhyCancelled } from '../../conversation/cancelled.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

/** A question that was accepted and has not ended. */
export interface QuestionInProgress {
  /** As it reads now. */
  readonly question: Question;
  readonly live: LiveQuestion;
  readonly target: ReplyTarget;
  readonly signal: AbortSignal;
  /** Resolves when it has ended, visibly. Never rejects. */
  readonly ended: Promise<void>;
  /** @param byId of whoever did it, where others are to know */
  cancel(why: WhyCancelled, byId?: string): void;
}

/** The questions that this process is answering, by their id. */
export interface QuestionsInProgress {
  /** @param work ends with the question */
  run(question: Question, target: ReplyTarget, work: (running: QuestionInProgress) => Promise<void>): Promise<void>;
  find(questionId: string): QuestionInProgress | undefined;
  all(): readonly QuestionInProgress[];
}

export const createQuestionsInProgress = (): QuestionsInProgress => {
  const questions = new Map<string, QuestionInProgress>();
  return {
    run: async (question, target, work) => {
      const controller = new AbortController();
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const live = createLiveQuestion(question);
      const running: QuestionInProgress = {
        get question() {
          return live.current;
        },
        live,
        target,
        signal: controller.signal,
        ended,
        cancel: (why, byId) => controller.abort(new Cancelled(why, byId)),
      };
      questions.set(question.id, running);
      try {
        await work(running);
      } finally {
        questions.delete(question.id);
        resolve();
      }
    },
    find: (questionId) => questions.get(questionId),
    all: () => [...questions.values()],
  };
};
