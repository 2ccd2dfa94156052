import { setTimeout as sleep } from 'node:timers/promises';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';

/** How often it is tried in all, and how long is waited in between, in milliseconds: Discord waits three seconds for us. */
const ATTEMPTS = 20;
const EVERY_MS = 50;

/**
 * Whether something becomes so within a second. What people see is there a moment before whoever wrote it has noted all of it, in this
 * process or in another: whoever presses the next button at once waits for that.
 */
export const soon = async (isSo: () => Promise<boolean>): Promise<boolean> => {
  for (let attempt = 1; ; attempt += 1) {
    if (await isSo()) return true;
    if (attempt === ATTEMPTS) return false;
    await sleep(EVERY_MS, undefined, { ref: false });
  }
};

/** Claims the right to change an answer, as `ShownAnswers` does, and waits for it a little. */
export const claimSoon = (shownAnswers: Pick<ShownAnswers, 'claim'>, id: string): Promise<boolean> => soon(() => shownAnswers.claim(id));
