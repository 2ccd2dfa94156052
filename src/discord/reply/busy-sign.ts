import type { ReplyTarget } from './reply-target.ts';

/** "Typing" (or "thinking"), shown while there is nothing to read. It has one owner, who always puts it away. */
export interface BusySign {
  /** Shows it after so long, in milliseconds, and again until it is put away. */
  start(afterMs: number): void;
  stop(): void;
}

export const createBusySign = (target: ReplyTarget): BusySign => {
  let timer: NodeJS.Timeout | undefined;
  /** Grows with each stop: what was on its way then does not go on. */
  let round = 0;

  const show = async (ofRound: number): Promise<void> => {
    await target.showBusy();
    if (ofRound === round && target.busyEveryMs !== undefined) timer = setTimeout(show, target.busyEveryMs, ofRound);
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
