import { persist } from '../rest/persist.ts';

/** What is not found is said once more: it is looked for while Discord refuses that, for so long. In milliseconds. */
const LOOK_MS = 5_000;

/** Looks for what Discord may have done without saying so. Resolves with undefined also where Discord does not tell; never rejects. */
export const lookFor = async <Found>(look: () => Promise<Found | undefined>): Promise<Found | undefined> => {
  let found: Found | undefined;
  const once = async (): Promise<void> => {
    found = await look();
  };
  await persist([once], LOOK_MS);
  return found;
};
