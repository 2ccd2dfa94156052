const FIRST_MS = 500;
const LONGEST_MS = 8_000;

/** The pauses between requests while Discord fails: each twice as long as the one before. */
export interface RetryPause {
  /** Nothing is to be tried now. */
  readonly isOn: boolean;
  /** The last request did not work, nor perhaps those before it. */
  readonly hasFailed: boolean;
  begin(): void;
  /** A request worked: the next pause is a short one again. */
  worked(): void;
  /** What is to be said has changed: it is tried at once. */
  forget(): void;
  end(): void;
}

class DoublingPause implements RetryPause {
  readonly #onOver: () => void;
  #until = 0;
  #nextMs = FIRST_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  get isOn(): boolean {
    return performance.now() < this.#until;
  }

  get hasFailed(): boolean {
    return this.#nextMs > FIRST_MS;
  }

  begin(): void {
    this.#until = performance.now() + this.#nextMs;
    this.#timer = setTimeout(() => {
      this.#until = 0;
      this.#onOver();
    }, this.#nextMs);
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
  }

  worked(): void {
    this.#nextMs = FIRST_MS;
  }

  forget(): void {
    this.end();
    this.#until = 0;
    this.#nextMs = FIRST_MS;
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** @param onOver hears when a pause is over */
export const createRetryPause = (onOver: () => void): RetryPause => new DoublingPause(onOver);
