import { TURN_TEXT, waitText } from '../wait-text.ts';
import type { Wait } from '../../conversation/ports.ts';

/** A shorter wait needs no words: "typing" says enough. In milliseconds. */
const NOTICE_AFTER_MS = 4_000;

export interface WaitingNotice {
  /** Undefined: the waiting is over. */
  update(wait: Wait | undefined): void;
  end(): void;
}

/** What a person reads when a question waits for long. */
export const createWaitingNotice = (onText: (text: string, isWaiting: boolean) => void): WaitingNotice => {
  let latest: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isDue = false;

  const becomeDue = (): void => {
    isDue = true;
    if (latest !== undefined) onText(latest, true);
  };

  return {
    update: (wait) => {
      latest = wait && waitText(wait);
      if (isDue) onText(latest ?? TURN_TEXT, latest !== undefined);
      else if (latest !== undefined) timer ??= setTimeout(becomeDue, NOTICE_AFTER_MS);
      else {
        clearTimeout(timer);
        timer = undefined;
      }
    },
    end: () => clearTimeout(timer),
  };
};
