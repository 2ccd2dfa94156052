import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** How far the heap may grow beyond what is in use before it is cleaned up, in percent. V8 by itself allows up to 300. */
const GROWING_PERCENT = 100;
/** Bytes of each half of the young generation that are enough for a busy bot. V8 by itself takes more than twice as much. */
const YOUNG_HALF_BYTES = 12 * 1024 * 1024;

/** Bytes of one half: what is alive is moved into the other one again and again, and as much is allocated there. */
const youngHalfBytes = (): number => {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return space === undefined ? YOUNG_HALF_BYTES : space.space_used_size + space.space_available_size;
};

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
    let mayGrow = false;
    const close = (): void => {
      setGrowthFactor(1);
      mayGrow = false;
    };
    /** In one step to its bound, and within one turn of the event loop: V8 tells that it has grown only when it could have grown again and again. */
    const open = (): void => {
      const factor = Math.floor(YOUNG_HALF_BYTES / youngHalfBytes());
      if (mayGrow || factor < 2) return;
      mayGrow = true;
      setGrowthFactor(factor);
      setImmediate(close);
    };
    // For as long as the program runs: V8 makes it small again while nothing is done.
    new PerformanceObserver(open).observe({ entryTypes: ['gc'] });
  };
};
