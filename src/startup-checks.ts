import { judgeStore } from './store/judge-store.ts';
import { createStartupTrial } from './startup-trial.ts';
import type { FailureKind } from './conversation/failure.ts';
import type { Log } from './log.ts';
import type { StartupTrial, Trouble } from './startup-trial.ts';
import type { Store } from './store/open-store.ts';

export interface StartupChecksOptions {
  readonly storeUrl: string;
  readonly store: Store;
  readonly log: Log;
  /** Only an admin can mend it. */
  readonly onHopeless: (trouble: Trouble) => void;
  /** What keeps us from answering has changed. */
  readonly onTrouble: (trouble: FailureKind | undefined) => void;
}

export interface StartupChecks {
  /** Writes to the store and reads from it. Resolves when the first outcome is known: false where only an admin can mend it. */
  tryStore(): Promise<boolean>;
  /** What keeps us from answering, as far as it was tried. */
  trouble(): FailureKind | undefined;
  stop(): void;
}

/** What a start should not go without, tried until it works: a useless start must not look like a good one. */
export const createStartupChecks = ({ storeUrl, store, log, onHopeless, onTrouble }: StartupChecksOptions): StartupChecks => {
  const trials: StartupTrial[] = [];
  const trouble = (): FailureKind | undefined => trials.map((trial) => trial.trouble()?.kind).find((kind) => kind !== undefined);
  const onChange = (): void => onTrouble(trouble());

  const storeTrial = createStartupTrial({
    check: 'store.record',
    worksText: 'the store works now',
    attempt: async () => {
      const verdict = await judgeStore(storeUrl, store);
      return verdict.is === 'fine' ? undefined : { isHopeless: verdict.is === 'hopeless', kind: 'store', says: verdict.says, cure: verdict.cure };
    },
    log,
    onHopeless,
    onChange,
  });
  trials.push(storeTrial);

  return {
    tryStore: storeTrial.start,
    trouble,
    stop: () => {
      for (const trial of trials) trial.stop();
    },
  };
};
