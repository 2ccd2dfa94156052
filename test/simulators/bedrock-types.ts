// The JSON that travels to Converse, as it lies on the wire: bytes are base64 text.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html

export type JsonObject = { readonly [name: string]: unknown };

export type WireCachePoint = { readonly type: string; readonly ttl?: '5m' | '1h' };

export type WireSource = {
  readonly bytes?: string;
  readonly s3Location?: JsonObject;
  readonly text?: string;
  readonly content?: readonly { readonly text?: string }[];
};

export type WireImage = { readonly format: string; readonly source: WireSource };

export type WireDocument = {
  readonly format?: string;
  readonly name: string;
  readonly source: WireSource;
  readonly context?: string;
  readonly citations?: { readonly enabled: boolean };
};

export type WireToolUse = { readonly toolUseId: string; readonly name: string; readonly input: unknown };

export type WireToolResultContent = {
  readonly text?: string;
  readonly json?: unknown;
  readonly image?: WireImage;
  readonly document?: WireDocument;
};

export type WireToolResult = {
  readonly toolUseId: string;
  readonly content: readonly WireToolResultContent[];
  readonly status?: 'success' | 'error';
};

export type WireReasoning = {
  readonly reasoningText?: { readonly text: string; readonly signature?: string };
  readonly redactedContent?: string;
};

export type WireBlock = {
  readonly text?: string;
  readonly image?: WireImage;
  readonly document?: WireDocument;
  readonly video?: JsonObject;
  readonly audio?: JsonObject;
  readonly toolUse?: WireToolUse;
  readonly toolResult?: WireToolResult;
  readonly guardContent?: JsonObject;
  readonly cachePoint?: WireCachePoint;
  readonly reasoningContent?: WireReasoning;
  readonly citationsContent?: JsonObject;
  readonly searchResult?: JsonObject;
};

export type WireMessage = { readonly role: 'user' | 'assistant' | 'system'; readonly content: readonly WireBlock[] };

export type WireSystemBlock = {
  readonly text?: string;
  readonly guardContent?: JsonObject;
  readonly cachePoint?: WireCachePoint;
};

export type WireTool = {
  readonly toolSpec?: {
    readonly name: string;
    readonly description?: string;
    readonly inputSchema: { readonly json?: unknown };
  };
  readonly systemTool?: { readonly name: string };
  readonly cachePoint?: WireCachePoint;
};

export type WireToolConfig = {
  readonly tools: readonly WireTool[];
  readonly toolChoice?: { readonly auto?: JsonObject; readonly any?: JsonObject; readonly tool?: { readonly name: string } };
};

export type ConverseBody = {
  readonly messages: readonly WireMessage[];
  readonly system?: readonly WireSystemBlock[];
  readonly inferenceConfig?: {
    readonly maxTokens?: number;
    readonly temperature?: number;
    readonly topP?: number;
    readonly stopSequences?: readonly string[];
  };
  readonly toolConfig?: WireToolConfig;
  readonly guardrailConfig?: {
    readonly guardrailIdentifier?: string;
    readonly guardrailVersion?: string;
    readonly trace?: string;
    readonly streamProcessingMode?: string;
  };
  readonly additionalModelRequestFields?: JsonObject;
  readonly additionalModelResponseFieldPaths?: readonly string[];
  readonly requestMetadata?: { readonly [name: string]: string };
  readonly performanceConfig?: { readonly latency?: string };
  readonly serviceTier?: { readonly type: string };
  readonly outputConfig?: JsonObject;
  readonly promptVariables?: JsonObject;
};

export type StopReason =
  | 'end_turn'
  | 'tool_use'
  | 'max_tokens'
  | 'stop_sequence'
  | 'guardrail_intervened'
  | 'content_filtered'
  | 'malformed_model_output'
  | 'malformed_tool_use'
  | 'model_context_window_exceeded';

export type TokenUsage = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly cacheReadInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
  readonly cacheDetails?: readonly { readonly ttl: '5m' | '1h'; readonly inputTokens: number }[];
};

export type ConverseOperation = 'Converse' | 'ConverseStream';

export type Operation =
  | ConverseOperation
  | 'CountTokens'
  | 'InvokeGuardrailChecks'
  | 'ListFoundationModels'
  | 'ListInferenceProfiles'
  | 'GetFoundationModelAvailability'
  | 'Unknown';
