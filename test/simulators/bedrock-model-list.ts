// What each model takes and refuses. Ids, windows and prices change often: a test overrides what it needs.
// https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html

export type Geography = 'us' | 'eu' | 'apac' | 'jp' | 'au' | 'ca' | 'in' | 'us-gov' | 'global';

export type ModelTraits = {
  readonly title: string;
  readonly provider: string;
  /** Takes Converse at all: embedding and image models do not. */
  readonly converse: boolean;
  readonly retired: boolean;
  readonly legacy: boolean;
  /** The bare id works, without an inference profile. */
  readonly onDemand: boolean;
  /** The inference profiles that exist for this model. */
  readonly geographies: readonly Geography[];
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  /** `temperature` and `topP`: both at once, one of them, or neither. */
  readonly sampling: 'both' | 'one' | 'none';
  readonly streaming: boolean;
  readonly streamingTools: boolean;
  readonly tools: boolean;
  readonly forcedToolChoice: boolean;
  readonly prefill: boolean;
  readonly systemPrompt: boolean;
  readonly images: boolean;
  readonly maxImages: number;
  readonly documents: boolean;
  /** Document formats that may be larger than 4.5 MB. */
  readonly largeDocumentFormats: readonly string[];
  readonly s3Sources: boolean;
  readonly caching: { readonly minimumTokens: number; readonly oneHour: boolean } | undefined;
  readonly countTokens: boolean;
  /** The service tiers priority and flex. https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html */
  readonly tiers: boolean;
  /** Answers that come from the model itself are worded by its maker. */
  readonly family: 'claude' | 'nova' | 'other';
  readonly thinking: 'none' | 'optional' | 'default' | 'always';
  /** Output tokens count this many times against the quota. */
  readonly burndown: number;
  /** What it takes in nobody's text, in any turn, and how it says so: a guardrail of its maker, a character that breaks its reader. */
  readonly refuses: { readonly says: RegExp; readonly words: string } | undefined;
  /** How a prompt beyond the window is refused: Bedrock's text, the model's text, or inside the stream. */
  readonly overflow: 'input' | 'prompt' | 'stream';
};

/** A model nobody has described. */
export const plain: ModelTraits = {
  title: 'Test model',
  provider: 'Test',
  converse: true,
  retired: false,
  legacy: false,
  onDemand: true,
  refuses: undefined,
  geographies: [],
  contextTokens: 128_000,
  maxOutputTokens: 8_192,
  sampling: 'both',
  streaming: true,
  streamingTools: true,
  tools: true,
  forcedToolChoice: true,
  prefill: false,
  systemPrompt: true,
  images: false,
  maxImages: 20,
  documents: true,
  largeDocumentFormats: [],
  s3Sources: false,
  caching: undefined,
  countTokens: false,
  tiers: false,
  family: 'other',
  thinking: 'none',
  burndown: 1,
  overflow: 'input',
};

type Traits = Partial<ModelTraits>;

const everywhere: readonly Geography[] = ['us', 'eu', 'jp', 'au', 'global'];

function claude(title: string, minimumTokens: number, traits: Traits = {}): Traits {
  return {
    title: `Claude ${title}`,
    provider: 'Anthropic',
    family: 'claude',
    onDemand: false,
    geographies: everywhere,
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    sampling: 'one',
    prefill: true,
    images: true,
    caching: { minimumTokens, oneHour: true },
    countTokens: true,
    thinking: 'optional',
    burndown: 5,
    ...traits,
  };
}

/** Since 4.6: a window of a million, no prefill. Since 4.7: no sampling fields either. */
const large: Traits = { contextTokens: 1_000_000, maxOutputTokens: 128_000, prefill: false, maxImages: 100 };
const unsampled: Traits = { ...large, sampling: 'none' };
const old: Traits = { retired: true, sampling: 'both', geographies: ['us', 'eu', 'apac'], onDemand: true };

function nova(title: string, minimumTokens: number, traits: Traits = {}): Traits {
  return {
    title: `Nova ${title}`,
    provider: 'Amazon',
    family: 'nova',
    geographies: ['us', 'eu', 'apac'],
    contextTokens: 300_000,
    maxOutputTokens: 10_000,
    images: true,
    prefill: true,
    s3Sources: true,
    caching: { minimumTokens, oneHour: false },
    ...traits,
  };
}

export const models: Readonly<Record<string, Traits>> = {
  'anthropic.claude-haiku-5-5': claude('Haiku 5.5', 4096, { ...unsampled, thinking: 'default' }),
  'anthropic.claude-sonnet-5-5': claude('Sonnet 5.5', 1024, {
    ...unsampled,
    geographies: ['us', 'eu', 'au', 'global'],
    thinking: 'always',
    forcedToolChoice: false,
  }),
  'anthropic.claude-sonnet-5': claude('Sonnet 5', 1024, { ...unsampled, thinking: 'default' }),
  'anthropic.claude-opus-5-5': claude('Opus 5.5', 1024, { ...unsampled, thinking: 'always' }),
  'anthropic.claude-opus-5': claude('Opus 5', 1024, unsampled),
  'anthropic.claude-fable-5-2': claude('Fable 5.2', 1024, { ...unsampled, geographies: ['us', 'global'] }),
  'anthropic.claude-fable-5-1': claude('Fable 5.1', 1024, { ...unsampled, geographies: ['us', 'global'] }),
  'anthropic.claude-opus-4-8': claude('Opus 4.8', 4096, unsampled),
  'anthropic.claude-opus-4-7': claude('Opus 4.7', 4096, unsampled),
  'anthropic.claude-opus-4-6-v1': claude('Opus 4.6', 4096, large),
  'anthropic.claude-sonnet-4-6': claude('Sonnet 4.6', 2048, large),
  'anthropic.claude-haiku-4-5-20251001-v1:0': claude('Haiku 4.5', 4096, { geographies: [...everywhere, 'in'] }),
  'anthropic.claude-sonnet-4-5-20250929-v1:0': claude('Sonnet 4.5', 1024),
  'anthropic.claude-opus-4-5-20251101-v1:0': claude('Opus 4.5', 4096, { geographies: ['us', 'eu', 'global'] }),
  'anthropic.claude-sonnet-4-20250514-v1:0': claude('Sonnet 4', 1024, { ...old, onDemand: false }),
  'anthropic.claude-3-7-sonnet-20250219-v1:0': claude('3.7 Sonnet', 1024, { ...old, onDemand: false }),
  'anthropic.claude-3-5-haiku-20241022-v1:0': claude('3.5 Haiku', 2048, {
    ...old,
    geographies: ['us'],
    maxOutputTokens: 8_192,
    images: false,
    thinking: 'none',
    burndown: 1,
    caching: { minimumTokens: 2048, oneHour: false },
  }),
  'anthropic.claude-3-5-sonnet-20241022-v2:0': claude('3.5 Sonnet v2', 1024, { ...old, maxOutputTokens: 8_192, burndown: 1 }),
  'anthropic.claude-3-5-sonnet-20240620-v1:0': claude('3.5 Sonnet', 1024, { ...old, maxOutputTokens: 4_096, burndown: 1 }),
  'anthropic.claude-3-haiku-20240307-v1:0': claude('3 Haiku', 1024, { ...old, maxOutputTokens: 4_096, burndown: 1 }),

  'amazon.nova-2-lite-v1:0': nova('2 Lite', 1536, {
    tiers: true,
    onDemand: false,
    geographies: ['us', 'eu', 'jp', 'global'],
    contextTokens: 1_000_000,
    maxOutputTokens: 65_535,
    thinking: 'optional',
  }),
  'amazon.nova-pro-v1:0': nova('Pro', 1024, { tiers: true }),
  'amazon.nova-lite-v1:0': nova('Lite', 1536),
  'amazon.nova-micro-v1:0': nova('Micro', 1536, { images: false, documents: false, contextTokens: 128_000 }),

  'openai.gpt-oss-20b-1:0': { tiers: true, title: 'gpt-oss-20b', provider: 'OpenAI', maxOutputTokens: 128_000, documents: false },
  'openai.gpt-oss-120b-1:0': { tiers: true, title: 'gpt-oss-120b', provider: 'OpenAI', maxOutputTokens: 128_000, documents: false },
  'meta.llama4-maverick-17b-instruct-v1:0': {
    title: 'Llama 4 Maverick 17B Instruct',
    provider: 'Meta',
    onDemand: false,
    geographies: ['us'],
    contextTokens: 1_000_000,
    images: true,
    maxImages: 8,
    streamingTools: false,
    forcedToolChoice: false,
  },
  'amazon.titan-embed-text-v2:0': { title: 'Titan Text Embeddings V2', provider: 'Amazon', converse: false, streaming: false },
};
