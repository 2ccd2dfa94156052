interface Write {
  /** Undefined: all. */
  readonly keys: ReadonlySet<string> | undefined;
  readonly done: Promise<unknown>;
}

const meets = ({ keys }: Write, others: readonly string[] | undefined): boolean => keys === undefined || others === undefined || others.some((key) => keys.has(key));

/**
 * Keeps what one process asks of a database in the order in which it was asked, although several connections serve it: no
 * older value overtakes a newer one, and whoever reads sees what was written before.
 */
export const createWriteOrder = () => {
  const writes = new Set<Write>();

  /** Resolves when all that was to be written to these keys before is written, or has failed; undefined at once. */
  const before = (keys: readonly string[] | undefined): Promise<unknown> | undefined => {
    const found = [...writes].filter((write) => meets(write, keys));
    return found.length === 0 ? undefined : Promise.allSettled(found.map(({ done }) => done));
  };

  const register = (write: Write): void => {
    writes.add(write);
    const over = (): void => void writes.delete(write);
    write.done.then(over, over);
  };

  return {
    before,
    /** @param keys that `work` writes to; undefined: nobody knows */
    write: <Result>(keys: readonly string[] | undefined, work: () => Promise<Result>): Promise<Result> => {
      const done = before(keys)?.then(work) ?? work();
      register({ keys: keys && new Set(keys), done });
      return done;
    },
    /**
     * The same where it may turn out to write to others, too.
     * @param work says each time to which keys it is about to write; undefined at once, or resolves when it may
     */
    writeMore: <Result>(keys: readonly string[], work: (about: (keys: readonly string[]) => Promise<unknown> | undefined) => Promise<Result>): Promise<Result> => {
      const all = new Set(keys);
      const about = (keysNow: readonly string[]): Promise<unknown> | undefined => {
        const more = keysNow.filter((key) => !all.has(key));
        if (more.length === 0) return undefined;
        for (const key of more) all.add(key);
        // Whoever came later waits for this one perhaps.
        const older = [...writes].slice(0, [...writes].indexOf(mine)).filter((write) => meets(write, more));
        return older.length === 0 ? undefined : Promise.allSettled(older.map(({ done }) => done));
      };
      const done = before(keys)?.then(() => work(about)) ?? work(about);
      const mine: Write = { keys: all, done };
      register(mine);
      return done;
    },
    /** Resolves when nothing is being written. */
    settled: async (): Promise<void> => {
      while (writes.size > 0) await before(undefined);
    },
  };
};
