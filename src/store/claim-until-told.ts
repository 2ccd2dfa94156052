import { setTimeout as sleep } from 'node:timers/promises';
import { NewerRecordError } from './checked-table.ts';
import { causeOf, isFull } from './sqlite-errors.ts';
import type { Claim, ClaimWait, LedgerRow } from '../conversation/ledger.ts';
import type { Question } from '../conversation/question.ts';
import type { Log } from '../log/log.ts';

export interface ClaimUntilToldOptions {
  /** Looks whether the store is there. */
  readonly ping: () => Promise<unknown>;
  /** Whether others may reach the store while this process does not: then silence of the store says nothing of whose a question is. */
  readonly isShared: boolean;
  /** Whether another process hears what is asked there, too, and is the one to answer it where the store does not tell whose it is. Never throws. */
  readonly isAnothers: (question: Question) => boolean;
  readonly isClosed: () => boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

export interface ClaimUntilTold {
  /**
   * The claim that `commit` makes. Where the store does not tell whose the question is, and it may be somebody else's, `again` tries
   * until it does, as long as the question can wait. Undefined: it is another's, or it is given up. Rejects where it is to be answered without.
   */
  (
    question: Question,
    row: LedgerRow,
    wait: ClaimWait | undefined,
    how: { readonly commit: () => Promise<Claim | undefined>; readonly again: () => Promise<Claim | 'taken' | undefined> },
  ): Promise<Claim | undefined>;
}

/** Waited between two looks for a store that does not tell, in milliseconds. */
const RETRY_MS = 1_000;
/** So many questions wait at a time for it; others are told so. */
const MOST_WAITING = 1_000;
/** What was asked by an interaction waits for it until there is only so much of that left, in milliseconds. */
const TOKEN_MARGIN_MS = 60_000;

export const createClaimUntilTold = ({ ping, isShared, isAnothers, isClosed, now, log }: ClaimUntilToldOptions): ClaimUntilTold => {
  /** Questions that wait, and the look that they wait for. */
  let waiting = 0;
  let looking: Promise<unknown> | undefined;

  /** Whether somebody else may have a question, or get it, of which the store does not tell whose it is. A full disk takes it from nobody. */
  const mayBeElsewhere = (question: Question, error: unknown, isPatient: boolean): boolean =>
    !(causeOf(error) instanceof NewerRecordError) && (isAnothers(question) || (isPatient && isShared && !isFull(error)));

  /** One look for all that wait. Resolves with what is wrong with the store. */
  const look = (): Promise<unknown> =>
    (looking ??= (async () => {
      await sleep(RETRY_MS, undefined, { ref: false });
      try {
        await ping();
        return undefined;
      } catch (error) {
        return error;
      }
    })().finally(() => (looking = undefined)));

  /** As soon as the store tells whose it is, or nobody else can have it. Rejects where it is to be answered without. */
  const claimLater = async (question: Question, row: LedgerRow, wait: ClaimWait | undefined, again: () => Promise<Claim | 'taken' | undefined>): Promise<Claim | undefined> => {
    const { interaction } = row.place;
    const until = wait === undefined ? Infinity : Math.min(row.deadline, interaction === undefined ? Infinity : interaction.expiresAt - TOKEN_MARGIN_MS);
    const giveUp = (): undefined => {
      log.error({ questionId: question.id }, 'the store did not tell in time whose a question is; it is not answered');
      wait?.givenUp();
    };
    if (waiting >= MOST_WAITING && wait !== undefined) return giveUp();
    waiting += 1;
    try {
      for (;;) {
        const wrong = await look();
        if (isClosed()) return undefined;
        if (now() > until) return giveUp();
        try {
          if (wrong !== undefined) throw wrong;
          const claim = await again();
          if (claim !== undefined) return claim === 'taken' ? undefined : claim;
        } catch (error) {
          if (!mayBeElsewhere(question, error, wait !== undefined)) throw error;
        }
      }
    } finally {
      waiting -= 1;
    }
  };

  return async (question, row, wait, { commit, again }) => {
    try {
      return await commit();
    } catch (error) {
      if (!mayBeElsewhere(question, error, wait !== undefined)) throw error;
      log.warn({ questionId: question.id, reason: String(error) }, 'the store does not tell whose a question is; it is asked again until it does');
      wait?.heldUp();
      return claimLater(question, row, wait, again);
    }
  };
};
