import { setTimeout as sleep } from 'node:timers/promises';

/** Whether new questions are taken on. Once closed, it stays closed. */
export interface Intake {
  isOpen(): boolean;
  close(): void;
  /** Resolves when it is closed. */
  readonly closed: Promise<void>;
  /** Resolves when whoever else hears what is asked there, and is to take it, had the time to; undefined where nobody is. */
  givesWay(guildId: string | undefined): Promise<void> | undefined;
  /** Somebody who came too late is being told so: the process does not end before, if that takes no longer than two seconds. */
  turnAway(telling: Promise<void>): Promise<void>;
  /** Resolves when everybody who came too late has been told. */
  allTold(): Promise<void>;
}

/**
 * How long the end of the process waits for that, in milliseconds: Discord waits three seconds for a response, and whoever
 * supervises us thirty for all of the end.
 * @see https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback
 */
const TOLD_WITHIN_MS = 2_000;

/** How long a process that hears a place only for some answers' sake lets the one go first that it belongs to, in milliseconds: Discord waits three seconds. */
const PRECEDENCE_MS = 500;

/** @param isLeaving whether another process hears what is asked there, too, and takes it */
export const createIntake = (isLeaving: (guildId: string | undefined) => boolean = () => false): Intake => {
  let isOpen = true;
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
  const turningAway = new Set<Promise<void>>();
  const told = async (): Promise<void> => {
    while (turningAway.size > 0) await Promise.allSettled(turningAway);
  };
  return {
    isOpen: () => isOpen,
    close: () => {
      isOpen = false;
      onClosed();
    },
    closed,
    givesWay: (guildId) => (isLeaving(guildId) ? sleep(PRECEDENCE_MS, undefined, { ref: false }) : undefined),
    turnAway: async (telling) => {
      turningAway.add(telling);
      try {
        await telling;
      } finally {
        turningAway.delete(telling);
      }
    },
    allTold: async () => {
      if (turningAway.size > 0) await Promise.race([told(), sleep(TOLD_WITHIN_MS, undefined, { ref: false })]);
    },
  };
};
