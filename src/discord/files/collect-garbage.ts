import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

interface CollectOptions {
  readonly type: 'minor' | 'major';
  readonly execution: 'sync';
  /** Gives back what it can, also where it would be needed soon. */
  readonly flavor?: 'last-resort';
}

type Collect = (options: CollectOptions) => void;

let exposed: Collect | undefined;

/** V8 hands the function out to contexts that are made while the flag is set. */
const expose = (): Collect => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
};

const collect = (options: CollectOptions): void => (exposed ??= expose())(options);

/**
 * Lets V8 clean up all of its memory. By itself it does when there is something to be done, so that an idle process keeps
 * what its last busy minute left behind. Holds the thread for some tens of milliseconds: for when nobody would notice.
 */
export const collectGarbage = (): void => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });

/**
 * Lets V8 clean up what is young. It counts its own objects, and those that stand for the pieces of a download are small: tens
 * of megabytes of pieces would lie around before it does. Takes a millisecond.
 */
export const collectYoungGarbage = (): void => collect({ type: 'minor', execution: 'sync' });
