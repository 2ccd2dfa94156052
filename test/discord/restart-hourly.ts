import { vi } from 'vitest';
import type { World } from '../start-parley.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Starts Parley anew; what it does every hour is done whenever the function is called. */
export const restartHourly = async (world: World): Promise<() => void> => {
  const timers = vi.spyOn(globalThis, 'setInterval');
  await world.restart();
  const hourly = timers.mock.calls.flatMap(([work, ms]) => (ms === HOUR_MS ? [work] : []));
  timers.mockRestore();
  return () => {
    for (const work of hourly) work();
  };
};
