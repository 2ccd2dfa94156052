/** Leave for one request to go, now. */
export interface Turn {
  /** It goes. False where one has gone already: whatever follows needs a turn of its own. */
  go(): boolean;
  /** Discord has answered, so that it had arrived by now. */
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
  /** When one may go so that `kept` others still could, by `performance.now()`; infinite where that hangs on turns that were taken. */
  opensAt(kept: number): number;
  take(): Turn;
  /** One went that nobody took a turn for. */
  noteSent(): void;
  /** Discord says that it takes none. @param forMs milliseconds */
  close(forMs: number): void;
}

/** How long a request counts behind its arrival, in milliseconds: Discord's second, and what a timer rounds away. */
const COUNTS_MS = 1_001;
/** How long one may be on its way at most, in milliseconds, as far as that matters: by so much two of them may come nearer to each other. */
const ON_ITS_WAY_MS = 50;

/**
 * Discord says how many go in a second, and not which second: in none of them, wherever it begins, go more.
 * @param onOpen turns came back, or it is known when they will
 */
export const createGlobalLimit = (perSecond: number, onOpen: () => void): GlobalLimit => {
  /** Until when each of those that went counts, by `performance.now()`, oldest first; a ring, as discord.js repeats some unasked. */
  const countsUntil = new Float64Array(2 * perSecond + 100);
  let oldest = 0;
  let newest = 0;
  let taken = 0;
  let closedUntil = 0;

  const at = (number: number): number => countsUntil[number % countsUntil.length] ?? 0;

  const noteSent = (): number => {
    if (newest - oldest === countsUntil.length) oldest += 1;
    countsUntil[newest % countsUntil.length] = performance.now() + ON_ITS_WAY_MS + COUNTS_MS;
    newest += 1;
    return newest - 1;
  };

  /** Whoever has an answer need not wait for what might have been late. */
  const noteArrived = (number: number): void => {
    if (number < oldest) return;
    countsUntil[number % countsUntil.length] = Math.min(at(number), performance.now() + COUNTS_MS);
    onOpen();
  };

  const take = (): Turn => {
    taken += 1;
    let number: number | undefined;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      taken -= 1;
      onOpen();
    };
    return {
      go: () => {
        if (isOver) return false;
        number = noteSent();
        end();
        return true;
      },
      arrived: () => {
        if (number !== undefined) noteArrived(number);
        number = undefined;
      },
      giveBack: () => {
        if (!isOver) end();
      },
    };
  };

  return {
    perSecond,
    opensAt: (kept) => {
      const now = performance.now();
      while (oldest < newest && at(oldest) <= now) oldest += 1;
      const usable = perSecond - kept - taken;
      if (usable <= 0) return Number.POSITIVE_INFINITY;
      let opensAt = closedUntil;
      for (let number = oldest; number <= newest - usable; number += 1) opensAt = Math.max(opensAt, at(number));
      return opensAt;
    },
    take,
    noteSent: () => void noteSent(),
    close: (forMs) => {
      closedUntil = Math.max(closedUntil, performance.now() + forMs);
    },
  };
};
