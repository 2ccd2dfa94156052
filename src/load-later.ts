/**
 * A function that is loaded when it is called for the first time: what only some questions need, or none until somebody asks,
 * takes neither time from the start nor memory from an idle process.
 */
export const loadLater = <Args extends readonly unknown[], Result>(
  load: () => Promise<(...args: Args) => Promise<Result>>,
): ((...args: Args) => Promise<Result>) => {
  let loading: ReturnType<typeof load> | undefined;
  return async (...args) => (await (loading ??= load()))(...args);
};
