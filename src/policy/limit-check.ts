import type { AdmissionCheck, Refusal } from '../conversation/admission.ts';
import type { LimitPlan, LimitVerdict } from './limit-plan.ts';
import type { Limits } from './limits.ts';

/** Where questions are counted beside their claims. All reject with a `Failure` of kind `store` or `store-full`. */
export interface LimitCounts {
  /** Counts a question; one that is counted already keeps its verdict. */
  admit(plan: LimitPlan): Promise<LimitVerdict>;
  /** What was said of a question that is counted; undefined where none is. */
  verdict(questionId: string): Promise<LimitVerdict | undefined>;
  /** It is as if it had not been asked. */
  giveBack(questionId: string): Promise<void>;
}

const refusalIn = (verdict: LimitVerdict | undefined): Refusal | undefined =>
  verdict?.is === 'refused' ? { reason: 'limit', limit: verdict.reached, until: verdict.reached.opensAt } : undefined;

/**
 * Refuses questions for which nothing is left. What is left is only known while one is claimed, so that others cannot take it in
 * between; what a button asks is counted before, as its place is only opened where it is taken on.
 */
export const createLimitCheck = (limits: Limits, counts: LimitCounts): AdmissionCheck => ({
  of: 'questions',
  refusalOf: () => undefined,
  pressed: async (question) => {
    const plan = limits.plan(question);
    if (plan === undefined) return undefined;
    try {
      const verdict = await counts.admit(plan);
      if (verdict.is === 'open') limits.decided(question.id, verdict);
      else await counts.giveBack(question.id);
      return refusalIn(verdict);
    } catch {
      // Where nothing can be counted, nothing can be answered either: the question ends with that.
      return undefined;
    }
  },
  claimed: ({ id }) => refusalIn(limits.verdictOf(id)),
  resumed: async ({ id }) => {
    try {
      const verdict = limits.verdictOf(id) ?? (await counts.verdict(id));
      if (verdict !== undefined) limits.decided(id, verdict);
      return refusalIn(verdict);
    } catch {
      return undefined;
    }
  },
  withdraw: ({ id }) => {
    if (limits.verdictOf(id) === undefined) return;
    limits.forget(id);
    // What is held for it lapses by itself where that cannot be done.
    counts.giveBack(id).catch(() => undefined);
  },
});
