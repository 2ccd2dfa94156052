import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late timers are, in seconds. */
export interface EventLoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Milliseconds between two looks of the sampler. It takes no JavaScript, and yet fifty looks a second took 4 ms of CPU, asked or not. */
const RESOLUTION_MS = 200;
/** A reading covers at least so much time before the next begins anew, in milliseconds: several who ask see the same. */
const WINDOW_MS = 60_000;

const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1_000);

/** Watches how late timers are, from now on. */
export const watchEventLoop = (): (() => EventLoopDelay) => {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let since = performance.now();
  return () => {
    if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
    const read = { p50: seconds(histogram.percentile(50)), p99: seconds(histogram.percentile(99)), max: seconds(histogram.max) };
    if (performance.now() - since > WINDOW_MS) {
      since = performance.now();
      histogram.reset();
    }
    return read;
  };
};
