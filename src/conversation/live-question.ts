import type { Question } from './question.ts';

/** A question that whoever asked it may change until the model is asked. */
export interface LiveQuestion {
  /** As it reads now. */
  readonly current: Question;
  /** Whether the model was asked: what is changed from then on comes too late. */
  readonly isSettled: boolean;
  /** As it is asked: from now on it stays so. */
  settle(): Question;
  /** To be called only before it is settled. */
  revise(question: Question): void;
}

export const createLiveQuestion = (question: Question): LiveQuestion => {
  let current = question;
  let isSettled = false;
  return {
    get current() {
      return current;
    },
    get isSettled() {
      return isSettled;
    },
    settle: () => {
      isSettled = true;
      return current;
    },
    revise: (revised) => {
      current = revised;
    },
  };
};
