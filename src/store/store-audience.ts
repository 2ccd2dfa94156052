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
