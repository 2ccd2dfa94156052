import type { Doors } from './discord/open-doors.ts';
import type { Log } from './log/log.ts';
import type { DayAccount } from './queue/day-account.ts';
import type { Stores } from './store/open-stores.ts';
import type { Upkeep } from './upkeep/create-upkeep.ts';

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
  readonly day: DayAccount;
  readonly stores: Stores;
  /** The model is being tried: whether questions can be answered at all. */
  readonly onTried: (isUseful: Promise<boolean>) => void;
  /** No question is being answered any more. */
  readonly onQuiet: () => void;
  readonly log: Log;
}

/** In which order everything begins, and ends. */
export const createLifecycle = ({ upkeep, doors, day, stores, onTried, onQuiet, log }: LifecycleOptions): Lifecycle => ({
  start: async () => {
    if (!(await upkeep.startStore())) return;
    await Promise.all([upkeep.startKey(), stores.ledger.open(), doors.open(), day.open()]);
    // Beside the login, which takes longer than a good answer.
    const isUseful = upkeep.tryModel();
    onTried(isUseful);
    const isUseless = isUseful.then((known) => (known ? new Promise<never>(() => undefined) : true));
    if ((await Promise.race([doors.start(isUseful), isUseless])) === true) return;
    upkeep.watch();
  },
  stop: async (graceMs = GRACE_MS) => {
    stores.stopSweeping();
    upkeep.stop();
    const left = await doors.shut(graceMs);
    onQuiet();
    stores.hurry(HURRY_MS);
    if (left > 0) log.info({ questions: left }, 'answers that are not done are left to the next start');
    await doors.close();
    await stores.ledger.close();
    await doors.leave();
    await day.close();
    await stores.close();
  },
});
