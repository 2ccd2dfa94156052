import { hasEnded } from '../conversation/outcome.ts';
import { chainsAround } from '../conversation/scope.ts';
import { asStoreFailure } from './sqlite-errors.ts';
import type { Ledger, LedgerRow } from '../conversation/ledger.ts';
import type { TakenBack } from '../conversation/cancelled.ts';
import type { CheckedTable } from './checked-table.ts';
import type { HeldRow } from './hold.ts';
import type { OwnedRow } from './ledger-record.ts';
import type { Store } from './open-store.ts';
import type { ProcessLease } from './process-lease.ts';

export interface OpenRowsOptions {
  readonly store: Store;
  readonly rows: CheckedTable<OwnedRow>;
  readonly marks: CheckedTable<string>;
  /** How long a row is kept, in milliseconds. */
  readonly ttlMs: number;
  readonly lease: Pick<ProcessLease, 'owner' | 'isAlive'>;
  readonly held: ReadonlyMap<string, Pick<HeldRow, 'row' | 'become'>>;
  readonly read: (questionId: string) => Promise<(OwnedRow & { readonly text: string }) | undefined>;
  readonly note: (row: LedgerRow) => void;
}

/** What is asked of the questions that have not ended, whoever has them. */
export const createOpenRows = ({ store, rows, marks, ttlMs, lease, held, read, note }: OpenRowsOptions): Pick<Ledger, 'openElsewhere' | 'takeBack' | 'isOpenIn'> => {
  /** Whoever is about to take it up comes too late, and reads it anew. */
  const markTakenBack = async (questionId: string, isIt: (row: LedgerRow) => boolean, takenBack: TakenBack): Promise<boolean> => {
    for (;;) {
      const found = await read(questionId);
      if (found === undefined || hasEnded(found.row) || !isIt(found.row)) return false;
      const entry = rows.entry(questionId, { owner: found.owner, row: { ...found.row, takenBack } }, ttlMs);
      if (entry === undefined) return false;
      if (await store.replace(entry.key, found.text, entry.text, ttlMs)) return true;
    }
  };

  return {
    openElsewhere: (conversationId, isAnswered = false) =>
      asStoreFailure('The questions of a conversation could not be looked up', async () => {
        const open: LedgerRow[] = [];
        for await (const [questionId] of marks.list()) {
          const found = held.has(questionId) ? undefined : await read(questionId);
          if (found === undefined || hasEnded(found.row)) continue;
          const { owner, row } = found;
          if (row.conversationId !== conversationId && chainsAround(row.conversationId) !== conversationId) continue;
          if (!isAnswered || (owner !== null && owner !== lease.owner && (await lease.isAlive(owner)))) open.push(row);
        }
        return open;
      }),
    takeBack: (isIt, takenBack) =>
      asStoreFailure('That a question was taken back could not be noted', async () => {
        for await (const [questionId] of marks.list()) {
          const mine = held.get(questionId);
          if (mine !== undefined && !hasEnded(mine.row) && isIt(mine.row)) {
            mine.become({ ...mine.row, takenBack });
            note(mine.row);
            return true;
          }
          if (mine === undefined && (await markTakenBack(questionId, isIt, takenBack))) return true;
        }
        return false;
      }),
    isOpenIn: (channelId) =>
      asStoreFailure('The questions of a place could not be looked up', async () => {
        for await (const [questionId] of marks.list()) {
          const found = await read(questionId);
          if (found !== undefined && !hasEnded(found.row) && found.row.place.channelId === channelId) return true;
        }
        return false;
      }),
  };
};
