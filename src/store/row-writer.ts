import { hasEnded } from '../conversation/outcome.ts';
import { FORGOTTEN } from '../conversation/ledger.ts';
import { forgottenOf } from './forget-rows.ts';
import type { LedgerRow } from '../conversation/ledger.ts';
import type { Log } from '../log/log.ts';
import type { CheckedTable } from './checked-table.ts';
import type { Alongside } from './group-commit.ts';
import type { OwnedRow } from './ledger-record.ts';
import type { Store, StoreEntry, StoreTransaction } from './open-store.ts';
import type { ProcessLease } from './process-lease.ts';

export interface RowWriterOptions {
  readonly store: Store;
  readonly rows: CheckedTable<OwnedRow>;
  readonly marks: CheckedTable<string>;
  /** How long a row is kept, in milliseconds. */
  readonly ttlMs: number;
  readonly lease: Pick<ProcessLease, 'owner' | 'assure'>;
  /** What goes along with the end of a question; undefined: nothing. */
  readonly closed: (row: LedgerRow) => Alongside | undefined;
  readonly log: Log;
}

/** A row as it should be in the store, with what goes along with it. */
interface Unwritten extends OwnedRow {
  readonly alongside?: Alongside | undefined;
  /** It had ended when it came into our hands: another process may have forgotten it since. */
  readonly hadEnded: boolean;
}

export interface Noted {
  /** Whose it is, if not this process's; null: others may take it up. */
  readonly owner?: string | null;
  /** With this change it ends. */
  readonly isEnd?: boolean;
  readonly hadEnded?: boolean;
}

/** Writes down what becomes of rows: soon, those of one moment together, and again and again where the store fails. */
export interface RowWriter {
  note(row: LedgerRow, how?: Noted): void;
  /** Rows as they should be in the store and are not yet. */
  readonly unwritten: ReadonlyMap<string, { readonly row: LedgerRow }>;
  /** Another process has it by now: nothing of it is written. */
  drop(questionId: string): void;
  /** Resolves when all that was noted is written, or could not be. */
  flush(): Promise<void>;
  /** Nothing is noted any more: whoever comes next settles it. */
  close(): Promise<void>;
}

/** Waited before notes that could not be written are tried again, in milliseconds. */
const RETRY_MS = 1_000;

/** Whether nobody has anything to do with it any more. */
export const isDone = (row: LedgerRow): boolean => hasEnded(row) && row.isUntidy !== true;

/** What others may have noted in it meanwhile: that it is forgotten, or, where it is let go, that somebody has ended it. */
const isNotedByOthers = ({ owner, hadEnded }: Unwritten): boolean => hadEnded || owner === null;

export const createRowWriter = ({ store, rows, marks, ttlMs, lease, closed, log }: RowWriterOptions): RowWriter => {
  let unwritten = new Map<string, Unwritten>();
  let writing: Promise<void> = Promise.resolve();
  let retrying: NodeJS.Timeout | undefined;
  let isScheduled = false;
  let isClosed = false;

  /** What was noted meanwhile stays so, whoever had it in his hands. */
  const asNoted = (transaction: StoreTransaction, one: Unwritten): OwnedRow => {
    const { owner, row, hadEnded } = one;
    const text = isNotedByOthers(one) ? transaction.get(rows.key(row.questionId)) : undefined;
    const there = text === undefined ? undefined : rows.look(row.questionId, text)?.row;
    if (hadEnded && there?.reason === FORGOTTEN) return { owner, row: forgottenOf(row) };
    return { owner, row: hasEnded(row) || there?.takenBack === undefined ? row : { ...row, takenBack: there.takenBack } };
  };

  const write = async (): Promise<void> => {
    isScheduled = false;
    // Nothing is written over what another process has made of a row.
    await lease.assure();
    const batch = unwritten;
    if (batch.size === 0) return;
    unwritten = new Map();
    try {
      const owned = [...batch.values()];
      const entryFor = (one: OwnedRow): readonly StoreEntry[] => [rows.entry(one.row.questionId, one, ttlMs)].filter((entry) => entry !== undefined);
      const closedMarks = owned.flatMap(({ row }) => (isDone(row) ? [marks.key(row.questionId)] : []));
      const works = owned.flatMap(({ alongside }) => alongside ?? []);
      if (works.length === 0 && !owned.some(isNotedByOthers)) await store.setMany(owned.flatMap(entryFor), closedMarks);
      else {
        await store.transact((transaction) => {
          for (const one of owned) for (const entry of entryFor(asNoted(transaction, one))) transaction.set(entry);
          for (const key of closedMarks) transaction.delete(key);
          for (const work of works) work(transaction);
        });
      }
    } catch (error) {
      unwritten = new Map([...batch, ...unwritten]);
      log.error({ reason: String(error), rows: unwritten.size }, 'what became of some questions could not be written down; it is tried again');
      retrying ??= setTimeout(() => {
        retrying = undefined;
        flushSoon();
      }, RETRY_MS).unref();
    }
  };

  const flush = (): Promise<void> => (writing = writing.then(write));
  const flushSoon = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => void flush());
  };

  return {
    note: (row, { owner = lease.owner, isEnd = false, hadEnded = false } = {}) => {
      // The store may be closed.
      if (isClosed) return;
      // What goes along with its end is not lost with what is noted behind that.
      const alongside = isEnd ? closed(row) : unwritten.get(row.questionId)?.alongside;
      unwritten.set(row.questionId, { owner, row, alongside, hadEnded });
      flushSoon();
    },
    get unwritten() {
      return unwritten;
    },
    drop: (questionId) => void unwritten.delete(questionId),
    flush,
    close: async () => {
      clearTimeout(retrying);
      await flush();
      isClosed = true;
    },
  };
};
