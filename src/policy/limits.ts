import { isTakenBack } from '../conversation/outcome.ts';
import { NANO } from './limit-account.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { LedgerRow } from '../conversation/ledger.ts';
import type { QuestionListener } from '../conversation/question-events.ts';
import type { Question } from '../conversation/question.ts';
import type { TokenUsage } from '../conversation/reply.ts';
import type { Calendar } from './calendar.ts';
import type { LimitAmount, Spent } from './limit-account.ts';
import type { HeldQuestion, LimitPlan, LimitVerdict } from './limit-plan.ts';
import type { LimitRule } from './limits-at.ts';

export interface LimitsOptions {
  /** The limits that hold for a question; answered from memory. */
  readonly rulesFor: (question: Question) => readonly LimitRule[];
  /** What the model may take for it at most. @param model undefined: the one that answers there */
  readonly estimate: (question: Question, model: string | undefined) => ReturnType<LimitPlan['estimate']>;
  /** In US dollars; undefined where nobody can tell. */
  readonly priceOf: (modelId: string, usage: TokenUsage) => number | undefined;
  readonly calendar: Calendar;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The questions of this process that are counted, from their claims to their ends. */
export interface Limits {
  /** What is to be counted of a question; undefined where no limit holds. */
  plan(question: Question): LimitPlan | undefined;
  /** It is counted, or refused. @param isUnclaimed its claim comes later, or never */
  decided(questionId: string, held: HeldQuestion, isUnclaimed?: boolean): void;
  /** It is this process's: from now on its end settles what is held for it. */
  taken(questionId: string): void;
  /** Forgets one that was counted before its claim, and has none; false where there is no such one. */
  withdrawn(questionId: string): boolean;
  /** Undefined where nothing was to be counted. */
  verdictOf(questionId: string): LimitVerdict | undefined;
  readonly heard: QuestionListener;
  /** A call for a question has ended. @param usage undefined where Bedrock reported nothing, though it had begun */
  reported(questionId: string, modelId: string, usage: TokenUsage | undefined): void;
  /** Its answer was found, which a process that is gone has given. @param usage undefined where Bedrock reported nothing */
  answered(questionId: string, usage: TokenUsage | undefined): void;
  /** What a question that has ended came to, and forgets it; undefined where nothing is held for it. */
  ended(row: Pick<LedgerRow, 'questionId' | 'state' | 'attempts'>): LimitEnding | undefined;
}

/** The end of a question, as far as it counts. */
export interface LimitEnding {
  /** Undefined where another process has counted it. */
  readonly held: HeldQuestion | undefined;
  readonly spent: (held: HeldQuestion) => Spent;
}

interface Counting {
  readonly held: HeldQuestion;
  isUnclaimed: boolean;
  tokens: number;
  nano: number;
  calls: number;
  /** A call that Bedrock had begun said nothing of what it took. */
  isUnknown: boolean;
  wasCalled: boolean;
  failure: FailureKind | undefined;
}

const NOTHING: LimitAmount = { tokens: 0, nano: 0 };

export const tokensIn = ({ inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 }: TokenUsage): number =>
  inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens;

export const createLimits = ({ rulesFor, estimate, priceOf, calendar, now }: LimitsOptions): Limits => {
  const counting = new Map<string, Counting>();
  /** Answers of processes that are gone. */
  const found = new Map<string, TokenUsage | undefined>();

  const amountOf = (modelId: string, usage: TokenUsage): LimitAmount => ({ tokens: tokensIn(usage), nano: Math.round((priceOf(modelId, usage) ?? 0) * NANO) });

  const spentOf = ({ tokens, nano, calls, isUnknown, wasCalled, failure }: Counting, isDelivered: boolean): Spent => {
    // Whoever takes a question back has asked it.
    const wasTakenBack = failure !== undefined && isTakenBack(failure) && wasCalled;
    const isCounted = isDelivered || wasTakenBack || calls > 0;
    // What Bedrock never reported counts as what was held for it, unless the call failed.
    const isGuessed = (isDelivered && calls === 0) || (wasTakenBack && isUnknown);
    return { isCounted, used: isGuessed ? undefined : { tokens, nano } };
  };

  return {
    plan: (question) => {
      const rules = rulesFor(question);
      if (rules.length === 0) return undefined;
      const isCosted = rules.some(({ limit }) => limit.counts === 'tokens' || limit.counts === 'usd');
      // A process that has just started may not know Discord's time yet: nothing is asked before it was.
      return { questionId: question.id, rules, moment: calendar(Math.max(now(), question.askedAt)), estimate: (model) => (isCosted ? estimate(question, model) : NOTHING) };
    },
    decided: (questionId, held, isUnclaimed = false) => {
      counting.set(questionId, { held, isUnclaimed, tokens: 0, nano: 0, calls: 0, isUnknown: false, wasCalled: false, failure: undefined });
    },
    taken: (questionId) => {
      const one = counting.get(questionId);
      if (one !== undefined) one.isUnclaimed = false;
    },
    withdrawn: (questionId) => counting.get(questionId)?.isUnclaimed === true && counting.delete(questionId),
    verdictOf: (questionId) => counting.get(questionId)?.held.verdict,
    heard: (event) => {
      const { type, question } = event;
      const one = counting.get(question.id);
      if (one === undefined) return;
      if (type === 'called') one.wasCalled = true;
      else if (type === 'failed' || type === 'refused') one.failure = event.report.failure?.kind;
      // Another process goes on with it.
      else if (type === 'left' || type === 'taken-over') counting.delete(question.id);
    },
    reported: (questionId, modelId, usage) => {
      const one = counting.get(questionId);
      if (one === undefined) return;
      if (usage === undefined) one.isUnknown = true;
      else {
        const { tokens, nano } = amountOf(modelId, usage);
        one.calls += 1;
        one.tokens += tokens;
        one.nano += nano;
      }
    },
    answered: (questionId, usage) => void found.set(questionId, usage),
    ended: ({ questionId, state, attempts }) => {
      const one = counting.get(questionId);
      const usage = found.get(questionId);
      counting.delete(questionId);
      found.delete(questionId);
      const isDelivered = state === 'delivered';
      if (one !== undefined) return { held: one.held, spent: () => spentOf(one, isDelivered) };
      // An earlier process may have held something for it.
      if (attempts === 1) return undefined;
      if (!isDelivered) return { held: undefined, spent: () => ({ isCounted: false, used: NOTHING }) };
      return { held: undefined, spent: ({ modelId }) => ({ isCounted: true, used: usage && amountOf(modelId ?? '', usage) }) };
    },
  };
};
