import { CallsBeside, noPlaceBeside } from './beside.ts';
import type { Line } from '../conversation/ports.ts';

/**
 * The places in which calls are out, of all lines together. Each line keeps within them by itself; with a second one, whoever
 * finds none free waits for the next.
 * @param most how many calls may be out at a time
 */
export const createSharedPlaces = (most: number): ((inTurn: Line['inTurn']) => Line['inTurn']) => {
  let taken = 0;
  const waiting = new Set<() => void>();
  const beside = new CallsBeside();

  const wait = (signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const aborted = (): void => {
      waiting.delete(go);
      reject(signal.reason as Error);
    };
    const go = (): void => {
      waiting.delete(go);
      signal.removeEventListener('abort', aborted);
      resolve();
    };
    signal.throwIfAborted();
    waiting.add(go);
    beside.giveWay();
    signal.addEventListener('abort', aborted);
    return promise;
  };

  /** Whoever waits gets the place of who leaves: nobody comes in between. */
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) taken -= 1;
    else next();
  };

  return (inTurn) => (call) =>
    inTurn({
      ...call,
      run: async (onBegun) => {
        if (taken < most) taken += 1;
        else if (call.giveWay !== undefined) throw noPlaceBeside();
        else await wait(call.signal);
        const ended = call.giveWay === undefined ? undefined : beside.add(call.giveWay);
        try {
          return await call.run(onBegun);
        } finally {
          ended?.();
          leave();
        }
      },
    });
};
