import { keepCompiled } from './keep-compiled.ts';

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
