import type { Finding } from '../operations/finding.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Less is no matter for anybody. */
const NOTABLE_MS = 5 * SECOND_MS;

/** `3 days`, `2 h 5 min`, `7 min`, `12 s`. */
const lengthOf = (ms: number): string => {
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`;
  if (ms >= HOUR_MS) return `${Math.floor(ms / HOUR_MS)} h ${Math.round((ms % HOUR_MS) / MINUTE_MS)} min`;
  return ms >= 2 * MINUTE_MS ? `${Math.round(ms / MINUTE_MS)} min` : `${Math.round(ms / SECOND_MS)} s`;
};

/**
 * What is to be said of this machine's clock.
 * @param aheadMs how far it is ahead, in milliseconds
 * @param whose who said what time it is
 */
export const clockFinding = (check: string, aheadMs: number, whose: 'Discord' | 'Amazon Bedrock'): Finding => {
  if (Math.abs(aheadMs) < NOTABLE_MS) return { check, state: 'good', says: `This machine's clock agrees with that of ${whose}.` };
  return {
    check,
    state: 'warning',
    says: `This machine's clock is ${lengthOf(Math.abs(aheadMs))} ${aheadMs > 0 ? 'fast' : 'slow'}, by that of ${whose}. Parley goes by theirs, but the log shows wrong times.`,
    cure: 'Set the clock, and let it be kept right: on Linux "timedatectl set-ntp true"; for a virtual machine or a container, on its host.',
  };
};
