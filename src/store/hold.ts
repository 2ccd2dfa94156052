import { FORGOTTEN } from '../conversation/ledger.ts';
import { hasEnded } from '../conversation/outcome.ts';
import type { Claim, LedgerRow } from '../conversation/ledger.ts';
import type { ProcessLease } from './process-lease.ts';
import type { RowWriter } from './row-writer.ts';

/** A row in the hands of this process, as it should be. */
export interface HeldRow {
  row: LedgerRow;
  onTaken: (() => void) | undefined;
  /** It was forgotten meanwhile. */
  become(row: LedgerRow): void;
}

export interface HoldOptions {
  readonly held: Map<string, HeldRow>;
  readonly note: RowWriter['note'];
  readonly lease: Pick<ProcessLease, 'assure' | 'isInDoubt'>;
  /** Whether others may reach the store while this process does not. */
  readonly isShared: boolean;
}

/** Takes a row into the hands of this process: what becomes of it is noted, until it has ended or is let go. @param onDisk resolves when it would survive a power cut */
type Hold = (first: LedgerRow, onDisk?: Promise<void>) => Claim;

export const createHold = ({ held, note, lease, isShared }: HoldOptions): Hold => {
  return (first, onDisk = Promise.resolve()) => {
    const { questionId } = first;
    const hadEnded = hasEnded(first);
    const become = (row: LedgerRow): void => {
      mine.row = row;
      claim.row = row;
    };
    const mine: HeldRow = { row: first, onTaken: undefined, become };
    held.set(questionId, mine);
    const isHeld = (): boolean => held.get(questionId) === mine;
    const change = (changes: Partial<LedgerRow>): void => {
      // Closed is closed.
      if (!isHeld()) return;
      const isEnd = !hasEnded(mine.row);
      become({ ...mine.row, ...changes });
      note(mine.row, { isEnd: isEnd && hasEnded(mine.row), hadEnded });
    };
    // No getter: V8 keeps a literal that has one as a hash table.
    const claim: Omit<Claim, 'row'> & Pick<HeldRow, 'row'> = {
      row: first,
      onDisk,
      isOurs: async () => {
        await lease.assure();
        return isHeld();
      },
      isInDoubt: () => isShared && lease.isInDoubt(),
      yield: () => {
        if (!isHeld()) return;
        claim.release();
        mine.onTaken?.();
      },
      onTaken: (listener) => {
        mine.onTaken = listener;
      },
      shown: (messageId) => {
        const { messageIds } = mine.row;
        if (!messageIds.includes(messageId)) change({ state: 'running', messageIds: [...messageIds, messageId] });
      },
      removed: (messageId) => change({ messageIds: mine.row.messageIds.filter((id) => id !== messageId) }),
      direct: (parts = 1) => change({ isDirect: true, directParts: parts > 1 ? parts : undefined }),
      takenBack: (by) => change({ takenBack: by }),
      moved: (place, conversationId = mine.row.conversationId) =>
        change({ place, conversationId, ...(mine.row.question === undefined ? {} : { question: { ...mine.row.question, conversationId } }) }),
      end: (outcome, isUntidy = false) => {
        const canRetry = outcome.state !== 'delivered' && outcome.canRetry === true;
        const { interaction, ...place } = mine.row.place;
        change({
          reason: undefined,
          refusal: undefined,
          takenBack: undefined,
          ...outcome,
          isUntidy: isUntidy || undefined,
          ...(canRetry ? {} : { question: undefined }),
          place: { ...place, interaction: isUntidy ? interaction : undefined, before: undefined, ...(canRetry ? {} : { preface: undefined }) },
        });
        if (isHeld() && !isUntidy) held.delete(questionId);
      },
      release: (reason, isUntried = false) => {
        if (!isHeld()) return;
        held.delete(questionId);
        // Of one that has ended, the reason is that of its end; and what is forgotten stays so.
        note(hasEnded(mine.row) || mine.row.reason === FORGOTTEN ? mine.row : { ...mine.row, reason, ...(isUntried ? { untried: (mine.row.untried ?? 0) + 1 } : {}) }, { owner: null, hadEnded });
      },
    };
    return claim;
  };
};
