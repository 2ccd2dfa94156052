import { flushCompileCache } from 'node:module';

/**
 * A function that is loaded when it is called for the first time: what only some questions need, or none until somebody asks,
 * takes neither time from the start nor memory from an idle process.
 */
export const loadLater = <Args extends readonly unknown[], Result>(
  load: () => Promise<(...args: Args) => Promise<Result>>,
): ((...args: Args) => Promise<Result>) => {
  let loading: ReturnType<typeof load> | undefined;
  const loaded = (): ReturnType<typeof load> =>
    (loading ??= load()
      .finally(keepCompiled)
      .catch((error: unknown) => {
        // What failed once, for want of file handles perhaps, must not fail for ever.
        loading = undefined;
        throw error;
      }));
  return async (...args) => (await loaded())(...args);
};

/** Milliseconds after something was loaded, when there is time for it. */
const AFTER_MS = 1_000;

let timer: NodeJS.Timeout | undefined;

/**
 * Writes down soon what was compiled, for the next start. A process that is killed never would, and then strips types from
 * what it loads later each time anew, which takes 20 MiB.
 */
export const keepCompiled = (): void => {
  clearTimeout(timer);
  timer = setTimeout(flushCompileCache, AFTER_MS).unref();
};
