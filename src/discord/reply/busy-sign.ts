import type { ReplyTarget } from './reply-target.ts';

/** Shows "typing" (or "thinking") from a moment after the question until there is something to read. It has one owner. */
export const startBusySign = (target: ReplyTarget): { readonly stop: () => void } => {
  let isStopped = false;
  let timer: NodeJS.Timeout;
  const show = async (): Promise<void> => {
    await target.showBusy();
    if (!isStopped && target.busyEveryMs !== undefined) timer = setTimeout(show, target.busyEveryMs);
  };
  timer = setTimeout(show, target.busyAfterMs);
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
};
