import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled } from '../../conversation/cancelled.ts';
import { createLiveQuestion, joinTexts } from '../../conversation/live-question.ts';
import type { JoinQuestions, LiveQuestion } from '../../conversation/live-question.ts';
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
  /** Calls `listener` when a question is taken on, before anything is done about it. Returns what ends that. */
  expect(questionId: string, listener: (running: QuestionInProgress) => void): () => void;
  find(questionId: string): QuestionInProgress | undefined;
  all(): readonly QuestionInProgress[];
}

class RunningQuestion implements QuestionInProgress {
  readonly live: LiveQuestion;
  readonly target: ReplyTarget;
  readonly ended: Promise<void>;
  readonly #controller = new AbortController();

  constructor(question: Question, target: ReplyTarget, ended: Promise<void>, join: JoinQuestions) {
    this.live = createLiveQuestion(question, join);
    this.target = target;
    this.ended = ended;
  }

  get question(): Question {
    return this.live.current;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Its own, as it is also taken apart from it. */
  readonly cancel = (why: WhyCancelled, byId?: string): void => this.#controller.abort(new Cancelled(why, byId));
}

/** @param join makes one question of several messages */
export const createQuestionsInProgress = (join: JoinQuestions = joinTexts): QuestionsInProgress => {
  const questions = new Map<string, QuestionInProgress>();
  const expected = new Map<string, (running: QuestionInProgress) => void>();
  return {
    run: async (question, target, work) => {
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const running = new RunningQuestion(question, target, ended, join);
      questions.set(question.id, running);
      expected.get(question.id)?.(running);
      try {
        await work(running);
      } finally {
        questions.delete(question.id);
        resolve();
      }
    },
    expect: (questionId, listener) => {
      expected.set(questionId, listener);
      return () => {
        if (expected.get(questionId) === listener) expected.delete(questionId);
      };
    },
    find: (questionId) => questions.get(questionId),
    all: () => [...questions.values()],
  };
};

/** How long questions that were told to leave may take to do so, in milliseconds: a request may be under way. */
const LEAVE_MS = 3_000;

const allEnded = async (inProgress: QuestionsInProgress): Promise<void> => {
  while (inProgress.all().length > 0) await Promise.all(inProgress.all().map(({ ended }) => ended));
};

const atMost = async (work: Promise<void>, ms: number): Promise<void> => {
  const over = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
};

/**
 * Lets the answers that are being written end, for at most `graceMs`; then leaves the rest as they are, for the next process.
 * @returns how many were left
 */
export const drain = async (inProgress: QuestionsInProgress, graceMs: number): Promise<number> => {
  await atMost(allEnded(inProgress), graceMs);
  const left = inProgress.all();
  for (const question of left) question.cancel('shutting down');
  await atMost(allEnded(inProgress), LEAVE_MS);
  return left.length;
};
