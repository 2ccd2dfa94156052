/** Leave for one request to go, now. */
export interface Turn {
  /** One may go. */
  isOpen(): boolean;
  /** It goes. False where one has gone already, or it was not used for too long: whatever follows needs a turn of its own. */
  go(): boolean;
  /** Discord has answered, or nobody waits for that any more. */
  arrived(): void;
  /** It is not needed any more; nothing where one has gone. */
  giveBack(): void;
}

/**
 * How many requests Discord takes of this bot, over all routes but those that answer interactions.
 * @see https://discord.com/developers/docs/topics/rate-limits#global-rate-limit
 */
export interface GlobalLimit {
  readonly perSecond: number;
  /** So many go in a second from now on: others have the rest. */
  resize(perSecond: number): void;
  /** How many went of late that count still. */
  used(): number;
  /** When one may go so that `kept` others still could, by `performance.now()`. It may be sooner, where turns or answers come back. */
  opensAt(kept: number): number;
  take(): Turn;
  /** Until when Discord takes none, as far as it said so and is believed, by `performance.now()`. */
  readonly closedUntil: number;
  /** Discord says that it takes none. @param forMs milliseconds */
  close(forMs: number): void;
}

/** A refusal for limits is believed for so long, in milliseconds: they may end earlier than was said, and asking again costs little. */
export const BELIEVED_MS = 60_000;
/** How long a request counts behind its arrival, in milliseconds: Discord's second, and what a timer rounds away. */
const COUNTS_MS = 1_001;
/** Whoever has a turn and does not use it within this, in milliseconds, waits for something else; so do others, for nothing. */
const UNUSED_MS = 250;
/** Where one that went so much later was answered, in milliseconds, this one has arrived, too, whatever keeps its answer. */
const OVERTAKEN_MS = 1_000;
/** The same where nothing is answered at all, in milliseconds. */
const LONGEST_ON_ITS_WAY_MS = 5_000;
/** How long the way of a request tells of others, in milliseconds, and how many of them do. */
const TELLING_MS = 30_000;
const TELLING_COUNT = 20;

interface Sent {
  readonly at: number;
}

/**
 * What the way of no request falls short of, there and back, in milliseconds: half of the shortest of late, as the shortest way there
 * may be another one's than the shortest back. 0 while few are known.
 */
const createShortestWay = () => {
  const none = { ms: Number.POSITIVE_INFINITY, count: 0 };
  let [before, now, nowFrom] = [none, none, 0];
  return {
    note: (ms: number, at: number): void => {
      if (at - nowFrom >= TELLING_MS) [before, now, nowFrom] = [at - nowFrom < 2 * TELLING_MS ? now : none, none, at];
      now = { ms: Math.min(now.ms, ms), count: now.count + 1 };
    },
    get ms() {
      return before.count + now.count < TELLING_COUNT ? 0 : Math.min(before.ms, now.ms, COUNTS_MS) / 2;
    },
  };
};

/**
 * Discord says how many go in a second, and not which second: in none of them, wherever it begins, arrive more. When one arrives
 * nobody tells, only when it is answered; so the next one goes a second behind that answer, but for what its own way takes at least.
 * @param onOpen turns came back, or it is known when they will
 */
export const createGlobalLimit = (first: number, onOpen: () => void): GlobalLimit => {
  /** Those without an answer, in the order in which they went. */
  const onTheirWay = new Set<Sent>();
  let perSecond = first;
  /** Until when each of the others counts, by `performance.now()`, in that order. */
  const countsUntil: number[] = [];
  const shortestWay = createShortestWay();
  /** Turns that have not been used, in the order in which they were taken. */
  const taken = new Set<Sent>();
  let closedUntil = 0;

  const land = (sent: Sent, now: number): void => {
    if (!onTheirWay.delete(sent)) return;
    countsUntil.push(Math.max(countsUntil.at(-1) ?? 0, now + COUNTS_MS - shortestWay.ms));
  };

  const landOlderThan = (at: number, now: number): void => {
    for (const sent of onTheirWay) {
      if (sent.at > at) return;
      land(sent, now);
    }
  };

  const dropUnused = (now: number): void => {
    for (const turn of taken) {
      if (now - turn.at < UNUSED_MS) return;
      taken.delete(turn);
    }
  };

  const take = (): Turn => {
    const mine: Sent = { at: performance.now() };
    let sent: Sent | undefined;
    taken.add(mine);
    const isOpen = (): boolean => {
      dropUnused(performance.now());
      return taken.has(mine);
    };
    return {
      isOpen,
      go: () => {
        if (!isOpen()) return false;
        taken.delete(mine);
        sent = { at: performance.now() };
        onTheirWay.add(sent);
        return true;
      },
      arrived: () => {
        if (sent === undefined || !onTheirWay.has(sent)) return;
        const now = performance.now();
        shortestWay.note(now - sent.at, now);
        land(sent, now);
        landOlderThan(sent.at - OVERTAKEN_MS, now);
        onOpen();
      },
      giveBack: () => {
        if (taken.delete(mine)) onOpen();
      },
    };
  };

  return {
    get perSecond() {
      return perSecond;
    },
    resize: (next) => {
      const hasGrown = next > perSecond;
      perSecond = next;
      if (hasGrown) onOpen();
    },
    used: () => {
      const now = performance.now();
      return onTheirWay.size + countsUntil.filter((until) => until > now).length;
    },
    opensAt: (kept) => {
      const now = performance.now();
      landOlderThan(now - LONGEST_ON_ITS_WAY_MS, now);
      dropUnused(now);
      const firstCounting = countsUntil.findIndex((until) => until > now);
      countsUntil.splice(0, firstCounting === -1 ? countsUntil.length : firstCounting);
      const usable = perSecond - kept - taken.size - onTheirWay.size;
      if (usable > 0) return Math.max(closedUntil, countsUntil[countsUntil.length - usable] ?? 0);
      const [[unused], [unanswered]] = [taken, onTheirWay];
      return Math.min(unused === undefined ? Number.POSITIVE_INFINITY : unused.at + UNUSED_MS, unanswered === undefined ? Number.POSITIVE_INFINITY : unanswered.at + LONGEST_ON_ITS_WAY_MS);
    },
    take,
    get closedUntil() {
      return closedUntil;
    },
    close: (forMs) => {
      closedUntil = Math.max(closedUntil, performance.now() + Math.min(forMs, BELIEVED_MS));
    },
  };
};
