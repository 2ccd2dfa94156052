/** Reads that are under way at a time, of one table. */
const MOST_AT_ONCE = 2;
/** Nobody waits for longer than that for others' reads, in milliseconds: a database that is away would be waited for twice. */
const LONGEST_WAIT_MS = 50;
/** Keys that are asked for in one message: what lies under them comes in one, too. */
const MOST_KEYS = 64;

interface Waiting {
  readonly key: string;
  readonly resolve: (value: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads of single entries that come while others are under way go together in the next message: of a burst of questions, each would take
 * a connection and a message of its own.
 * @param read what is there of these keys
 */
export const createGatheredReads = (read: (keys: readonly string[]) => Promise<ReadonlyMap<string, string>>): ((key: string) => Promise<string | undefined>) => {
  const waiting: Waiting[] = [];
  let underWay = 0;

  const readNext = async (): Promise<void> => {
    underWay += 1;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MOST_KEYS);
      const others = setTimeout(() => void readNext(), LONGEST_WAIT_MS);
      try {
        const found = await read([...new Set(batch.map(({ key }) => key))]);
        for (const { key, resolve } of batch) resolve(found.get(key));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      } finally {
        clearTimeout(others);
      }
    }
    underWay -= 1;
  };

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (underWay < MOST_AT_ONCE) void readNext();
    });
};
