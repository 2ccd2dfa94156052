import type { Action, BucketState } from './buckets.ts';
import type { Turn } from './global-limit.ts';
import type { Rank } from './turn-order.ts';

/** The channel or the interaction whose own limits a request counts against. */
export interface LimitedPlace {
  readonly id: string;
  /** Whether it counts against the limit of the whole bot, too: responses to interactions do not. */
  readonly countsGlobally: boolean;
}

/** What a job would do next. */
export interface Plan {
  readonly rank: Rank;
  readonly action: Action;
  readonly place: LimitedPlace;
  /** Not sooner, by `performance.now()`. */
  readonly notBefore: number;
  /** Since when there has been something that nobody sees, by `performance.now()`. */
  readonly since: number;
}

export interface Outcome {
  readonly bucket: BucketState | undefined;
  /** Discord did what was asked, or said clearly why not. */
  readonly isAnswered: boolean;
}

/** How long a request would have to wait now for what Discord said of its limits, in milliseconds. */
export type WaitOf = (action: Action, place: LimitedPlace) => number;

/** An answer that is being written: a wish, which is worked out when its turn comes. */
export interface PacedJob {
  /** It shows drafts, and will end one day. */
  isWriting(): boolean;
  /** How much of its text nobody has seen, in characters. */
  unseen(): number;
  /** What would bring what people see closer to what it should be; undefined when it is all there. Asked often. */
  plan(waitOf: WaitOf): Plan | undefined;
  /**
   * Does what was planned, with what is newest now, so that nothing stale waits in a queue; undefined when the newest asks
   * for something else. May reject with a `RateLimitError`, and with nothing else.
   * @param turn for its request; undefined where that counts against nothing but its place
   */
  run(plan: Plan, waitOf: WaitOf, turn: Turn | undefined): Promise<Outcome> | undefined;
  /** Discord is too slow for drafts: until it recovers, only the end will be written. */
  onPause(): void;
}

/** The way from one place into the schedule of all. */
export interface Pacer {
  add(job: PacedJob): void;
  /** A job has something to do, from then on. */
  wake(notBefore: number): void;
  remove(job: PacedJob): void;
}
