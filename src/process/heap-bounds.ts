import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** How far the heap may grow beyond what is in use before it is cleaned up, in percent. V8 by itself allows up to 300. */
const GROWING_PERCENT = 100;
/** Bytes of each half of the young generation that are enough for a busy bot. V8 by itself takes more than twice as much. */
const YOUNG_HALF_BYTES = 12 * 1024 * 1024;
/** So many cleanings of a small one within so many milliseconds are a busy bot's: V8 makes it small again below half of that. */
const BUSY_CLEANINGS = 4;
const BUSY_MS = 2_000;
/** What {@link growYoungGeneration} keeps at a time, and how often at most: V8 begins with halves of 1 MiB. */
const KEPT_BYTES = 128 * 1024;
const KEPT_TIMES = 4 * (YOUNG_HALF_BYTES / KEPT_BYTES);

/** Bytes of one half: what is alive is moved into the other one again and again, and as much is allocated there. */
const youngHalfBytes = (): number => {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return space === undefined ? YOUNG_HALF_BYTES : space.space_used_size + space.space_available_size;
};

const setGrowthFactor = (factor: number): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`);

/**
 * In one step to its bound. V8 lets it grow at a cleaning when as much as it holds has outlived cleanings since the last time, and
 * tells that only when it could have grown once more. So what has to outlive them is made here, until it has grown.
 */
const growYoungGeneration = (): void => {
  const factor = Math.floor(YOUNG_HALF_BYTES / youngHalfBytes());
  if (factor < 2) return;
  setGrowthFactor(factor);
  // The whole step takes a third less where lists are copied, not made.
  const some = Array.from({ length: 1024 }, () => 0);
  const kept: unknown[] = [];
  for (let times = 0; times < KEPT_TIMES && YOUNG_HALF_BYTES / youngHalfBytes() >= 2; times += 1) {
    // A larger one would not be made in the young generation.
    for (let bytes = 0; bytes < KEPT_BYTES; bytes += 8 * 1024) kept.push([...some]);
  }
  setGrowthFactor(1);
};

/**
 * Trades some cleaning up for memory: a bot waits for models most of the time, and its machine is often a small one. To be
 * called before the rest of the program is loaded.
 * @returns lets the young generation grow; to be called when the program has started, whose own garbage is no measure
 */
export const boundHeap = (): (() => void) => {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
  setGrowthFactor(1);
  return () => {
    let cleanings: number[] = [];
    const look = (newest: readonly { readonly startTime: number }[]): void => {
      cleanings = [...cleanings, ...newest.map(({ startTime }) => startTime)].slice(-BUSY_CLEANINGS);
      const [first] = cleanings;
      if (first !== undefined && cleanings.length === BUSY_CLEANINGS && performance.now() - first < BUSY_MS) growYoungGeneration();
    };
    // For as long as the program runs: V8 makes it small again while nothing is done.
    new PerformanceObserver((list) => look(list.getEntries())).observe({ entryTypes: ['gc'] });
  };
};
