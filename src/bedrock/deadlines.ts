import { Failure } from '../conversation/failure.ts';

/** How long a call may take, in milliseconds. */
export interface Deadlines {
  /** Until the first event: models that think can be silent for minutes. */
  readonly firstEventMs: number;
  /** Between two events of a stream. */
  readonly betweenEventsMs: number;
  readonly wholeAnswerMs: number;
}

export const DEFAULT_DEADLINES: Deadlines = { firstEventMs: 180_000, betweenEventsMs: 90_000, wholeAnswerMs: 780_000 };

export interface Watch {
  /** Aborts with a {@link Failure} of kind `timed-out` when a deadline passes, or with the outer signal's reason. */
  readonly signal: AbortSignal;
  /** An event came. */
  readonly touch: () => void;
  /** The call ends so many milliseconds from now, or earlier, whatever still comes. */
  readonly endWithin: (ms: number) => void;
  /** Ends the watch, to be called however the call ended; and the call too, unless it is complete. */
  readonly end: (isComplete: boolean) => void;
}

export const watch = (outer: AbortSignal, deadlines: Deadlines): Watch => {
  const controller = new AbortController();
  const expire = (what: string) => () => controller.abort(new Failure('timed-out', `The model call took too long: ${what}.`));
  const whole = setTimeout(expire(`no end after ${deadlines.wholeAnswerMs / 1000} s`), deadlines.wholeAnswerMs);
  let idle = setTimeout(expire(`nothing came for ${deadlines.firstEventMs / 1000} s`), deadlines.firstEventMs);
  let touched = false;
  let endsAt = Number.POSITIVE_INFINITY;
  const follow = (): void => controller.abort(outer.reason);
  if (outer.aborted) follow();
  else outer.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    endWithin: (ms) => {
      const at = performance.now() + ms;
      if (at >= endsAt) return;
      endsAt = at;
      clearTimeout(idle);
      idle = setTimeout(() => controller.abort(), ms);
    },
    touch: () => {
      if (endsAt !== Number.POSITIVE_INFINITY) return;
      if (touched) {
        idle.refresh();
        return;
      }
      touched = true;
      clearTimeout(idle);
      const message = `nothing more came for ${deadlines.betweenEventsMs / 1000} s`;
      idle = setTimeout(expire(message), deadlines.betweenEventsMs);
    },
    end: (isComplete) => {
      clearTimeout(whole);
      clearTimeout(idle);
      outer.removeEventListener('abort', follow);
      if (!isComplete) controller.abort();
    },
  };
};
