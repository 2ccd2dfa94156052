export const DAY_MS = 24 * 60 * 60 * 1000;

/** The next midnight in UTC, in milliseconds since the epoch. Daily quotas begin anew then. */
export const nextUtcDay = (now: number): number => (Math.floor(now / DAY_MS) + 1) * DAY_MS;

/** Milliseconds since the last midnight in UTC. */
export const sinceUtcMidnight = (now: number): number => now % DAY_MS;
