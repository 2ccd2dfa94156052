import { createBuckets } from './buckets.ts';
import type { Action, BucketState } from './buckets.ts';
import type { LimitedPlace, Plan } from './paced-job.ts';

/** Notices of waiting leave that many requests of each of a place's windows to answers. */
const NOTICE_RESERVE = 2;

const isEnd = ({ rank }: Plan): boolean => rank === 'end' || rank === 'urgent';

/** Requests of each of a place's windows that are kept for ends, so that drafts of one answer never hold up the end of another. */
const reserveOf = (plan: Plan, writing: number): number => {
  if (isEnd(plan)) return 0;
  const forEnds = writing < 2 ? 0 : plan.action === 'edit' && writing > 2 ? 2 : 1;
  return plan.rank === 'notice' ? Math.max(forEnds, NOTICE_RESERVE) : forEnds;
};

/** What places have left of their own limits, and how it is shared out among the answers in each. */
export interface PlaceLimits {
  /** When what is planned may go, by `performance.now()`. @param pausedUntil for all but ends @param writing how many answers grow there */
  readyAt(plan: Plan, pausedUntil: number, writing: number, now: number): number;
  /** How long Discord said to wait, in milliseconds. */
  waitOf(action: Action, place: LimitedPlace, now: number): number;
  learn(action: Action, place: LimitedPlace, state: BucketState, now: number): void;
  /** Discord refused a request: nothing more until then. */
  block(action: Action, place: LimitedPlace, until: number, now: number): void;
}

export const createPlaceLimits = (): PlaceLimits => {
  const buckets = createBuckets();
  return {
    /** Ends take whatever is left of a place's window. Drafts share the rest evenly, and leave the reserve. */
    readyAt: (plan, pausedUntil, writing, now) => {
      const { action, place, notBefore } = plan;
      const bucket = buckets.find(action, place.id, now);
      const floor = isEnd(plan) ? notBefore : Math.max(notBefore, pausedUntil);
      if (bucket === undefined) return floor;
      const usable = bucket.remaining - reserveOf(plan, writing);
      if (usable <= 0) return Math.max(floor, bucket.resetAt);
      if (isEnd(plan) || action === 'create') return floor;
      return Math.max(floor, bucket.readAt + (bucket.resetAt - bucket.readAt) / (usable + 1));
    },
    waitOf: (action, { id }, now) => {
      const bucket = buckets.find(action, id, now);
      return bucket === undefined || bucket.remaining > 0 ? 0 : bucket.resetAt - now;
    },
    learn: (action, { id }, state, now) => buckets.learn(action, id, state, now),
    block: (action, { id }, until, now) => buckets.block(action, id, until, now),
  };
};
