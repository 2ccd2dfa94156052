import type { AdmissionCheck, Refusal } from '../conversation/admission.ts';
import type { HeldQuestion, LimitPlan, LimitVerdict } from './limit-plan.ts';
import type { Limits } from './limits.ts';
import type { LimitsFor } from './limits-for.ts';

/** Where questions are counted beside their claims. All reject with a `Failure` of kind `store` or `store-full`. */
export interface LimitCounts {
  /** Counts a question; what is held for it already stays. */
  admit(plan: LimitPlan): Promise<HeldQuestion>;
  /** What is held for a question; undefined where nothing is. */
  held(questionId: string): Promise<HeldQuestion | undefined>;
  /** It is as if it had not been asked. */
  giveBack(questionId: string): Promise<void>;
}

const refusalIn = (verdict: LimitVerdict | undefined): Refusal | undefined =>
  verdict?.is === 'refused' ? { reason: 'limit', limit: verdict.reached, until: verdict.reached.opensAt } : undefined;

/**
 * Refuses questions for which nothing is left. What is left is only known while one is claimed, so that others cannot take it in
 * between; what a button asks is counted before, as its place is only opened where it is taken on.
 */
export const createLimitCheck = (limits: Limits, counts: LimitCounts, learnRoles: LimitsFor['learnRoles']): AdmissionCheck => ({
  of: 'questions',
  refusalOf: (question) => learnRoles(question)?.then(() => undefined),
  pressed: async (question) => {
    const known = limits.verdictOf(question.id);
    if (known !== undefined) return refusalIn(known);
    const plan = limits.plan(question);
    if (plan === undefined) return undefined;
    try {
      const held = await counts.admit(plan);
      if (held.verdict.is === 'open') limits.decided(question.id, held, true);
      else await counts.giveBack(question.id);
      return refusalIn(held.verdict);
    } catch {
      // Where nothing can be counted, nothing can be answered either: the question ends with that.
      return undefined;
    }
  },
  claimed: ({ id }) => {
    limits.taken(id);
    return refusalIn(limits.verdictOf(id));
  },
  resumed: async ({ id }) => {
    try {
      limits.taken(id);
      const known = limits.verdictOf(id);
      if (known !== undefined) return refusalIn(known);
      const held = await counts.held(id);
      if (held !== undefined) limits.decided(id, held);
      return refusalIn(held?.verdict);
    } catch {
      return undefined;
    }
  },
  answered: limits.answered,
  withdraw: ({ id }, isElsewhere) => {
    // One that is answered here may be heard of again, and one that is answered elsewhere is settled there.
    if (!limits.withdrawn(id) || isElsewhere) return;
    // What is held for it lapses by itself where that cannot be done.
    counts.giveBack(id).catch(() => undefined);
  },
});
