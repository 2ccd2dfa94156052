import { RateLimitError } from 'discord.js';
import { createBuckets } from './buckets.ts';
import { createDraftPause } from './draft-pause.ts';
import type { BucketState } from '../rest/discord-api.ts';
import type { Action, Buckets } from './buckets.ts';

/** Ends of answers come first; drafts are overtaken by newer ones; notices of waiting come when there is nothing else. */
export type Rank = 'end' | 'draft' | 'notice';

/** What a job would do next. */
export interface Plan {
  readonly rank: Rank;
  readonly action: Action;
  /** The channel or the interaction whose limits it counts against. */
  readonly place: string;
  /** Not sooner, by `performance.now()`. */
  readonly notBefore: number;
}

export interface Outcome {
  readonly bucket: BucketState | undefined;
  /** Discord did what was asked, or said clearly why not. */
  readonly isAnswered: boolean;
}

/** How long a request would have to wait for Discord's limits now, in milliseconds. */
export type WaitOf = (action: Action, place: string) => number;

export interface PacedJob {
  /** It shows drafts, and will end one day. */
  readonly isWriting: boolean;
  /** What would bring what people see closer to what it should be; undefined when it is all there. Asked often. */
  plan(waitOf: WaitOf): Plan | undefined;
  /**
   * Does what was planned, with what is newest now, so that nothing stale waits in a queue; undefined when the newest asks
   * for something else. May reject with a `RateLimitError`, and with nothing else.
   */
  run(plan: Plan, waitOf: WaitOf): Promise<Outcome> | undefined;
  /** Discord is too slow for drafts: until it recovers, only the end will be written. */
  onPause(): void;
}

export interface Pacer {
  add(job: PacedJob): void;
  /** A job has something to do, from then on. */
  wake(notBefore: number): void;
  remove(job: PacedJob): void;
}

const ORDER: Readonly<Record<Rank, number>> = { end: 0, draft: 1, notice: 2 };

/** A refusal for limits is believed for so long, in milliseconds: they may end earlier than was said, and asking again costs little. */
const BELIEVED_MS = 60_000;

/** Notices of waiting leave that many requests of each window to answers. */
const NOTICE_RESERVE = 2;

/** Requests of each window that are kept for ends, so that drafts of one answer never hold up the end of another. */
const reserveOf = ({ rank, action }: Plan, writing: number): number => {
  if (rank === 'end') return 0;
  const forEnds = writing < 2 ? 0 : action === 'edit' && writing > 2 ? 2 : 1;
  return rank === 'notice' ? Math.max(forEnds, NOTICE_RESERVE) : forEnds;
};

/**
 * The one writer of a channel (or of an interaction): one request in flight, ends before drafts, then whoever waited
 * longest. All messages of a channel share Discord's limits, so all answers in it share this.
 * @see https://discord.com/developers/docs/topics/rate-limits
 */
const createPacer = (buckets: Buckets, onEmpty: () => void): Pacer => {
  /** In the order of their last turn. */
  const jobs = new Set<PacedJob>();
  const pause = createDraftPause();
  let isBusy = false;
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;

  /** Ends take whatever is left. Drafts share the rest of the window evenly, and leave the reserve. */
  const readyAt = (plan: Plan, writing: number, now: number): number => {
    const { rank, action, place, notBefore } = plan;
    const bucket = buckets.find(action, place, now);
    const floor = rank === 'end' ? notBefore : Math.max(notBefore, pause.until);
    if (bucket === undefined) return floor;
    const usable = bucket.remaining - reserveOf(plan, writing);
    if (usable <= 0) return Math.max(floor, bucket.resetAt);
    if (rank === 'end' || action === 'create') return floor;
    return Math.max(floor, bucket.readAt + (bucket.resetAt - bucket.readAt) / (usable + 1));
  };

  const waitOf: WaitOf = (action, place) => {
    const now = performance.now();
    const bucket = buckets.find(action, place, now);
    return bucket === undefined || bucket.remaining > 0 ? 0 : bucket.resetAt - now;
  };

  const settle = async (running: Promise<Outcome>, { action, place }: Plan): Promise<void> => {
    const startedAt = performance.now();
    const wasPaused = pause.until > startedAt;
    try {
      const { bucket, isAnswered } = await running;
      const now = performance.now();
      if (bucket !== undefined) buckets.learn(action, place, bucket, now);
      pause.note(isAnswered ? 'answered' : 'failed', now - startedAt, now);
    } catch (error) {
      if (!(error instanceof RateLimitError)) throw error;
      const now = performance.now();
      buckets.block(action, place, now + Math.min(error.retryAfter, BELIEVED_MS), now);
      pause.note('rate-limited', now - startedAt, now);
    } finally {
      isBusy = false;
      if (!wasPaused && pause.until > performance.now()) for (const job of jobs) job.onPause();
      pump();
    }
  };

  const start = (job: PacedJob, plan: Plan): boolean => {
    const running = job.run(plan, waitOf);
    if (running === undefined) return false;
    isBusy = true;
    jobs.delete(job);
    jobs.add(job);
    void settle(running, plan);
    return true;
  };

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    timerAt = Number.POSITIVE_INFINITY;
    if (isBusy) return;
    const now = performance.now();
    let writing = 0;
    for (const { isWriting } of jobs) if (isWriting) writing += 1;
    let chosen: { job: PacedJob; plan: Plan } | undefined;
    for (const job of jobs) {
      const plan = job.plan(waitOf);
      if (plan === undefined) continue;
      const at = readyAt(plan, writing, now);
      if (at > now) timerAt = Math.min(timerAt, at);
      else if (chosen === undefined || ORDER[plan.rank] < ORDER[chosen.plan.rank]) chosen = { job, plan };
    }
    if (chosen !== undefined) {
      if (!start(chosen.job, chosen.plan)) pump();
    } else if (timerAt !== Number.POSITIVE_INFINITY) timer = setTimeout(pump, timerAt - now);
  };

  return {
    add: (job) => {
      jobs.add(job);
    },
    wake: (notBefore) => {
      if (!isBusy && (timer === undefined || notBefore < timerAt)) pump();
    },
    remove: (job) => {
      jobs.delete(job);
      if (jobs.size === 0) {
        clearTimeout(timer);
        timer = undefined;
        onEmpty();
      }
    },
  };
};

export type Pacers = (key: string) => Pacer;

/** How long a channel's pacing is remembered after its last answer, in milliseconds: a window of Discord's limits. */
const REMEMBERED_MS = 10_000;

/** The pacers by channel or interaction; each is dropped some time after its last job. */
export const createPacers = (): Pacers => {
  const buckets = createBuckets();
  const pacers = new Map<string, { pacer: Pacer; drop: NodeJS.Timeout | undefined }>();
  return (key) => {
    const existing = pacers.get(key);
    if (existing !== undefined) {
      clearTimeout(existing.drop);
      existing.drop = undefined;
      return existing.pacer;
    }
    const entry: { pacer: Pacer; drop: NodeJS.Timeout | undefined } = {
      drop: undefined,
      pacer: createPacer(buckets, () => {
        entry.drop = setTimeout(() => pacers.delete(key), REMEMBERED_MS).unref();
      }),
    };
    pacers.set(key, entry);
    return entry.pacer;
  };
};
