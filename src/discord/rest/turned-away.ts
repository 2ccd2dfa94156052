/** Whether Discord's outer defences turn away all requests that come from this address. */
export interface TurnedAway {
  isOn(): boolean;
  /** They said so, for so many milliseconds. */
  heard(forMs: number): void;
  /** An answer came from behind them. */
  passed(): void;
}

/** Shorter ones are over before anybody has read of them, in milliseconds. */
const WORTH_TELLING_MS = 5_000;

export interface TurnedAwayOptions {
  /** Milliseconds that only go forward. */
  readonly monotonic: () => number;
  /** Hears once when it begins, for how many milliseconds, and once when it is over: undefined. */
  readonly onChange: (forMs: number | undefined) => void;
}

export const createTurnedAway = ({ monotonic, onChange }: TurnedAwayOptions): TurnedAway => {
  let until = Number.NEGATIVE_INFINITY;
  let isTold = false;
  let ending: NodeJS.Timeout | undefined;

  const end = (): void => {
    clearTimeout(ending);
    until = Number.NEGATIVE_INFINITY;
    if (!isTold) return;
    isTold = false;
    onChange(undefined);
  };

  return {
    isOn: () => monotonic() < until,
    heard: (forMs) => {
      until = Math.max(until, monotonic() + forMs);
      clearTimeout(ending);
      ending = setTimeout(end, until - monotonic()).unref();
      if (isTold || forMs < WORTH_TELLING_MS) return;
      isTold = true;
      onChange(forMs);
    },
    passed: () => {
      if (until !== Number.NEGATIVE_INFINITY) end();
    },
  };
};
