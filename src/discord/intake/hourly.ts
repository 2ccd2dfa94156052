const HOUR_MS = 60 * 60_000;
/** More of them are not remembered here, and asked of the store. */
const MOST_KEPT = 10_000;

/** True for the first who asks for a key within an hour, of all processes that share a store. Never rejects. */
export type IsFirstWithinTheHour = (key: string) => Promise<boolean>;

/**
 * @param claim true for the first who asks, of all processes: keeps a word under a key for so long
 * @param monotonicNow milliseconds that only go forward
 */
export const createHourly = (claim: (key: string, word: string, ttlMs: number) => Promise<boolean>, monotonicNow: () => number): IsFirstWithinTheHour => {
  /** The oldest first. */
  const until = new Map<string, number>();
  return async (key) => {
    const now = monotonicNow();
    for (const [old, end] of until) {
      if (end > now && until.size <= MOST_KEPT) break;
      until.delete(old);
    }
    if (until.has(key)) return false;
    until.set(key, now + HOUR_MS);
    // Without a store nobody else can have it either.
    return claim(key, '1', HOUR_MS).catch(() => true);
  };
};
