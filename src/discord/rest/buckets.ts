/** What the headers of an answer say of the route's rate-limit bucket. */
export interface BucketState {
  /** Discord's name for it: routes with the same name are counted together. */
  readonly name: string | undefined;
  readonly remaining: number;
  /** Milliseconds until the bucket is full again. */
  readonly resetAfterMs: number;
}

export type Action = 'create' | 'edit' | 'delete';

/** What one of Discord's buckets has left, as its headers told. Times are of `performance.now()`. */
export interface Bucket {
  readonly remaining: number;
  /** When the headers were read. */
  readonly readAt: number;
  /** When it is full again, with a margin. */
  readonly resetAt: number;
}

/**
 * The buckets of all channels and interactions, so that everybody who writes to the same place counts together. Nothing is
 * known of a bucket before its first headers, nor after its window.
 * @see https://discord.com/developers/docs/topics/rate-limits
 */
export interface Buckets {
  /** How many routes something is remembered of, whether it still counts or not. */
  readonly size: number;
  find(action: Action, place: string, now: number): Bucket | undefined;
  learn(action: Action, place: string, state: BucketState, now: number): void;
  /** Discord refused a request: nothing more until then. */
  block(action: Action, place: string, until: number, now: number): void;
}

/** Added to a reset, in milliseconds: discord.js itself waits 50 ms longer than Discord asks. */
const RESET_MARGIN_MS = 55;
const SWEEP_FROM_SIZE = 1_000;

export const createBuckets = (): Buckets => {
  const byRoute = new Map<string, { bucket: Bucket }>();
  const byName = new Map<string, { bucket: Bucket }>();

  let sweepFrom = SWEEP_FROM_SIZE;

  const sweep = (now: number): void => {
    for (const buckets of [byRoute, byName]) {
      for (const [key, { bucket }] of buckets) if (bucket.resetAt <= now) buckets.delete(key);
    }
    // However many are alive, a look at all of them is rare.
    sweepFrom = Math.max(SWEEP_FROM_SIZE, 2 * (byRoute.size + byName.size));
  };

  const put = (route: string, name: string, bucket: Bucket): void => {
    if (byRoute.size + byName.size > sweepFrom) sweep(bucket.readAt);
    const slot = byName.get(name) ?? { bucket };
    slot.bucket = bucket;
    byName.set(name, slot);
    byRoute.set(route, slot);
  };

  return {
    get size() {
      return byRoute.size;
    },
    find: (action, place, now) => {
      const bucket = byRoute.get(`${action} ${place}`)?.bucket;
      return bucket === undefined || bucket.resetAt <= now ? undefined : bucket;
    },
    learn: (action, place, { name, remaining, resetAfterMs }, now) => {
      const route = `${action} ${place}`;
      put(route, `${name ?? action} ${place}`, { remaining, readAt: now, resetAt: now + resetAfterMs + RESET_MARGIN_MS });
    },
    block: (action, place, until, now) => {
      const route = `${action} ${place}`;
      byRoute.set(route, { bucket: { remaining: 0, readAt: now, resetAt: until + RESET_MARGIN_MS } });
    },
  };
};

const numberHeader = (headers: Headers, name: string): number | undefined => {
  const value = headers.get(name);
  return value === null || value === '' ? undefined : Number(value);
};

/** Undefined where they say nothing of it. */
export const bucketState = (headers: Headers): BucketState | undefined => {
  const remaining = numberHeader(headers, 'x-ratelimit-remaining');
  const resetAfter = numberHeader(headers, 'x-ratelimit-reset-after');
  if (remaining === undefined || resetAfter === undefined) return undefined;
  return { name: headers.get('x-ratelimit-bucket') ?? undefined, remaining, resetAfterMs: resetAfter * 1000 };
};
