import { THINKING_TEXT, waitText } from '../texts/wait-text.ts';
import type { Wait } from '../../conversation/ports.ts';

/** What is there sooner needs no words: "typing" says enough. Who waits for longer wants to know why, and to stop it. In milliseconds. */
const NOTICE_AFTER_MS = 1_000;

export interface WaitingNotice {
  /** Undefined: the waiting is over, and the model is asked. */
  update(wait: Wait | undefined): void;
  end(): void;
}

/** What a person reads while there is nothing of an answer. @param onText `isNews`: it is not just that a waiting is over */
export const createWaitingNotice = (onText: (text: string, isNews: boolean) => void): WaitingNotice => {
  let latest: string | undefined;
  let isDue = false;
  const timer = setTimeout(() => {
    isDue = true;
    onText(latest ?? THINKING_TEXT, true);
  }, NOTICE_AFTER_MS);

  return {
    update: (wait) => {
      latest = wait && waitText(wait);
      if (isDue) onText(latest ?? THINKING_TEXT, latest !== undefined);
    },
    end: () => clearTimeout(timer),
  };
};
