import { readFileSync } from 'node:fs';
import type { SharedClock } from './store-driver.ts';

const NANOSECONDS = 1_000_000n;

const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
};

/** Milliseconds since this machine was started: the same for all of its processes, and nobody sets it. */
export const machineClock = { id: bootId(), now: (): number => Number(process.hrtime.bigint() / NANOSECONDS) } satisfies SharedClock;
