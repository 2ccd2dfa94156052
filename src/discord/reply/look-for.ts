import { isForLater } from '../rest/delivery-error.ts';
import { persist } from '../rest/persist.ts';

/** How long it is looked for while Discord refuses that, in milliseconds. */
const LOOK_MS = 5_000;

/**
 * Looks for what Discord may have done without saying so. Resolves with undefined also where Discord refuses to tell. Rejects with
 * discord.js's error where Discord fails: what may be there is not to be said once more, and can be looked for later.
 */
export const lookFor = async <Found>(look: () => Promise<Found | undefined>): Promise<Found | undefined> => {
  let found: Found | undefined;
  const once = async (): Promise<void> => {
    found = await look();
  };
  const error = await persist([once], LOOK_MS);
  if (error !== undefined && isForLater(error)) throw error as Error;
  return found;
};
