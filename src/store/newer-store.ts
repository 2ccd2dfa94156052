/** A later Parley has made the store its own. Nothing of it was touched. */
export class NewerStoreError extends Error {
  override readonly name = 'NewerStoreError';
}

export const NEWER_STORE_CURE = 'Start that version again; or put a backup from before in its place, or name another store with STORE_URL. Nothing was changed.';
