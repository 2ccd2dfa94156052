import type { World } from './world.ts';

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>;

/** Asks a predicate now and after every change, until it answers something or the time is up. */
export function waitFor<T>(world: World, predicate: () => T, timeoutMs: number, dump: () => string): Promise<Truthy<T>> {
  return new Promise((resolve, reject) => {
    let stop = () => {};
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`Not within ${timeoutMs} ms: ${predicate.toString()}\n${dump()}`));
    }, timeoutMs);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      stop();
      act();
    };
    const ask = () => {
      try {
        const answer = predicate();
        if (answer) settle(() => resolve(answer as Truthy<T>));
      } catch (error) {
        settle(() => reject(error as Error));
      }
    };
    stop = world.watch(ask);
    ask();
  });
}
