import type { Limits } from '../policy/limits.ts';
import type { LedgerCompanion } from './ledger-store.ts';
import type { LimitStore } from './limit-store.ts';

/** Counts each question with its claim, and what it came to with its end: whatever dies in between, both are there or neither is. */
export const createLimitCompanion = (limits: Limits, counts: Pick<LimitStore, 'reserve' | 'settle'>): LedgerCompanion => ({
  claimed: (question) => {
    // What a button asks may have been counted before.
    const plan = limits.verdictOf(question.id) === undefined ? limits.plan(question) : undefined;
    return plan && ((entries) => limits.decided(question.id, counts.reserve(entries, plan)));
  },
  closed: (row) => {
    const ending = limits.ended(row);
    return ending && ((entries) => counts.settle(entries, row.questionId, ending));
  },
});
