import { RateLimitError } from 'discord.js';
import type { BucketState } from '../../../src/discord/rest/buckets.ts';
import type { Turn } from '../../../src/discord/rest/global-limit.ts';
import type { Outcome, PacedJob, Plan } from '../../../src/discord/rest/paced-job.ts';
import type { Scheduler } from '../../../src/discord/rest/scheduler.ts';

/** On the fake clock. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface FakeDiscordOptions {
  readonly perSecond: number;
  /** Milliseconds there and back, anew for each request. */
  readonly latencyMs: () => number;
  /** Requests of a kind that a place takes in five seconds; undefined: any number. */
  readonly perPlace?: number | undefined;
  /** Whether Discord fails at this request. */
  readonly fails?: () => boolean;
}

const WINDOW_MS = 1_000;
const PLACE_WINDOW_MS = 5_000;

const limited = (global: boolean, retryAfter: number): RateLimitError =>
  new RateLimitError({ global, hash: '', limit: 0, majorParameter: '', method: '', retryAfter, route: '', scope: 'user', sublimitTimeout: 0, timeToReset: retryAfter, url: '' });

/** Discord's limits, kept by the time at which requests arrive. */
export const createFakeDiscord = ({ perSecond, latencyMs, perPlace, fails = () => false }: FakeDiscordOptions) => {
  const arrivals: number[] = [];
  const windows = new Map<string, { used: number; endsAt: number }>();
  let closedUntil = 0;
  let refusals = 0;
  let mostInASecond = 0;

  const bucketOf = (key: string): BucketState | undefined => {
    if (perPlace === undefined) return undefined;
    const now = performance.now();
    const known = windows.get(key);
    const window = known === undefined || known.endsAt <= now ? { used: 0, endsAt: now + PLACE_WINDOW_MS } : known;
    windows.set(key, window);
    if (window.used >= perPlace) throw limited(false, window.endsAt - now);
    window.used += 1;
    return { name: key, remaining: perPlace - window.used, resetAfterMs: window.endsAt - now };
  };

  const countGlobally = (): void => {
    const now = performance.now();
    if (now < closedUntil) throw limited(true, closedUntil - now);
    const inLastSecond = arrivals.filter((at) => at > now - WINDOW_MS).length;
    if (inLastSecond >= perSecond) throw limited(true, 1_000);
    arrivals.push(now);
    mostInASecond = Math.max(mostInASecond, inLastSecond + 1);
  };

  return {
    arrivals,
    get refusals() {
      return refusals;
    },
    get mostInASecond() {
      return mostInASecond;
    },
    /** From now on, a global 429 for so long. */
    close: (forMs: number): void => {
      closedUntil = performance.now() + forMs;
    },
    request: async ({ action, place }: Pick<Plan, 'action' | 'place'>): Promise<Outcome> => {
      const oneWay = latencyMs() / 2;
      await pass(oneWay);
      try {
        if (place.countsGlobally) countGlobally();
        const bucket = bucketOf(`${action} ${place.id}`);
        return { bucket, isAnswered: !fails() };
      } catch (error) {
        refusals += 1;
        throw error;
      } finally {
        await pass(oneWay);
      }
    },
  };
};

export type FakeDiscord = ReturnType<typeof createFakeDiscord>;

export interface FakeAnswerOptions {
  readonly scheduler: Scheduler;
  readonly discord: FakeDiscord;
  readonly place: string;
  readonly countsGlobally?: boolean;
  /** How long it is written, in milliseconds, and how fast, in characters a second. */
  readonly forMs: number;
  readonly charactersPerSecond?: number;
  readonly onSend?: (plan: Plan, answer: FakeAnswer) => void;
}

export interface FakeAnswer {
  readonly job: PacedJob;
  readonly place: string;
  /** When each request for it went, and when people saw what it brought. */
  readonly sent: readonly number[];
  readonly seen: readonly { readonly at: number; readonly length: number }[];
  readonly startedAt: number;
  readonly endedAt: number;
  /** When its end was there. */
  readonly done: Promise<number>;
}

const DRAFT_EVERY_MS = 1_000;
const DELTA_EVERY_MS = 20;
const AGAIN_AFTER_MS = 500;

/** An answer as the view writes one: first words, drafts, an end, each tried again where Discord fails. */
export const writeAnswer = ({ scheduler, discord, place: id, countsGlobally = true, forMs, charactersPerSecond = 200, onSend }: FakeAnswerOptions): FakeAnswer => {
  const startedAt = performance.now();
  const endedAt = startedAt + forMs;
  const place = { id, countsGlobally };
  const pacer = scheduler.pacer(id);
  const sent: number[] = [];
  const seen: { at: number; length: number }[] = [];
  const whole = Math.ceil((forMs / 1_000) * charactersPerSecond);
  let shown = 0;
  let sentLength = 0;
  /** What is written is more than what was sent, and the schedule knows. */
  let isStale = false;
  let isThere = false;
  let isEndThere = false;
  let inFlight = 0;
  let draftAt = 0;
  let notBefore = 0;
  let since = startedAt;
  let finish: (at: number) => void = () => undefined;
  const done = new Promise<number>((resolve) => (finish = resolve));

  const written = (): number => Math.max(1, Math.min(whole, Math.floor(((performance.now() - startedAt) / 1_000) * charactersPerSecond)));
  const isEnding = (): boolean => performance.now() >= endedAt;

  const send = async (plan: Plan, turn: Turn | undefined): Promise<Outcome> => {
    const length = written();
    sentLength = length;
    isStale = false;
    const isEnd = isEnding();
    inFlight += 1;
    onSend?.(plan, answer);
    turn?.go();
    sent.push(performance.now());
    since = performance.now();
    draftAt = since + DRAFT_EVERY_MS;
    try {
      const outcome = await discord.request(plan);
      if (outcome.isAnswered) {
        isThere = true;
        shown = length;
        seen.push({ at: performance.now(), length });
        isEndThere ||= isEnd;
      } else {
        notBefore = performance.now() + AGAIN_AFTER_MS;
        setTimeout(() => pacer.wake(0), AGAIN_AFTER_MS);
      }
      return outcome;
    } finally {
      turn?.arrived();
      inFlight -= 1;
      if (isEndThere) {
        pacer.remove(job);
        finish(performance.now());
      }
    }
  };

  const job: PacedJob = {
    isWriting: () => true,
    unseen: () => written() - shown,
    plan: () => {
      if (inFlight > 0 || isEndThere || performance.now() < notBefore || (!isEnding() && written() === shown)) return undefined;
      const isFirst = shown === 0;
      const rank = isEnding() ? 'end' : isFirst ? 'first words' : 'draft';
      return { rank, action: isThere ? 'edit' : 'create', place, notBefore: rank === 'draft' ? draftAt : 0, since };
    },
    run: (plan, _waitOf, turn) => send(plan, turn),
    onPause: () => undefined,
  };

  const answer: FakeAnswer = { job, place: id, sent, seen, startedAt, endedAt, done };
  pacer.add(job);
  pacer.wake(0);
  const grow = setInterval(() => {
    if (isEndThere) clearInterval(grow);
    if (isStale || written() === sentLength) return;
    isStale = true;
    pacer.wake(draftAt);
  }, DELTA_EVERY_MS);
  setTimeout(() => pacer.wake(0), forMs);
  return answer;
};
