import { flushCompileCache } from 'node:module';

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
