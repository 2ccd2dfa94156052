import type { REST, RESTOptions, RateLimitData } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];

export interface ClockSteps {
  /** Looks at the clock with each request: the limits that its answer names are counted from then. */
  noting(makeRequest: MakeRequest): MakeRequest;
  /**
   * Of a limit that a request is to wait for: whether a clock that was set back is all there is to it. Then discord.js's
   * limits are forgotten, and the same request may go at once.
   */
  isAllThereIs(rest: REST, limit: RateLimitData): boolean;
}

/** Clocks are also slowed down, and by less than this until nothing of the past matters any more. In milliseconds. */
const A_STEP_MS = 1_000;

const wallAhead = (): number => Date.now() - performance.now();

/**
 * discord.js remembers until when a limit holds by the wall clock, that of the whole bot among them. Where that
 * is set back by an hour, nothing is sent for an hour. Discord counts by its own clock, and says so again with the next answer.
 */
export const createClockSteps = (): ClockSteps => {
  /** What the wall clock was ahead of the monotonic one, at most, when a limit was counted. */
  let ahead = wallAhead();
  return {
    noting: (makeRequest) => async (url, init) => {
      ahead = Math.max(ahead, wallAhead());
      const response = await makeRequest(url, init);
      ahead = Math.max(ahead, wallAhead());
      return response;
    },
    isAllThereIs: (rest, limit) => {
      const now = wallAhead();
      if (ahead - now < A_STEP_MS) return false;
      ahead = now;
      rest.globalReset = -1;
      rest.globalRemaining = Math.max(1, rest.options.globalRequestsPerSecond);
      rest.globalDelay = null;
      // Buckets, each with the time until which it is empty.
      rest.handlers.clear();
      // What its error will say: discord.js makes it from these.
      Object.assign(limit, { timeToReset: 0, retryAfter: 0, sublimitTimeout: 0 });
      return true;
    },
  };
};
