import type { Log } from '../../log/log.ts';
import type { Intake } from '../intake/intake.ts';

/** Looks for what processes that are gone have left, for as long as something is taken on. */
export interface KeepLooking {
  /** Looks now and from time to time. */
  start(): void;
  /** Looks now, too: a process has gone. */
  lookNow(): void;
  stop(): void;
}

export interface KeepLookingDependencies {
  readonly intake: Pick<Intake, 'isOpen'>;
  readonly log: Log;
}

export interface Looking {
  /** What is looked for, for the log. */
  readonly what: string;
  /** Between the end of a look and the next one, in milliseconds. */
  readonly everyMs: number;
  /** May reject. */
  readonly look: () => Promise<void>;
}

export const createKeepLooking = ({ intake, log }: KeepLookingDependencies, { what, everyMs, look }: Looking): KeepLooking => {
  let timer: NodeJS.Timeout | undefined;
  /** How often it was asked for a look since the last one began. */
  let wanted = 0;
  let isLooking = false;

  const lookOnce = async (): Promise<void> => {
    clearTimeout(timer);
    [isLooking, wanted] = [true, 0];
    try {
      await look();
    } catch (error) {
      log.error({ reason: String(error) }, `the store could not be looked through for ${what}; I try again`);
    } finally {
      isLooking = false;
      if (intake.isOpen()) timer = setTimeout(() => void lookOnce(), wanted > 0 ? 0 : everyMs).unref();
    }
  };

  return {
    start: () => void lookOnce(),
    lookNow: () => {
      wanted += 1;
      if (timer !== undefined && !isLooking && intake.isOpen()) void lookOnce();
    },
    stop: () => clearTimeout(timer),
  };
};
