import { sharesOf } from './conversation/shares.ts';
import type { CountedLine } from './conversation/counted-line.ts';
import type { Scheduler } from './discord/rest/scheduler.ts';
import type { Log } from './log/log.ts';
import type { QuotaPart } from './queue/quota-part.ts';
import type { SharedTrips } from './queue/shared-trips.ts';
import type { NeedStore, Needs } from './store/need-store.ts';

export interface ShareLimitsOptions {
  /** Undefined where this process is the only one. */
  readonly needs: NeedStore | undefined;
  /** Of requests to Discord. */
  readonly scheduler: Pick<Scheduler, 'needed' | 'share'>;
  /** Of what is configured of Bedrock's quotas for a minute. */
  readonly quotaPart: Pick<QuotaPart, 'part' | 'out'>;
  readonly line: Pick<CountedLine, 'waiting'>;
  readonly trips: Pick<SharedTrips, 'own' | 'hear'>;
  readonly log: Log;
  readonly lookEveryMs?: number;
}

export interface ShareLimits {
  /** Hears of the others, and goes on doing so. Never rejects. */
  open(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 2_000;
/** Who has not told what it needs for so long, in milliseconds, is gone. */
const GONE_MS = 8_000;
/** A part grows when it was greater in so many looks: by then the others have heard that theirs are smaller. */
const LOOKS = 3;

/** The part that this process has of each: above 0, and 1 for all. */
type Parts = Needs;
const ALL: Parts = { requests: 1, calls: 1 };
const least = (one: Parts, other: Parts): Parts => ({ requests: Math.min(one.requests, other.requests), calls: Math.min(one.calls, other.calls) });

/** Divides Discord's requests and Bedrock's configured quotas among the processes that share a store, by what each needs, and tells each what the others are refused. */
export const createShareLimits = ({ needs, scheduler, quotaPart, line, trips, log, lookEveryMs = LOOK_EVERY_MS }: ShareLimitsOptions): ShareLimits => {
  /** As the last looks had it. */
  let recent: readonly Parts[] = [];
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isFailing = false;

  const look = async (store: NeedStore): Promise<void> => {
    const mine: Needs = { requests: scheduler.needed(), calls: quotaPart.out + line.waiting() };
    await store.tell({ ...mine, refused: [...trips.own()] });
    const others = await store.others(GONE_MS);
    for (const trip of others.flatMap(({ refused }) => refused)) trips.hear(trip);
    const partOf = (of: keyof Needs): number => sharesOf(1, [mine[of], ...others.map((one) => one[of])])[0] ?? 1;
    const parts = { requests: partOf('requests'), calls: partOf('calls') };
    const nobodysNeed = sharesOf(1, [0, ...others.map(() => 1)])[0] ?? 1;
    // Who comes has told nobody yet.
    const before = recent.length > 0 || others.length === 0 ? recent : Array.from({ length: LOOKS }, () => ({ requests: nobodysNeed, calls: nobodysNeed }));
    recent = [...before, parts].slice(-LOOKS);
    const { requests, calls } = recent.reduce(least, ALL);
    scheduler.share(requests);
    quotaPart.part = calls;
  };

  const lookOnce = async (store: NeedStore): Promise<void> => {
    try {
      await look(store);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ reason: String(error) }, 'the store does not tell what other processes need; everybody keeps the part of the limits that they have');
      isFailing = true;
    }
  };

  return {
    open: async () => {
      if (needs === undefined) return;
      await lookOnce(needs);
      timer = setInterval(() => {
        looking ??= lookOnce(needs).finally(() => (looking = undefined));
      }, lookEveryMs).unref();
    },
    close: async () => {
      clearInterval(timer);
      await looking;
      await needs?.leave().catch((error: unknown) => log.debug({ reason: String(error) }, 'that this process needs nothing any more could not be written down'));
    },
  };
};
