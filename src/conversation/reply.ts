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

/** Why the model stopped, in Converse's own words; unknown ones count as an end. */
export type StopReason = string;

/** What the model said. */
export interface Reply {
  readonly text: string;
  readonly stopReason: StopReason;
  readonly usage: TokenUsage | undefined;
  /** Milliseconds that Bedrock reports for the call. */
  readonly latencyMs: number | undefined;
}

/** What a model call tells while it runs. Text comes in pieces; `end` comes once and last. */
export type ReplyEvent =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'end';
      readonly stopReason: StopReason;
      readonly usage: TokenUsage | undefined;
      readonly latencyMs: number | undefined;
    };
