import { RateLimitError } from 'discord.js';
import type { BucketState } from '../discord-api.ts';

/** One request that would bring what people see closer to what it should be. */
export interface PacedStep {
  readonly kind: 'create' | 'edit';
  /** Finals end a message or an answer; drafts are overtaken by newer ones. */
  readonly isFinal: boolean;
  /** Least time between two drafts, in milliseconds. */
  readonly intervalMs: number;
  /** Resolves with the bucket's state. May reject with a `RateLimitError`, and with nothing else. */
  run(): Promise<BucketState | undefined>;
}

export interface PacedJob {
  /** What to do now, decided when it is about to be done: so the newest text wins, and nothing stale waits in a queue. */
  next(): PacedStep | undefined;
}

export interface Pacer {
  add(job: PacedJob): void;
  /**
   * Something changed in a job of this pacer. A draft that only grew does not hurry what is already planned; first words
   * and ends do.
   */
  wake(isUrgent: boolean): void;
  remove(job: PacedJob): void;
}

/** Waited beyond a bucket's reset, because clocks differ, in milliseconds. */
const RESET_MARGIN_MS = 50;

interface Bucket {
  blockedUntil: number;
  nextDraftAt: number;
}

/**
 * The one writer of a channel (or of an interaction): one request in flight, finals before drafts, then whoever waited
 * longest. All messages of a channel share Discord's limits, so all answers in it share this.
 * @see https://discord.com/developers/docs/topics/rate-limits
 */
const createPacer = (onEmpty: () => void): Pacer => {
  /** In the order of their last turn. */
  const jobs = new Set<PacedJob>();
  const buckets: Record<PacedStep['kind'], Bucket> = {
    create: { blockedUntil: 0, nextDraftAt: 0 },
    edit: { blockedUntil: 0, nextDraftAt: 0 },
  };
  let isBusy = false;
  let timer: NodeJS.Timeout | undefined;

  const readyAt = ({ kind, isFinal }: PacedStep): number => {
    const { blockedUntil, nextDraftAt } = buckets[kind];
    return isFinal || kind === 'create' ? blockedUntil : Math.max(blockedUntil, nextDraftAt);
  };

  const run = async (job: PacedJob, step: PacedStep): Promise<void> => {
    const bucket = buckets[step.kind];
    const startedAt = performance.now();
    isBusy = true;
    jobs.delete(job);
    jobs.add(job);
    try {
      const state = await step.run();
      const now = performance.now();
      const spread = state === undefined ? 0 : state.resetAfterMs / (state.remaining + 1);
      bucket.nextDraftAt = Math.max(startedAt + step.intervalMs, now + spread);
      if (state?.remaining === 0) bucket.blockedUntil = now + state.resetAfterMs + RESET_MARGIN_MS;
    } catch (error) {
      if (!(error instanceof RateLimitError)) throw error;
      bucket.blockedUntil = performance.now() + error.retryAfter + RESET_MARGIN_MS;
    } finally {
      isBusy = false;
      pump();
    }
  };

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (isBusy) return;
    const now = performance.now();
    let chosen: { job: PacedJob; step: PacedStep } | undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const job of jobs) {
      const step = job.next();
      if (step === undefined) continue;
      const at = readyAt(step);
      if (at > now) earliest = Math.min(earliest, at);
      else if (chosen === undefined || (step.isFinal && !chosen.step.isFinal)) chosen = { job, step };
    }
    if (chosen !== undefined) void run(chosen.job, chosen.step);
    else if (earliest !== Number.POSITIVE_INFINITY) timer = setTimeout(pump, earliest - now);
  };

  return {
    add: (job) => {
      jobs.add(job);
    },
    wake: (isUrgent) => {
      if (isUrgent || timer === undefined) pump();
    },
    remove: (job) => {
      jobs.delete(job);
      if (jobs.size === 0) {
        clearTimeout(timer);
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
      pacer: createPacer(() => {
        entry.drop = setTimeout(() => pacers.delete(key), REMEMBERED_MS).unref();
      }),
    };
    pacers.set(key, entry);
    return entry.pacer;
  };
};
