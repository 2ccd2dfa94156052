import { TOO_SLOW } from '../texts/file-texts.ts';
import { SkipFile } from './skip-file.ts';

export interface Deadline {
  /** Aborts with a {@link SkipFile} when the time is over, or with the outer signal's reason. */
  readonly signal: AbortSignal;
  /** Gives the timer back, to be called however the work ended. */
  readonly end: () => void;
}

/** @param timeoutMs milliseconds */
export const startDeadline = (outer: AbortSignal, timeoutMs: number): Deadline => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new SkipFile(TOO_SLOW)), timeoutMs);
  const follow = (): void => controller.abort(outer.reason);
  if (outer.aborted) follow();
  else outer.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', follow);
    },
  };
};

/** The work's result; rejects with the signal's reason when that aborts first, also where the work itself cannot be stopped. */
export const unlessAborted = async <Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> => {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
