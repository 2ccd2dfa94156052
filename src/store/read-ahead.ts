/** So many reads are kept at most, and each for so long, in milliseconds: what another process writes meanwhile is not seen in it. */
const MOST = 1_000;
const KEPT_MS = 1_000;

interface Begun {
  readonly text: Promise<string | undefined>;
  readonly at: number;
  hasFailed: boolean;
}

export interface ReadAhead {
  /** Begins a read that is asked for soon; what it reads. */
  begin(id: string): Promise<string | undefined>;
  /** What is read, once; or what is there now where no read has begun, or it had failed by now, is old, or was dropped. */
  read(id: string): Promise<string | undefined>;
  /** Does what writes there: nothing is kept of it that was read before, or meanwhile. */
  writing<Result>(ids: readonly string[], work: () => Promise<Result>): Promise<Result>;
}

/** Reads that go beside what they would have to wait for. Whoever writes drops them: of what this process has done they tell what a read would. */
export const createReadAhead = (read: (id: string) => Promise<string | undefined>): ReadAhead => {
  const begun = new Map<string, Begun>();
  return {
    begin: (id) => {
      const one: Begun = { text: read(id), at: performance.now(), hasFailed: false };
      one.text.catch(() => (one.hasFailed = true));
      begun.delete(id);
      begun.set(id, one);
      if (begun.size > MOST) begun.delete(begun.keys().next().value ?? '');
      return one.text;
    },
    read: (id) => {
      const found = begun.get(id);
      begun.delete(id);
      // What is under way is as good as what would begin now, also where it fails: nobody waits twice for a store that is away.
      return found === undefined || found.hasFailed || performance.now() - found.at > KEPT_MS ? read(id) : found.text;
    },
    writing: async (ids, work) => {
      const drop = (): void => {
        for (const id of ids) begun.delete(id);
      };
      drop();
      try {
        return await work();
      } finally {
        drop();
      }
    },
  };
};
