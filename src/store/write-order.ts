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

  return {
    before,
    /** @param keys that `work` writes to; undefined: nobody knows */
    write: <Result>(keys: readonly string[] | undefined, work: () => Promise<Result>): Promise<Result> => {
      const done = before(keys)?.then(work) ?? work();
      const write: Write = { keys: keys && new Set(keys), done };
      writes.add(write);
      const over = (): void => void writes.delete(write);
      done.then(over, over);
      return done;
    },
    /** Resolves when nothing is being written. */
    settled: async (): Promise<void> => {
      while (writes.size > 0) await before(undefined);
    },
  };
};
