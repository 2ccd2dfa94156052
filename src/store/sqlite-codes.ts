/** SQLite's primary result codes. @see https://www.sqlite.org/rescode.html */
export const SQLITE = { perm: 3, busy: 5, locked: 6, readOnly: 8, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const;

/** The whole result code of an error, of which the lowest byte is the primary one; 0 where the error is none of SQLite's. */
export const extendedCode = (error: unknown): number => (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0);

export const primaryCode = (error: unknown): number => extendedCode(error) & 0xff;
