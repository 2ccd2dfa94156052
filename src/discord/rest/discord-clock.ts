/** Discord's time. Ids of messages are times by it, so ages are told by it and not by a clock of ours that may be wrong. */
export interface DiscordClock {
  /** Whole milliseconds since the epoch. */
  now(): number;
  /**
   * Takes in the `Date` header of an answer to a request that was sent and answered at these times.
   * @param sentAt milliseconds of the clock that only goes forward
   */
  heard(date: string | null, sentAt: number): void;
  /** How far our own clock is ahead of Discord's, in milliseconds; undefined before the first answer, 0 where they agree. */
  aheadMs(): number | undefined;
}

/** The header has whole seconds. */
const RESOLUTION_MS = 1_000;
/** Our own clock is believed where it is at most so far beside what Discord may mean. */
const TRUSTED_MS = 2_000;
/** An answer that took longer says too little. */
const SLOW_MS = 10_000;

/**
 * @param wall our own clock, in milliseconds since the epoch
 * @param monotonic milliseconds that only go forward
 */
export const createDiscordClock = (wall: () => number, monotonic: () => number): DiscordClock => {
  /** Discord's time less the monotonic clock's lies between these. */
  let bounds: readonly [low: number, high: number] | undefined;

  /** What has to be added to our own clock. */
  const correction = (): number => {
    if (bounds === undefined) return 0;
    const own = wall() - monotonic();
    const [low, high] = bounds;
    return own >= low - TRUSTED_MS && own <= high + TRUSTED_MS ? 0 : Math.round((low + high) / 2 - own);
  };

  return {
    now: () => wall() + correction(),
    heard: (date, sentAt) => {
      const at = date === null ? Number.NaN : Date.parse(date);
      const receivedAt = monotonic();
      if (Number.isNaN(at) || receivedAt - sentAt > SLOW_MS) return;
      const [low, high] = [at - receivedAt, at + RESOLUTION_MS - sentAt];
      // Answers narrow it down. One that contradicts the others comes behind a sleep of the machine, and begins anew.
      const isCompatible = bounds !== undefined && low <= bounds[1] && high >= bounds[0];
      bounds = bounds !== undefined && isCompatible ? [Math.max(low, bounds[0]), Math.min(high, bounds[1])] : [low, high];
    },
    aheadMs: () => (bounds === undefined ? undefined : 0 - correction()),
  };
};
