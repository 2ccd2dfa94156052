import { storeFullText } from '../discord/texts/owner-texts.ts';
import { judgeStore, judgeStoreError } from '../store/judge-store.ts';
import { isFull } from '../store/sqlite-errors.ts';
import { createStartupTrial } from './startup-trial.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { TellOwners } from '../discord/rest/direct-message.ts';
import type { Log } from '../log/log.ts';
import type { StartupTrial, Trouble } from './startup-trial.ts';
import type { StoreVerdict } from '../store/judge-store.ts';
import type { Store } from '../store/open-store.ts';

export interface StoreWatchOptions {
  readonly url: string;
  readonly store: Store;
  readonly tellOwners: TellOwners;
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
  readonly log: Log;
  /** What is wrong with the store has changed. */
  readonly onChange: () => void;
}

/** Looks after a store that worked once: what is wrong with it is told once, and tried until it is over. */
export interface StoreWatch {
  /** Something could not be read or written. */
  failed(error: unknown): void;
  trouble(): FailureKind | undefined;
  stop(): void;
}

/** Owners hear of it no more often, in milliseconds. */
const TELL_EVERY_MS = 60 * 60_000;
/** What there has to be room for again, in characters: a full disk has a little room now and then. */
const ROOM_LENGTH = 256 * 1024;

const troubleOf = (verdict: StoreVerdict, kind: FailureKind): Trouble | undefined =>
  // Whatever it is: whoever is answered now is answered without the store.
  verdict.is === 'fine' ? undefined : { isHopeless: false, kind, says: verdict.says, cure: verdict.cure };

export const createStoreWatch = ({ url, store, tellOwners, monotonicNow, log, onChange }: StoreWatchOptions): StoreWatch => {
  let trial: StartupTrial | undefined;
  let isStopped = false;
  let toldAt = Number.NEGATIVE_INFINITY;

  const tell = (trouble: Trouble | undefined): void => {
    onChange();
    if (trouble === undefined) trial = undefined;
    if (trouble === undefined || monotonicNow() - toldAt < TELL_EVERY_MS) return;
    toldAt = monotonicNow();
    void tellOwners(storeFullText(trouble.says, trouble.cure));
  };

  const begin = async (own: StartupTrial): Promise<void> => {
    await own.start();
    // It was over before anybody had to know.
    if (trial === own && own.trouble() === undefined) trial = undefined;
  };

  return {
    failed: (error) => {
      if (trial !== undefined || isStopped) return;
      const kind = isFull(error) ? 'store-full' : 'store';
      const own = createStartupTrial({
        check: 'store.record',
        worksText: 'the store works again',
        attempt: async (nth) => troubleOf(kind === 'store-full' && nth === 1 ? judgeStoreError(error, url) : await judgeStore(url, store, ROOM_LENGTH), kind),
        log,
        onHopeless: () => undefined,
        onChange: tell,
      });
      trial = own;
      void begin(own);
    },
    trouble: () => trial?.trouble()?.kind,
    stop: () => {
      isStopped = true;
      trial?.stop();
    },
  };
};
