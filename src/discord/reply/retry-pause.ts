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

/** @param onOver hears when a pause is over */
export const createRetryPause = (onOver: () => void): RetryPause => {
  let until = 0;
  let nextMs = FIRST_MS;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => clearTimeout(timer);
  return {
    get isOn() {
      return performance.now() < until;
    },
    get hasFailed() {
      return nextMs > FIRST_MS;
    },
    begin: () => {
      until = performance.now() + nextMs;
      timer = setTimeout(() => {
        until = 0;
        onOver();
      }, nextMs);
      nextMs = Math.min(nextMs * 2, LONGEST_MS);
    },
    worked: () => {
      nextMs = FIRST_MS;
    },
    forget: () => {
      end();
      until = 0;
      nextMs = FIRST_MS;
    },
    end,
  };
};
