import type { ReplyTarget } from './reply-target.ts';

/** "Typing" (or "thinking"), shown while there is nothing to read. It has one owner, who always puts it away. */
export interface BusySign {
  /** Shows it after so long, in milliseconds, and again until it is put away. */
  start(afterMs: number): void;
  stop(): void;
}

/** After so many milliseconds it is tried again where others went first. */
const AGAIN_MS = 500;

export const createBusySign = (target: ReplyTarget): BusySign => {
  let timer: NodeJS.Timeout | undefined;
  /** Grows with each stop: what was on its way then does not go on. */
  let round = 0;

  const show = async (ofRound: number): Promise<void> => {
    const isShown = await target.showBusy();
    const nextMs = isShown ? target.busyEveryMs : AGAIN_MS;
    if (ofRound === round && nextMs !== undefined) timer = setTimeout(show, nextMs, ofRound);
  };

  return {
    start: (afterMs) => {
      timer ??= setTimeout(show, afterMs, round);
    },
    stop: () => {
      round += 1;
      clearTimeout(timer);
      timer = undefined;
    },
  };
};
