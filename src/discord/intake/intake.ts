import { setTimeout as sleep } from 'node:timers/promises';

/** Whether new questions are taken on. Once closed, it stays closed. */
export interface Intake {
  isOpen(): boolean;
  close(): void;
  /** Somebody who came too late is being told so: the process does not end before, if that takes no longer than Discord waits. */
  turnAway(telling: Promise<void>): Promise<void>;
  /** Resolves when everybody who came too late has been told. */
  allTold(): Promise<void>;
}

/**
 * Discord waits three seconds for a response, in milliseconds.
 * @see https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback
 */
const RESPONSE_WITHIN_MS = 3_000;

export const createIntake = (): Intake => {
  let isOpen = true;
  const turningAway = new Set<Promise<void>>();
  const told = async (): Promise<void> => {
    while (turningAway.size > 0) await Promise.allSettled(turningAway);
  };
  return {
    isOpen: () => isOpen,
    close: () => {
      isOpen = false;
    },
    turnAway: async (telling) => {
      turningAway.add(telling);
      try {
        await telling;
      } finally {
        turningAway.delete(telling);
      }
    },
    allTold: async () => {
      if (turningAway.size > 0) await Promise.race([told(), sleep(RESPONSE_WITHIN_MS, undefined, { ref: false })]);
    },
  };
};
