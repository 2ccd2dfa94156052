import { createBegunInteractions } from './begun-interactions.ts';
import { createHistoryStore } from './history-store.ts';
import { createKeptFiles } from './kept-files.ts';
import { createLedgerStore } from './ledger-store.ts';
import { createLimitStore } from './limit-store.ts';
import { createNeedStore } from './need-store.ts';
import { createNotebook } from './notebook.ts';
import { openTables } from './open-store.ts';
import { createPeerStore } from './peer-store.ts';
import { createPickedMessages } from './picked-messages.ts';
import { reportRecords } from './store-audience.ts';
import { createSettingsStore } from './settings-store.ts';
import { createUsageStore } from './usage-store.ts';
import { createSeal } from './seal.ts';
import { createShardStore } from './shard-store.ts';
import { isPostgres } from './store-address.ts';
import { createPendingQuestionStore, createShownAnswerStore } from './shown-answer-store.ts';
import { NEWER_STORE_CURE, NewerStoreError } from './newer-store.ts';
import { WRONG_KEY_CURE, WrongKeyError } from './sealed-driver.ts';
import type { LedgerCompanion } from './ledger-store.ts';
import type { Log } from '../log/log.ts';
import type { Store } from './open-store.ts';
import type { StoreKeys } from './row-cipher.ts';
import type { OnStoreUsed } from './sqlite-file.ts';
import type { StoreAudience } from './store-audience.ts';

export interface StoresOptions extends Required<Pick<StoreAudience, 'onFailure' | 'onNewer'>> {
  /** As in `STORE_URL`. */
  readonly url: string;
  /** What texts are encrypted with; undefined: they are not. */
  readonly keys?: StoreKeys | undefined;
  /** How long what people said is kept, in milliseconds. */
  readonly ttlMs: number;
  /** How old a question may be that is answered without being asked again, in milliseconds. */
  readonly youngMs: number;
  /** What tokens of interactions are sealed with. */
  readonly secret: string;
  /** Milliseconds since the epoch, by a clock that others have confirmed; and by our own. */
  readonly now: () => number;
  readonly wall: () => number;
  readonly companion?: LedgerCompanion | undefined;
  /** As in the ledger. */
  readonly isAnothers?: Parameters<typeof createLedgerStore>[0]['isAnothers'];
  /** As in `SqliteFile`. */
  readonly onUsed?: OnStoreUsed | undefined;
  readonly log: Log;
}

/** Milliseconds between two looks for values that are past their time. */
const SWEEP_EVERY_MS = 60 * 60 * 1000;

/** Everything that lasts longer than the process. Its parts share one connection; how its tables are cut stays in here. */
export const openStores = ({ url, keys, ttlMs, youngMs, secret, now, wall, companion, isAnothers, log, onFailure, onNewer, onUsed }: StoresOptions) => {
  const audience = { ...reportRecords(log), keptAsideMs: ttlMs, onFailure, onNewer };
  const openTable = openTables(url, { audience, keys, onUsed });
  const [store, fileStore, ledgerStore, usageTable] = [openTable(), openTable('files'), openTable('ledger'), openTable('usage')];
  const tables = [store, fileStore, ledgerStore, usageTable];
  const histories = createHistoryStore({ store, otherTables: [fileStore, ledgerStore], files: createKeptFiles({ store: fileStore, ttlMs, log }), ttlMs, isApart: isPostgres(url), log });

  const sweepTable = async (table: Store): Promise<void> => {
    try {
      if (await table.sweep()) setImmediate(() => void sweepTable(table));
    } catch (error) {
      log.warn({ reason: String(error) }, 'old records could not be cleared away');
    }
  };
  const sweep = (): void => {
    for (const table of tables) void sweepTable(table);
    histories.sweepFiles().catch((error: unknown) => log.warn({ reason: String(error) }, 'stray files could not be cleared away'));
    histories.sweepUnreadable().catch((error: unknown) => log.warn({ reason: String(error) }, 'unreadable records could not be cleared away'));
  };
  const sweeping = setInterval(sweep, SWEEP_EVERY_MS).unref();

  const seal = createSeal(secret);
  const ledger = createLedgerStore({ store: ledgerStore, seal, ttlMs, youngMs, now, wall, companion, isShared: isPostgres(url), isAnothers, log });

  return {
    histories,
    ledger,
    begun: createBegunInteractions({ store: ledgerStore, seal, processes: ledger.processes }),
    notebook: createNotebook(ledgerStore, { ttlMs, now }),
    shownAnswers: createShownAnswerStore({ store, ttlMs, processes: ledger.processes }),
    pendingQuestions: createPendingQuestionStore({ store, ttlMs }),
    pickedMessages: createPickedMessages(store),
    settings: createSettingsStore(store),
    limits: createLimitStore(ledgerStore),
    usage: createUsageStore(usageTable),
    /** The processes that divide the work, where the store is for several. */
    sharing: isPostgres(url) ? { processes: createPeerStore(ledgerStore, ledger.processes), table: createShardStore(ledgerStore), needs: createNeedStore(ledgerStore, ledger.processes.owner) } : undefined,
    /** True for the first who asks, of all processes: keeps a word under a key for so long. */
    claim: ledgerStore.setIfAbsent,
    /** Keeps a word under a key for so long, whatever is there. */
    keep: ledgerStore.set,
    /** What is written to and read from to see whether the store works. */
    tried: store,
    /** Whose the store is, where it is not for this Parley: a newer one's, or encrypted with another key. What else may be wrong, the next look tells. */
    foreign: async (): Promise<string | undefined> => {
      try {
        // Each table that is written to without a wait is known from here on.
        for (const table of [store, ledgerStore, usageTable]) await table.peek('-');
      } catch (error) {
        const cause = error instanceof Error ? error.cause : undefined;
        if (cause instanceof NewerStoreError) return `${cause.message}. ${NEWER_STORE_CURE}`;
        if (cause instanceof WrongKeyError) return `${cause.message}. ${WRONG_KEY_CURE}`;
      }
      return undefined;
    },
    /** Encrypts what was kept before there was a key, or with the key before; what fails is tried at the next start. */
    reseal: async (): Promise<void> => {
      try {
        const counts = await Promise.all(tables.map((table) => table.reseal()));
        const texts = counts.reduce((sum, count) => sum + count, 0);
        if (texts > 0) log.info({ texts }, 'what was kept is encrypted with the current key now');
      } catch (error) {
        log.warn({ reason: String(error) }, 'what was kept could not be encrypted with the current key; it is tried again at the next start');
      }
    },
    stopSweeping: () => clearInterval(sweeping),
    hurry: store.hurry,
    close: async () => {
      await Promise.all(tables.map((table) => table.close()));
    },
  };
};

export type Stores = ReturnType<typeof openStores>;
