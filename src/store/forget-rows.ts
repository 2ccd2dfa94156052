import { setImmediate as othersTurn } from 'node:timers/promises';
import { FORGOTTEN } from '../conversation/ledger.ts';
import { hasEnded } from '../conversation/outcome.ts';
import { chainsAround } from '../conversation/scope.ts';
import { lostRow } from './ledger-record.ts';
import type { Belonging, LedgerRow } from '../conversation/ledger.ts';
import type { CheckedTable } from './checked-table.ts';
import type { OwnedRow } from './ledger-record.ts';
import type { Store } from './open-store.ts';

export interface ForgetRowsDependencies {
  readonly store: Store;
  readonly rows: CheckedTable<OwnedRow>;
  /** Whether a row is to be brought to its end by somebody. */
  readonly isOpen: (questionId: string) => Promise<boolean>;
  readonly isAlive: (owner: string) => Promise<boolean>;
  /** Writes a row anew if it is still that text, wherever it is held. */
  readonly replace: (text: string, owned: OwnedRow) => Promise<boolean>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Rows that are read in one go: there may be tens of thousands, and others have work to do. */
const AT_ONCE = 50;
/** A row is written a few times in its life. */
const MAX_ATTEMPTS = 20;

/**
 * Takes from rows what was asked: nobody can try them again then, and whoever takes up one that was held up says that it is
 * forgotten. Resolves with those that had ended, as they are now.
 */
export type ForgetRows = (of: Belonging) => Promise<readonly LedgerRow[]>;

const belongs = ({ questionId, conversationId, place }: LedgerRow, of: Belonging): boolean => {
  if ('questionId' in of) return questionId === of.questionId;
  if ('chains' in of) return chainsAround(conversationId) === of.chains;
  return 'channelId' in of ? place.channelId === of.channelId : conversationId === of.conversationId;
};

/** What is left of it says nothing of what was asked. */
export const forgottenOf = (row: LedgerRow): LedgerRow => ({ ...row, reason: FORGOTTEN, canRetry: undefined, question: undefined, place: { ...row.place, preface: undefined, before: undefined } });

export const createForgetRows = ({ store, rows, isOpen, isAlive, replace, now }: ForgetRowsDependencies): ForgetRows => {
  const rest = async (questionId: string, text: string, of: Belonging): Promise<OwnedRow | undefined> => {
    const owned = rows.look(questionId, text);
    // What cannot be read of an open one is dealt with when it is taken up.
    if (owned === undefined) return (await isOpen(questionId)) ? undefined : { owner: null, row: lostRow(questionId, now()) };
    const { owner, row } = owned;
    if (!belongs(row, of)) return undefined;
    if (hasEnded(row)) return row.canRetry === true ? { owner, row: forgottenOf(row) } : undefined;
    // Whoever works on it has been told, and ends it.
    const isLeft = row.question !== undefined && (owner === null || !(await isAlive(owner)));
    return isLeft ? { owner: null, row: forgottenOf(row) } : undefined;
  };

  const candidates = async function* (of: Belonging): AsyncIterable<readonly [key: string, text: string]> {
    if (!('questionId' in of)) return yield* store.entries(rows.key(''));
    const key = rows.key(of.questionId);
    const text = await store.get(key);
    if (text !== undefined) yield [key, text];
  };

  /** Where somebody was quicker, it is looked at anew: it may be tried again, or only be put in order. */
  const forgetOne = async (key: string, first: string, of: Belonging): Promise<OwnedRow | undefined> => {
    let text: string | undefined = first;
    for (let attempt = 1; text !== undefined && attempt <= MAX_ATTEMPTS; attempt += 1) {
      const owned = await rest(key.slice(rows.key('').length), text, of);
      if (owned === undefined || (await replace(text, owned))) return owned;
      text = await store.get(key);
    }
    return undefined;
  };

  return async (of) => {
    const forgotten: LedgerRow[] = [];
    const named = 'chains' in of ? `"conversationId":"${of.chains}:` : JSON.stringify(of).slice(1, -1);
    let [read, written] = [0, 0];
    for await (const [key, text] of candidates(of)) {
      read += 1;
      if (read % AT_ONCE === 0) await othersTurn();
      if (!text.includes(named)) continue;
      const owned = await forgetOne(key, text, of);
      if (owned === undefined) continue;
      written += 1;
      if (hasEnded(owned.row)) forgotten.push(owned.row);
    }
    if (written > 0) store.scrub();
    return forgotten;
  };
};
