import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** How far the heap may grow beyond what is in use before it is cleaned up, in percent. V8 by itself allows up to 300. */
const GROWING_PERCENT = 100;
/** Bytes of the young generation that are enough for a busy bot. V8 by itself takes four times as much. */
const YOUNG_BYTES = 32 * 1024 * 1024;
const GROWTH_FACTOR = 2;

const youngBytes = (): number => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;

const setGrowthFactor = (factor: number): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`);

/**
 * Trades some cleaning up for memory: a bot waits for models most of the time, and its machine is often a small one. To be
 * called before the rest of the program is loaded.
 * @returns lets the young generation grow; to be called when the program has started, whose own garbage is no measure
 */
export const boundHeap = (): (() => void) => {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
  setGrowthFactor(1);
  return () => {
    setGrowthFactor(GROWTH_FACTOR);
    const observer = new PerformanceObserver(() => {
      if (youngBytes() < YOUNG_BYTES) return;
      setGrowthFactor(1);
      observer.disconnect();
    });
    observer.observe({ entryTypes: ['gc'] });
  };
};
