import type { Question } from './question.ts';
import type { TokenUsage } from './reply.ts';

/** Whom a model call is made for, and for which question. */
export type Payer = Pick<Question, 'guildId' | 'conversationId' | 'asker'> & Partial<Pick<Question, 'id'>>;

/** A model call that Bedrock began to answer, and what it is to be paid by. */
export interface CallReport {
  /** As it was asked for: an inference profile says which geography's price holds. */
  readonly modelId: string;
  /** Undefined: nobody; Parley itself looked at the model. */
  readonly payer: Payer | undefined;
  /** Undefined where Bedrock has not said it: the call was stopped or broke before its end. */
  readonly usage: TokenUsage | undefined;
  /** It was served by the tier that costs less. */
  readonly wasFlex?: boolean;
  /** What a check of content is billed by: thousands of characters, begun ones among them, for each kind of check. Absent: it was none. */
  readonly textUnits?: number;
}

/** Stands for a model where content was checked: no tokens are used for that. */
export const CONTENT_CHECKS_ID = 'guardrail-checks';

/**
 * Hears of each such call, once, before its end is known to anybody else, who waits for what is returned: then a kill forgets it no more.
 * Never throws, and never rejects.
 */
export type OnReport = (report: CallReport) => Promise<void> | undefined;
