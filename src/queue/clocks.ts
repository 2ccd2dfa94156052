/** The two clocks that the line goes by, in milliseconds. */
export interface Clocks {
  /** Only goes forward, whoever sets the time: for pauses, deadlines and ages. */
  readonly monotonic: () => number;
  /** Since the epoch. It may be set to any time: for days, and for what people read. */
  readonly wall: () => number;
}

export const OWN_CLOCKS: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/** For people: what the wall clock would show at a time of the monotonic one; never less, for it cuts its milliseconds off. */
export const onWall = (at: number, { monotonic, wall }: Clocks): number => Math.ceil(wall() + at - monotonic());

export const DAY_MS = 24 * 60 * 60 * 1000;

/** The next midnight in UTC, in milliseconds since the epoch. Daily quotas begin anew then. */
export const nextUtcDay = (now: number): number => (Math.floor(now / DAY_MS) + 1) * DAY_MS;

/** Milliseconds since the last midnight in UTC. */
export const sinceUtcMidnight = (now: number): number => now % DAY_MS;
