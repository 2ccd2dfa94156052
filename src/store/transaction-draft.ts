import type { DriverTransaction } from './store-driver.ts';

/** What is to be done in one step, where all is as it was seen. */
export interface Exchange {
  /** What was looked at; undefined: nothing was there. */
  readonly seen: ReadonlyMap<string, string | undefined>;
  /** How long each stays, in milliseconds from now on; null: for ever. */
  readonly set: ReadonlyMap<string, { readonly value: string; readonly ms: number | null }>;
  /** Other values, which stay as long as those that were there would have. */
  readonly changed: ReadonlyMap<string, string>;
  readonly deleted: ReadonlySet<string>;
}

/**
 * A transaction that is only written down: it sees what is `known` or guessed, takes all else for absent, and is carried out by whoever can tell
 * whether all of that was right.
 */
export const createDraft = (
  known: (key: string) => string | undefined,
  stored: (value: string) => string,
  fromNow: (expires: number) => number | null,
): { readonly entries: DriverTransaction; readonly exchange: Exchange } => {
  const seen = new Map<string, string | undefined>();
  const set = new Map<string, { value: string; ms: number | null }>();
  const changed = new Map<string, string>();
  const deleted = new Set<string>();

  const get = (key: string): string | undefined => {
    const own = set.get(key)?.value ?? changed.get(key);
    if (own !== undefined || deleted.has(key)) return own;
    if (!seen.has(key)) seen.set(key, known(key));
    return seen.get(key);
  };
  const put = (key: string, value: string, expires: number): void => {
    changed.delete(key);
    deleted.delete(key);
    set.set(key, { value: stored(value), ms: fromNow(expires) });
  };
  const entries: DriverTransaction = {
    get,
    set: put,
    change: (key, value) => {
      if (get(key) === undefined) return false;
      const own = set.get(key);
      if (own === undefined) changed.set(key, stored(value));
      else set.set(key, { ...own, value: stored(value) });
      return true;
    },
    setIfAbsent: (key, value, expires) => {
      if (get(key) !== undefined) return false;
      put(key, value, expires);
      return true;
    },
    delete: (key) => {
      const isThere = get(key) !== undefined;
      set.delete(key);
      changed.delete(key);
      deleted.add(key);
      return isThere;
    },
  };
  return { entries, exchange: { seen, set, changed, deleted } };
};

/** Keys of which is remembered what was there, and how long a value may be for that, in characters. */
const MOST_GUESSES = 1_000;
const LONGEST_GUESS = 4_096;
/** What was only written is mostly looked at once more, when its question ends: small ones are kept for that. */
const LONGEST_UNSEEN = 256;

/**
 * What transactions looked at last, as it became by them: what one process counts again and again, such as a limit, is mostly as it left
 * it. A guess that is wrong costs what none costs.
 */
export const createGuesses = () => {
  const values = new Map<string, string>();
  return {
    of: (key: string): string | undefined => values.get(key),
    /** That was carried out. */
    learn: ({ seen, set, changed, deleted }: Exchange): void => {
      for (const [key, { value }] of set) if (!seen.has(key) && value.length <= LONGEST_UNSEEN) values.set(key, value);
      for (const [key, before] of seen) {
        const value = set.get(key)?.value ?? changed.get(key) ?? (deleted.has(key) ? undefined : before);
        values.delete(key);
        if (value !== undefined && value.length <= LONGEST_GUESS) values.set(key, value);
      }
      for (const key of values.keys()) {
        if (values.size <= MOST_GUESSES) return;
        values.delete(key);
      }
    },
  };
};
