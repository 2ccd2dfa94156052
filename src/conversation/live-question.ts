import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from './question.ts';

/** A question that whoever asked it may change until the model is asked, and go on with until it answers. */
export interface LiveQuestion {
  /** As it reads now, with all that was said of it. */
  readonly current: Question;
  /** Whether the model was asked: what is changed from then on comes too late. */
  readonly isSettled: boolean;
  /** Whether more may be said of it: nothing of its answer is there. */
  readonly isOpen: boolean;
  /** As it is asked: from now on it stays so. */
  settle(): Question;
  /** What it was asked with was changed. To be called only before it is settled. */
  revise(question: Question): void;
  /** More of it was said, in a message of its own, or that was changed: it is asked from its beginning. Only while it is open. */
  extend(more: Question): void;
  /**
   * A message of it was taken back; true where it was one of several, and the others still ask something. Only while it is open.
   * @param isAsked whether these do, oldest first; absent: they do
   */
  withdraw(id: string, isAsked?: (rest: readonly Question[]) => boolean): boolean;
  /** The ids of the messages that more of it was said in. */
  readonly more: readonly string[];
  /** It is asked from its beginning. Only while it is open. */
  again(): void;
  /** Nothing is answered until this is called as often: somebody finds out whether more was said. */
  hold(): () => void;
  /** More may come within so many milliseconds. */
  expectMore(forMs: number): void;
  /** Resolves when no more is expected. @throws the signal's reason */
  quiet(signal: AbortSignal): Promise<void>;
  /** Whether nobody holds it. */
  readonly isFree: boolean;
  /** Resolves when nobody does. */
  free(): Promise<void>;
  /** Its answer begins, or it has ended without one. */
  close(): void;
  /** Aborts when it is to be asked from its beginning; one for each time. */
  readonly attempt: AbortSignal;
}

/** Makes one question of the messages that it was said in, oldest first. */
export type JoinQuestions = (first: Question, parts: readonly Question[]) => Question;

export const partsAsOne = (texts: readonly string[]): string => texts.filter((text) => text !== '').join('\n');

/** The texts of all, as if they had been written in one message. */
export const joinTexts: JoinQuestions = (first, parts) => ({
  ...first,
  text: partsAsOne(parts.map(({ text }) => text)),
  parts: parts.flatMap(({ id }) => (id === first.id ? [] : [id])),
});

/** What is asked where the first message of a question was taken back: the others, known and remembered as it was. */
export const withoutFirst = (first: Pick<Question, 'id' | 'conversationId'>, parts: readonly Question[], join: JoinQuestions): Question | undefined => {
  const [next] = parts;
  return next === undefined ? undefined : { ...join({ ...next, ...first }, parts), isFirstGone: true };
};

/** What stays as it is, whoever of its messages is left. */
const standing = ({ id, conversationId, continues, continuesOr }: Question): Pick<Question, 'id' | 'conversationId'> => ({
  id,
  conversationId,
  ...(continues === undefined ? {} : { continues }),
  ...(continuesOr === undefined ? {} : { continuesOr }),
});

/** Whoever goes on and on is answered at last. In milliseconds from the first word. */
const LONGEST_WAIT_MS = 15_000;

const byId = (one: Question, other: Question): number => (BigInt(one.id) < BigInt(other.id) ? -1 : 1);

class QuestionUntilAnswered implements LiveQuestion {
  readonly #join: JoinQuestions;
  readonly #began = performance.now();
  #first: Question;
  #current: Question;
  #more = new Map<string, Question>();
  #isFirstGone = false;
  #isSettled = false;
  #isOpen = true;
  #attempt = new AbortController();
  #quietAt = 0;
  #holders = 0;
  #onFree: (() => void)[] = [];

  constructor(question: Question, join: JoinQuestions) {
    this.#first = question;
    this.#current = question;
    this.#join = join;
  }

  get current(): Question {
    return this.#current;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get more(): readonly string[] {
    return [...this.#more.keys()];
  }

  get isFree(): boolean {
    return this.#holders === 0;
  }

  get attempt(): AbortSignal {
    return this.#attempt.signal;
  }

  #read(): void {
    const more = [...this.#more.values()].toSorted(byId);
    const rest = this.#isFirstGone ? withoutFirst(standing(this.#first), more, this.#join) : undefined;
    this.#current = rest ?? (more.length === 0 ? this.#first : this.#join(this.#first, [this.#first, ...more].toSorted(byId)));
  }

  settle(): Question {
    this.#isSettled = true;
    return this.#current;
  }

  revise(question: Question): void {
    this.#first = question;
    this.#read();
  }

  extend(more: Question): void {
    this.#more.set(more.id, more);
    this.#read();
    this.again();
  }

  withdraw(id: string, isAsked: (rest: readonly Question[]) => boolean = (rest) => rest.length > 0): boolean {
    const said = [...(this.#isFirstGone ? [] : [this.#first]), ...this.#more.values()].toSorted(byId);
    const rest = said.filter((one) => one.id !== id);
    if (rest.length === said.length || !isAsked(rest)) return false;
    if (!this.#more.delete(id)) this.#isFirstGone = true;
    this.#read();
    this.again();
    return true;
  }

  again(): void {
    this.#isSettled = false;
    this.#attempt.abort(new Error('The question is asked from its beginning.'));
    this.#attempt = new AbortController();
  }

  hold(): () => void {
    this.#holders += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders -= 1;
      if (this.#holders > 0) return;
      for (const onFree of this.#onFree.splice(0)) onFree();
    };
  }

  async free(): Promise<void> {
    while (this.#holders > 0) await new Promise<void>((resolve) => this.#onFree.push(resolve));
  }

  expectMore(forMs: number): void {
    this.#quietAt = Math.min(performance.now() + forMs, this.#began + LONGEST_WAIT_MS);
  }

  async quiet(signal: AbortSignal): Promise<void> {
    for (let left = this.#quietAt - performance.now(); left > 0; left = this.#quietAt - performance.now()) await sleep(Math.ceil(left), undefined, { signal });
    await this.free();
  }

  close(): void {
    this.#isOpen = false;
  }
}

export const createLiveQuestion = (question: Question, join: JoinQuestions = joinTexts): LiveQuestion => new QuestionUntilAnswered(question, join);
