/**
 * Token counts as Bedrock reports them.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
}

/** Why the model stopped, in Converse's own words. Those that nobody knows are kept as they are. */
export type StopReason = string;

/** The model's greatest answer was reached. */
export const CUT_OFF: StopReason = 'max_tokens';

/** Prompt and answer filled all that the model takes. */
export const CONTEXT_FULL: StopReason = 'model_context_window_exceeded';

/** Stands where the model gave no reason that could be one. */
export const UNKNOWN_STOP_REASON: StopReason = 'unknown';

/** The ends of an answer that has all of what the model had to say. */
const WHOLE = new Set<StopReason>(['end_turn', 'stop_sequence']);

export const isWhole = (stopReason: StopReason): boolean => WHOLE.has(stopReason);

/** A model that declines has several words for it, and makers find new ones. */
const DECLINED = /refus|declin|safety|policy|prohibit|blocked|recitation/iu;

export const isDeclined = (stopReason: StopReason): boolean => DECLINED.test(stopReason);

/** What an answer rests on. All of it is untrusted. */
export interface ReplySource {
  readonly title?: string | undefined;
  /** A web address without blanks. */
  readonly url?: string | undefined;
  /** Where in it: `pages 3–4`. */
  readonly place?: string | undefined;
}

/** What belongs to a whole answer beside its text. */
export interface ReplyEnd {
  readonly stopReason: StopReason;
  /** Undefined: not told, or nothing that can be true. */
  readonly usage: TokenUsage | undefined;
  /** Milliseconds that Bedrock reports for the call. */
  readonly latencyMs: number | undefined;
  /** A guardrail took words out of the answer; what is left of it stands. */
  readonly wasMasked?: boolean | undefined;
  /** A guardrail stopped what was asked, so that there is no answer: the question, or something that was said before it. */
  readonly wasInputStopped?: boolean | undefined;
  readonly sources?: readonly ReplySource[] | undefined;
}

/** Which model answered, for how much. */
export interface AnsweredBy {
  readonly modelName: string;
  readonly usage?: TokenUsage | undefined;
  /** In US dollars; absent where nobody can tell. */
  readonly cost?: number | undefined;
}

/** What the model said. */
export interface Reply extends ReplyEnd {
  readonly text: string;
}

/** What a model call tells while it runs. Text comes in pieces; `end` comes once and last. */
export type ReplyEvent = { readonly type: 'text'; readonly text: string } | ({ readonly type: 'end' } & ReplyEnd);
