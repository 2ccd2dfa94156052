/** Least time between two edits of an answer, in milliseconds, from which length on: long answers are read more slowly than they grow. */
const DRAFT_INTERVALS: readonly { readonly fromLength: number; readonly ms: number }[] = [
  { fromLength: 12_000, ms: 4_000 },
  { fromLength: 4_000, ms: 2_000 },
  { fromLength: 1, ms: 1_000 },
];
const NOTICE_INTERVAL_MS = 2_500;

/** When the next draft may come, and how much of the text nobody has seen. All times by `performance.now()`. */
export interface DraftPace {
  /** The next one not sooner. */
  readonly notBefore: number;
  /** Since when there has been something that nobody sees. */
  readonly since: number;
  /** How much of the text nobody has seen, in characters. */
  readonly unseen: number;
  /** Something of the text was sent. */
  readonly hasSentWords: boolean;
  /** The text is so long now, in characters. */
  grew(length: number): void;
  /** The next one need not wait for what went before. */
  free(): void;
  /** The next one not before so many milliseconds from now. */
  hold(ms: number): void;
  /** From now on there is something that nobody sees. */
  news(): void;
  /** All that there is goes now. Gives back what to call when nobody saw it: what comes next then has the place of this one. */
  sent(): () => void;
}

class PaceByLength implements DraftPace {
  #notBefore = 0;
  #since = performance.now();
  #length = 0;
  #sentLength = 0;

  get notBefore(): number {
    return this.#notBefore;
  }

  get since(): number {
    return this.#since;
  }

  get unseen(): number {
    return this.#length - this.#sentLength;
  }

  get hasSentWords(): boolean {
    return this.#sentLength > 0;
  }

  grew(length: number): void {
    if (this.unseen === 0) this.news();
    this.#length = length;
  }

  free(): void {
    this.#notBefore = 0;
  }

  hold(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, performance.now() + ms);
  }

  news(): void {
    this.#since = performance.now();
  }

  sent(): () => void {
    const [since, sentLength] = [this.#since, this.#sentLength];
    this.news();
    this.#sentLength = this.#length;
    this.#notBefore = this.#since + (DRAFT_INTERVALS.find(({ fromLength }) => this.#length >= fromLength)?.ms ?? NOTICE_INTERVAL_MS);
    return () => {
      this.#since = since;
      this.#sentLength = sentLength;
    };
  }
}

export const createDraftPace = (): DraftPace => new PaceByLength();
