import { EXIT_BAD_SETTINGS } from './settings/config.ts';
import { NEWER_STORE_CURE } from './store/newer-store.ts';
import type { SideCalls } from './conversation/side-call.ts';
import type { Doors } from './discord/open-doors.ts';
import type { Log } from './log/log.ts';
import type { PlaceModels } from './place-models.ts';
import type { ShareLimits } from './share-limits.ts';
import type { SettingsBook } from './policy/settings-book.ts';
import type { Stores } from './store/open-stores.ts';
import type { StoreAudience } from './store/store-audience.ts';
import type { BudgetWatch } from './upkeep/watch-budget.ts';
import type { CallBook } from './usage/call-book.ts';
import type { Upkeep } from './upkeep/create-upkeep.ts';

/** The exit code that makes a supervisor start the process anew. */
const EXIT_START_ANEW = 1;

/** Says that the process has to end: with this reason and this exit code, and what the log says of it. */
export type OnEnd = (reason: string, exitCode: number, message?: string) => void;

/** Every reason for which the process ends by itself. */
export interface Ends {
  /** Only an admin can mend it: what is wrong, and the cure. */
  useless(problem: string): void;
  /** Discord will not have us. */
  refused(reason: string): void;
  /** A later Parley has written a record. */
  newerStore: StoreAudience['onNewer'];
  /** A new process helps. */
  anew(reason: string): void;
}

export const createEnds = (onEnd: OnEnd): Ends => ({
  useless: (problem) => onEnd(problem, EXIT_BAD_SETTINGS, 'Parley cannot work like this'),
  refused: (reason) => onEnd(reason, EXIT_BAD_SETTINGS),
  newerStore: ({ kind, key }, version) =>
    onEnd(`${kind} ${key} is of version ${version}, which a newer Parley has written. ${NEWER_STORE_CURE}`, EXIT_BAD_SETTINGS, 'the store is not for this version'),
  anew: (reason) => onEnd(reason, EXIT_START_ANEW),
});

/** How long answers that are being written may take to end once the process is to end, in milliseconds. */
const GRACE_MS = 20_000;
/** How long the last writes may wait for somebody who has the store locked, in milliseconds; the next start settles what is missing. */
const HURRY_MS = 2_000;

export interface Lifecycle {
  start(): Promise<void>;
  /** Takes nothing on any more, lets answers end for at most `graceMs`, and leaves the rest to the next start. */
  stop(graceMs?: number): Promise<void>;
}

export interface LifecycleOptions {
  readonly upkeep: Upkeep;
  readonly doors: Doors;
  readonly day: PlaceModels['day'];
  readonly sharedLimits: ShareLimits;
  readonly settings: Pick<SettingsBook, 'open' | 'close'>;
  readonly calls: Pick<CallBook, 'open' | 'close'>;
  readonly budget: Pick<BudgetWatch, 'look' | 'stop'>;
  readonly sideCalls: Pick<SideCalls, 'stop'>;
  readonly stores: Stores;
  /** The model is being tried: whether questions can be answered at all. */
  readonly onTried: (isUseful: Promise<boolean>) => void;
  /** No question is being answered any more. */
  readonly onQuiet: () => void;
  readonly log: Log;
}

/** In which order everything begins, and ends. */
export const createLifecycle = ({ upkeep, doors, day, sharedLimits, settings, calls, budget, sideCalls, stores, onTried, onQuiet, log }: LifecycleOptions): Lifecycle => ({
  start: async () => {
    if (!(await upkeep.startStore())) return;
    await Promise.all([upkeep.startKey(), stores.ledger.open(), doors.open(), day.open(), sharedLimits.open(), settings.open(), calls.open()]);
    // Beside the login, which takes longer than a good answer.
    const isUseful = upkeep.tryModel();
    onTried(isUseful);
    const isUseless = isUseful.then((known) => (known ? new Promise<never>(() => undefined) : true));
    if ((await Promise.race([doors.start(isUseful), isUseless])) === true) return;
    upkeep.watch();
    void budget.look();
  },
  stop: async (graceMs = GRACE_MS) => {
    stores.stopSweeping();
    settings.close();
    budget.stop();
    sideCalls.stop();
    upkeep.stop();
    const left = await doors.shut(graceMs);
    onQuiet();
    stores.hurry(HURRY_MS);
    if (left > 0) log.info({ questions: left }, 'answers that are not done are left to the next start');
    await doors.close();
    await stores.ledger.close();
    await doors.leave();
    await sharedLimits.close();
    await day.close();
    await calls.close();
    await stores.close();
  },
});
