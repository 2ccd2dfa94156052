import { Failure } from '../conversation/failure.ts';

/** SQLite's primary result codes. @see https://www.sqlite.org/rescode.html */
export const SQLITE = { perm: 3, busy: 5, locked: 6, readOnly: 8, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const;

/** The whole result code of an error, of which the lowest byte is the primary one; 0 where the error is none of SQLite's. */
export const extendedCode = (error: unknown): number => (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0);

export const primaryCode = (error: unknown): number => extendedCode(error) & 0xff;

/** Somebody else has the lock. */
export const isBusy = (error: unknown): boolean => primaryCode(error) === SQLITE.busy;

/** Of the file system, and of PostgreSQL. */
const NO_ROOM = new Set<unknown>(['ENOSPC', 'EDQUOT', '53100']);

export const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

/** There is no room on the disk: nothing can be written, but all is there and can be read. */
export const isFull = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const isIt = primaryCode(error) === SQLITE.full || ('code' in error && NO_ROOM.has(error.code));
  return isIt || isFull(error.cause);
};

/** Whatever goes wrong with the store in `work` becomes a {@link Failure} that tells whether its disk is full. */
export const asStoreFailure = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    throw new Failure(isFull(error) ? 'store-full' : 'store', `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
};
