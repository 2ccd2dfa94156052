import { ConfigError } from '../settings/config.ts';
import { createStartupChecks } from './startup-checks.ts';
import { createKeyWatch } from './watch-key.ts';
import { createStoreWatch } from './watch-store.ts';
import type { KeyKeeper } from '../bedrock/key-keeper.ts';
import type { OnReport } from '../conversation/call-report.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { DiscordClock } from '../discord/rest/discord-clock.ts';
import type { TellOwners } from '../discord/rest/direct-message.ts';
import type { Log } from '../log/log.ts';
import type { Config } from '../settings/config.ts';
import type { Stores } from '../store/open-stores.ts';

export interface UpkeepOptions {
  readonly config: Pick<Config, 'store' | 'bedrock' | 'isTriedAtStart'>;
  readonly stores: Pick<Stores, 'tried' | 'foreign' | 'reseal'>;
  readonly clock: DiscordClock;
  readonly tellOwners: TellOwners;
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
  readonly log: Log;
  /** What keeps Parley from answering has changed. */
  readonly onTrouble: (trouble: FailureKind | undefined) => void;
  /** Only an admin can mend it: what is wrong, and the cure. */
  readonly onHopeless: (problem: string) => void;
  /** Hears of the calls that try the model. */
  readonly onReport: OnReport;
}

/** What Parley cannot do without: the store, the key, the model. Tried at the start until it works, watched from then on. */
export interface Upkeep {
  readonly keys: KeyKeeper;
  /** Whether the store can be worked with. @throws {ConfigError} where a later Parley has made it its own */
  startStore(): Promise<boolean>;
  /** @throws {ConfigError} when a command can give no key for this region */
  startKey(): Promise<void>;
  /** False where only an admin can mend it. */
  tryModel(): Promise<boolean>;
  /** From now on the owners can be written to. */
  watch(): void;
  /** Something could not be read or written. */
  storeFailed(error: Error): void;
  /** A question was answered. */
  answered(): void;
  trouble(): FailureKind | undefined;
  stop(): void;
}

export const createUpkeep = ({ config, stores, clock, tellOwners, monotonicNow, log, onTrouble, onHopeless, onReport }: UpkeepOptions): Upkeep => {
  const { tried } = stores;
  let isStoreTried = false;
  const keyWatch = createKeyWatch({
    source: config.bedrock.apiKey,
    region: config.bedrock.region,
    log,
    tellOwners,
    claim: tried.setIfAbsent,
    now: clock.now,
    isTimeKnown: () => clock.aheadMs() !== undefined,
    onReplaced: () => startup.keyChanged(),
    onHopeless,
  });
  const trouble = (): FailureKind | undefined => storeWatch.trouble() ?? startup.trouble();
  const tell = (): void => onTrouble(trouble());
  const storeWatch = createStoreWatch({ url: config.store.url, store: tried, tellOwners, monotonicNow, log, onChange: tell });
  const startup = createStartupChecks({
    config,
    store: tried,
    keys: keyWatch.keys,
    onDate: clock.heard,
    monotonicNow,
    log,
    onHopeless: ({ says, cure }) => onHopeless(`${says} ${cure}`),
    onTrouble: tell,
    onReport,
  });

  return {
    keys: keyWatch.keys,
    startStore: async () => {
      if (!(await startup.tryStore())) return false;
      isStoreTried = true;
      const foreign = await stores.foreign();
      if (foreign !== undefined) throw new ConfigError([`STORE_URL: ${foreign}`]);
      void stores.reseal();
      return true;
    },
    startKey: keyWatch.start,
    tryModel: startup.tryModel,
    watch: keyWatch.watch,
    storeFailed: (error) => {
      // A start tells of its own.
      if (isStoreTried && startup.trouble() !== 'store') storeWatch.failed(error);
    },
    answered: startup.answered,
    trouble,
    stop: () => {
      keyWatch.stop();
      startup.stop();
      storeWatch.stop();
    },
  };
};
