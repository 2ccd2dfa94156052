import type { FailureKind } from '../conversation/failure.ts';

export interface Retry {
  /** How often a call is tried again. */
  readonly times: number;
  /** Waited before the first time, twice as long before each further one. The gate waits besides, where it was closed. */
  readonly firstMs: number;
}

/**
 * What may go better the next time. Everything else fails at once: a request that was refused is refused again, and a
 * key or a model that may not be used stays so.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 */
const RETRIES: Readonly<Partial<Record<FailureKind, Retry>>> = {
  // After these the breaker says how long.
  throttled: { times: 5, firstMs: 0 },
  overloaded: { times: 5, firstMs: 0 },
  'service-error': { times: 2, firstMs: 1_000 },
  network: { times: 2, firstMs: 1_000 },
  'model-error': { times: 1, firstMs: 1_000 },
  'model-timed-out': { times: 1, firstMs: 1_000 },
  'stream-broken': { times: 1, firstMs: 500 },
};

/** No call is begun anew after so long, in milliseconds: the person has given up by then. */
const GIVE_UP_AFTER_MS = 5 * 60_000;

/** Share of the time that is added at random, so that those who failed together do not come back together. */
const JITTER = 0.5;

/**
 * How long to wait before a call is tried again, in milliseconds; undefined: no more.
 * @param failures how often it has failed, this one included
 * @param sinceMs time since it was first made
 * @param scale of all waits
 */
export const retryAfterMs = (kind: FailureKind, failures: number, sinceMs: number, scale = 1): number | undefined => {
  const retry = RETRIES[kind];
  if (retry === undefined || failures > retry.times || sinceMs > GIVE_UP_AFTER_MS) return undefined;
  return scale * retry.firstMs * 2 ** (failures - 1) * (1 + JITTER * Math.random());
};
