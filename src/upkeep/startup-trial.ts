import type { FailureKind } from '../conversation/failure.ts';
import type { Log } from '../log/log.ts';

/** Why something does not work, and what to do about it; a sentence or two each. */
export interface Trouble {
  /** Only an admin can mend it: starting again, or waiting, will not help. */
  readonly isHopeless: boolean;
  readonly kind: FailureKind;
  readonly says: string;
  readonly cure: string;
  /** What else is known, for the log. */
  readonly detail?: string;
  /** Somebody else has told it. */
  readonly isTold?: boolean;
}

export interface StartupTrialOptions {
  /** What is tried, for the log. */
  readonly check: string;
  /** What the log says once it works after all. */
  readonly worksText: string;
  /** One attempt; resolves with nothing when it works. */
  readonly attempt: (nth: number) => Promise<Trouble | undefined>;
  readonly log: Log;
  readonly onHopeless: (trouble: Trouble) => void;
  /** What is wrong has changed. */
  readonly onChange: (trouble: Trouble | undefined) => void;
  readonly firstPauseMs?: number;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

export interface StartupTrial {
  /** Resolves when the first outcome is known: false where it is hopeless. Goes on trying where it may pass. */
  start(): Promise<boolean>;
  /** Tries again now, if it has not worked yet: something has changed. */
  hurry(): void;
  /** Somebody saw that it works. */
  works(): void;
  /** What is wrong; undefined when it worked, or was never tried. */
  trouble(): Trouble | undefined;
  stop(): void;
}

/** Tries something that a start should not go without, with growing pauses, until it works or only an admin can mend it. */
export const createStartupTrial = ({ check, worksText, attempt, log, onHopeless, onChange, firstPauseMs = FIRST_PAUSE_MS }: StartupTrialOptions): StartupTrial => {
  let trouble: Trouble | undefined;
  let isOver = false;
  let attempts = 0;
  let pauseMs = firstPauseMs;
  let timer: NodeJS.Timeout | undefined;
  let trying: Promise<boolean> | undefined;

  const works = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    if (trouble === undefined) return;
    trouble = undefined;
    log.info({ check }, worksText);
    onChange(undefined);
  };

  const tryOnce = async (): Promise<boolean> => {
    const found = await attempt((attempts += 1)).catch((error: unknown) => {
      // Whatever keeps us from trying says nothing of what was to be tried.
      log.error({ check, reason: String(error) }, 'a trial at the start could not be made');
      return undefined;
    });
    if (isOver) return true;
    if (found === undefined) {
      works();
      return true;
    }
    if (found.isHopeless) {
      isOver = true;
      onHopeless(found);
      return false;
    }
    const isNews = trouble?.kind !== found.kind;
    trouble = found;
    timer = setTimeout(again, pauseMs).unref();
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    if (isNews) {
      if (found.isTold !== true) log.warn({ check, kind: found.kind, cure: found.cure, detail: found.detail }, `${found.says} I try again until it works.`);
      onChange(found);
    }
    return true;
  };

  const again = (): Promise<boolean> => {
    clearTimeout(timer);
    return (trying ??= tryOnce().finally(() => (trying = undefined)));
  };

  return {
    start: again,
    hurry: () => {
      if (attempts === 0 || isOver) return;
      pauseMs = firstPauseMs;
      void again();
    },
    works,
    trouble: () => trouble,
    stop: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
};
