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

class QuestionUntilSettled implements LiveQuestion {
  #current: Question;
  #isSettled = false;

  constructor(question: Question) {
    this.#current = question;
  }

  get current(): Question {
    return this.#current;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  settle(): Question {
    this.#isSettled = true;
    return this.#current;
  }

  revise(question: Question): void {
    this.#current = question;
  }
}

export const createLiveQuestion = (question: Question): LiveQuestion => new QuestionUntilSettled(question);
