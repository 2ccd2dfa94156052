import { RateLimitError } from 'discord.js';
import { createDraftPause } from './draft-pause.ts';
import { BELIEVED_MS, createGlobalLimit } from './global-limit.ts';
import { createPlaceLimits } from './place-limits.ts';
import { createTurnOrder, goesBefore, isHigher, keptFrom } from './turn-order.ts';
import type { DraftPause } from './draft-pause.ts';
import type { GlobalLimit, Turn } from './global-limit.ts';
import type { Outcome, PacedJob, Pacer, Plan, WaitOf } from './paced-job.ts';
import type { Rank, Waiter } from './turn-order.ts';

export interface Scheduler {
  readonly limit: Pick<GlobalLimit, 'close'>;
  /** So much of the limit of the bot is for this process, above 0: one request a second at least. */
  share(part: number): void;
  /** Requests of the last second, and such that wait. */
  needed(): number;
  /** Jobs with the same key share one place, as they share Discord's limits. */
  pacer(key: string): Pacer;
  /** For one request that is no answer's. Rejects with the signal's reason where that comes first. */
  turn(rank: Rank, signal?: AbortSignal): Promise<Turn>;
  /** For one that nobody misses; undefined where others would have to wait for it. */
  turnIfIdle(): Turn | undefined;
  /** How much waits to be sent: for its turn, or for what its place may do. */
  backlog(): number;
}

/** What a job wants, in the order of all. */
class JobsWaiter implements Waiter {
  readonly #job: PacedJob;
  readonly rank: Rank;
  readonly since: number;
  readonly serve: () => void;

  constructor(job: PacedJob, rank: Rank, since: number, serve: () => void) {
    this.#job = job;
    this.rank = rank;
    this.since = since;
    this.serve = serve;
  }

  get unseen(): number {
    return this.#job.unseen();
  }
}

interface Candidate {
  readonly job: PacedJob;
  readonly plan: Plan;
  readonly waiter: Waiter;
}

interface Place {
  /** In the order of their last turn. */
  readonly jobs: Set<PacedJob>;
  readonly pause: DraftPause;
  /** One request at a time: Discord's answer to it says what is left. */
  isBusy: boolean;
  /** Places of jobs whose next request is for this one, for when it is not busy any more. */
  readonly waiting: Set<Place>;
  /** For what its limits would let go now. */
  waiter: Waiter | undefined;
  timer: NodeJS.Timeout | undefined;
  timerAt: number;
  drop: NodeJS.Timeout | undefined;
}

/** How long a place is remembered after its last answer, in milliseconds: a window of Discord's limits. */
const REMEMBERED_MS = 10_000;

/** So many requests are made in one turn of the event loop: what Discord says meanwhile is heard between them. */
const AT_ONCE = 8;

/**
 * What goes to Discord next, of all channels: the one place that decides. A place has one request in flight, and its own limits,
 * which all answers in it share; all places together have the limit of the bot. What waits is no request but a wish, so that
 * what goes is always the newest, and discord.js, which gets only what can go at once, holds nothing up.
 * @param requestsPerSecond over all routes, as Discord granted them
 * @see https://discord.com/developers/docs/topics/rate-limits
 */
export const createScheduler = (requestsPerSecond: number): Scheduler => {
  const limits = createPlaceLimits();
  const places = new Map<string, Place>();
  const order = createTurnOrder();
  /** Drafts go one by one: behind many at once, nothing could go for a second. */
  let draftFrom = 0;
  let isServing = false;
  let timer: NodeJS.Timeout | undefined;
  let later: NodeJS.Immediate | undefined;

  const limit = createGlobalLimit(requestsPerSecond, () => serve());

  const placeOf = (key: string): Place => {
    const known = places.get(key);
    if (known !== undefined) return known;
    const place: Place = {
      jobs: new Set(),
      pause: createDraftPause(),
      isBusy: false,
      waiting: new Set(),
      waiter: undefined,
      timer: undefined,
      timerAt: Number.POSITIVE_INFINITY,
      drop: undefined,
    };
    places.set(key, place);
    forgetLater(key, place);
    return place;
  };

  const forgetLater = (key: string, place: Place): void => {
    const forget = (): void => {
      if (place.isBusy) forgetLater(key, place);
      else if (place.jobs.size === 0) places.delete(key);
    };
    clearTimeout(place.drop);
    place.drop = setTimeout(forget, REMEMBERED_MS).unref();
  };

  const waitOf: WaitOf = (action, place) => {
    const now = performance.now();
    const ofPlace = limits.waitOf(action, place, now);
    return place.countsGlobally ? Math.max(ofPlace, limit.closedUntil - now) : ofPlace;
  };

  const writingIn = ({ jobs }: Place): number => {
    let writing = 0;
    for (const job of jobs) if (job.isWriting()) writing += 1;
    return writing;
  };

  const waiterOf = (place: Place, job: PacedJob, { rank, since }: Plan): Waiter => new JobsWaiter(job, rank, since, () => servePlace(place, rank));

  /** What a place's own limits would let go now, or when they will. */
  const look = (place: Place, now: number): { readonly chosen: Candidate | undefined; readonly at: number } => {
    let chosen: Candidate | undefined;
    let at = Number.POSITIVE_INFINITY;
    for (const job of place.jobs) {
      const plan = job.plan(waitOf);
      if (plan === undefined) continue;
      const target = placeOf(plan.place.id);
      if (target.isBusy) {
        target.waiting.add(place);
        continue;
      }
      const planAt = limits.readyAt(plan, target.pause.until, writingIn(target), now);
      if (planAt > now) {
        at = Math.min(at, planAt);
        continue;
      }
      const candidate = { job, plan, waiter: waiterOf(place, job, plan) };
      if (chosen === undefined || goesBefore(candidate.waiter, chosen.waiter, now)) chosen = candidate;
    }
    return { chosen, at };
  };

  const settle = async (place: Place, { action, place: where }: Plan, running: Promise<Outcome>, turn: Turn | undefined): Promise<void> => {
    const target = placeOf(where.id);
    const { pause } = target;
    const startedAt = performance.now();
    const wasPaused = pause.until > startedAt;
    try {
      const { bucket, isAnswered } = await running;
      const now = performance.now();
      if (bucket !== undefined) limits.learn(action, where, bucket, now);
      pause.note(isAnswered ? 'answered' : 'failed', now - startedAt, now);
    } catch (error) {
      if (!(error instanceof RateLimitError)) throw error;
      const now = performance.now();
      // That says nothing of the place.
      if (error.global && where.countsGlobally) limit.close(error.retryAfter);
      else {
        limits.block(action, where, now + Math.min(error.retryAfter, BELIEVED_MS), now);
        pause.note('rate-limited', now - startedAt, now);
      }
    } finally {
      target.isBusy = false;
      turn?.giveBack();
      if (!wasPaused && pause.until > performance.now()) for (const job of target.jobs) job.onPause();
      const held = [...target.waiting];
      target.waiting.clear();
      for (const one of new Set([target, place, ...held])) pump(one);
    }
  };

  const noteSent = (rank: Rank): void => {
    if (rank === 'draft') {
      const betweenDraftsMs = 1_000 / limit.perSecond;
      draftFrom = Math.max(draftFrom, performance.now() - betweenDraftsMs) + betweenDraftsMs;
    }
  };

  const start = (place: Place, { job, plan }: Candidate, turn: Turn | undefined): void => {
    const running = job.run(plan, waitOf, turn);
    if (running === undefined) {
      turn?.giveBack();
      return;
    }
    if (turn !== undefined) noteSent(plan.rank);
    placeOf(plan.place.id).isBusy = true;
    place.jobs.delete(job);
    place.jobs.add(job);
    void settle(place, plan, running, turn);
  };

  const rest = (place: Place): void => {
    clearTimeout(place.timer);
    place.timer = undefined;
    place.timerAt = Number.POSITIVE_INFINITY;
    if (place.waiter !== undefined) order.remove(place.waiter);
    place.waiter = undefined;
  };

  /** Looks at a place anew: what can go there goes, if nothing but the place has a say in it, and gets into the order of all if not. */
  const pump = (place: Place): void => {
    rest(place);
    const now = performance.now();
    const { chosen, at } = look(place, now);
    if (chosen === undefined) {
      if (at === Number.POSITIVE_INFINITY) return;
      place.timerAt = at;
      place.timer = setTimeout(pump, at - now, place);
    } else if (chosen.plan.place.countsGlobally) {
      place.waiter = chosen.waiter;
      order.add(chosen.waiter);
      serve();
    } else {
      start(place, chosen, undefined);
      pump(place);
    }
  };

  /** A place has its turn if what it wants now is worth as much as what it stood in the order for. */
  const servePlace = (place: Place, asked: Rank): void => {
    const { chosen } = look(place, performance.now());
    if (chosen?.plan.place.countsGlobally === true && !isHigher(asked, chosen.plan.rank)) start(place, chosen, limit.take());
    pump(place);
  };

  const opensFor = (rank: Rank): number => Math.max(limit.opensAt(keptFrom(rank, limit.perSecond)), rank === 'draft' ? draftFrom : 0);

  /** Whose wish cannot be worked out keeps nobody else from theirs. */
  const serveFirst = (rank: Rank): void => {
    const first = order.first(rank);
    try {
      first?.serve();
    } catch (error) {
      if (first !== undefined) order.remove(first);
      queueMicrotask(() => {
        throw error as Error;
      });
    }
  };

  /** Lets whoever is next go, again and again, for as long as the limit has room. */
  const serve = (): void => {
    if (isServing) return;
    isServing = true;
    clearTimeout(timer);
    timer = undefined;
    let count = 0;
    for (; count < AT_ONCE; count += 1) {
      const rank = order.rank();
      if (rank === undefined) break;
      const [now, opensAt] = [performance.now(), opensFor(rank)];
      if (opensAt > now) {
        if (opensAt !== Number.POSITIVE_INFINITY) timer = setTimeout(serve, opensAt - now);
        break;
      }
      serveFirst(rank);
    }
    isServing = false;
    if (count < AT_ONCE) return;
    later ??= setImmediate(() => {
      later = undefined;
      serve();
    });
  };

  return {
    limit,
    share: (part) => limit.resize(Math.max(1, Math.floor(requestsPerSecond * part))),
    needed: () => limit.used() + order.size(),
    pacer: (key) => {
      let place = placeOf(key);
      return {
        add: (job) => {
          place = placeOf(key);
          place.jobs.add(job);
        },
        wake: (notBefore) => {
          if (place.timer === undefined || notBefore < place.timerAt) pump(place);
        },
        remove: (job) => {
          place.jobs.delete(job);
          if (place.jobs.size > 0) return;
          rest(place);
          forgetLater(key, place);
        },
      };
    },
    turn: (rank, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error);
          return;
        }
        const onAbort = (): void => {
          order.remove(waiter);
          reject(signal?.reason as Error);
        };
        const waiter: Waiter = {
          rank,
          since: performance.now(),
          unseen: 0,
          serve: () => {
            order.remove(waiter);
            signal?.removeEventListener('abort', onAbort);
            noteSent(rank);
            resolve(limit.take());
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        order.add(waiter);
        serve();
      }),
    backlog: () => {
      let waiting = order.size();
      for (const { timer: until } of places.values()) if (until !== undefined) waiting += 1;
      return waiting;
    },
    turnIfIdle: () => (order.rank() === undefined && opensFor('notice') <= performance.now() ? limit.take() : undefined),
  };
};
