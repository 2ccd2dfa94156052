import type { Log } from '../log/log.ts';

/** Hears of records that are not as they should be. Nothing of what a record says is told. */
export interface StoreAudience {
  /** How long what was set aside is kept at most, in milliseconds. */
  readonly keptAsideMs: number;
  /** A record could not be read. @param asideKey where it lies now */
  onUnreadable(record: RecordName, asideKey: string): void;
  /** A record is of a version that only a later Parley can read: nothing may be written over it. */
  onNewer(record: RecordName, version: number): void;
  /** Something could not be read or written, for another reason than that somebody else was at it. */
  onFailure?(error: Error): void;
  /** What was to be written would not have been readable: a defect. @param leftOut the parts that it was written without */
  onDefect(record: RecordName, leftOut: readonly string[]): void;
}

export interface RecordName {
  /** What kind of record it is, in words. */
  readonly kind: string;
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Where nobody listens. */
export const NOBODY: StoreAudience = {
  keptAsideMs: DAY_MS,
  onUnreadable: () => undefined,
  onNewer: () => undefined,
  onDefect: () => undefined,
};

/** One line for each stored record that is not as it should be. Nothing of what it says. */
export const reportRecords = (log: Log): Pick<StoreAudience, 'onUnreadable' | 'onDefect'> => {
  /** The same defect comes with every write. */
  const told = new Set<string>();
  return {
    onUnreadable: ({ kind, key }, asideKey) => log.error({ kind, key, asideKey }, 'a stored record could not be read; it was set aside, and all else goes on'),
    onDefect: ({ kind, key }, leftOut) => {
      const what = `${kind}: ${leftOut.join(', ')}`;
      if (told.has(what)) return;
      told.add(what);
      log.error({ kind, key, leftOut }, 'a record would not have been readable; it was written without these parts');
    },
  };
};
