// ConverseRequest and ConverseStreamRequest, member by member.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
import type { Shape } from './bedrock-shapes.ts';

type Members = Readonly<Record<string, Shape>>;

const text: Shape = { kind: 'string' };
const nonEmpty: Shape = { kind: 'string', min: 1, sensitive: true };
const blob: Shape = { kind: 'blob' };
const json: Shape = { kind: 'document' };
const flag: Shape = { kind: 'boolean' };
const anything: Shape = { kind: 'object' };

const oneOf = (...values: string[]): Shape => ({ kind: 'string', values, sensitive: true });
const listOf = (of: Shape): Shape => ({ kind: 'list', of, sensitive: true });
const union = (name: string, members: Members): Shape => ({ kind: 'union', name, members });
const structure = (members: Members, ...required: string[]): Shape => ({ kind: 'structure', members, required });

const s3Location = structure(
  {
    uri: { kind: 'string', min: 1, max: 1024, pattern: String.raw`s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?` },
    bucketOwner: { kind: 'string', pattern: '[0-9]{12}' },
  },
  'uri',
);
const citations = structure({ enabled: flag }, 'enabled');
const cachePoint = structure({ type: oneOf('default'), ttl: oneOf('5m', '1h') }, 'type');
const toolName: Shape = { kind: 'string', min: 1, max: 64, pattern: '[a-zA-Z0-9_-]+' };
const toolUseId: Shape = { kind: 'string', min: 1, max: 64, pattern: '[a-zA-Z0-9_.:-]+' };

const media = (name: string, formats: readonly string[], more: Members = {}): Shape =>
  structure(
    { format: oneOf(...formats), source: union(`${name}Source`, { bytes: blob, s3Location }), ...more },
    'format',
    'source',
  );
const error = structure({ message: text });

const image = media('Image', ['png', 'jpeg', 'gif', 'webp'], { error });
const video = media('Video', ['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp']);
const audio = media(
  'Audio',
  ['mp3', 'opus', 'wav', 'aac', 'flac', 'mp4', 'ogg', 'mkv', 'mka', 'x-aac', 'm4a', 'mpeg', 'mpga', 'pcm', 'webm'],
  { error },
);

const document = structure(
  {
    format: oneOf('pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'),
    name: { kind: 'string', min: 1, max: 200, sensitive: true },
    source: union('DocumentSource', {
      bytes: blob,
      s3Location,
      text,
      content: listOf(union('DocumentContentBlock', { text })),
    }),
    context: text,
    citations,
  },
  'name',
  'source',
);

const searchResult = structure(
  { source: text, title: text, content: listOf(structure({ text }, 'text')), citations },
  'source',
  'title',
  'content',
);

const toolUse = structure(
  { toolUseId, name: toolName, input: json, type: oneOf('server_tool_use') },
  'toolUseId',
  'name',
  'input',
);
const toolResult = structure(
  {
    toolUseId,
    content: listOf(union('ToolResultContentBlock', { json, text, image, document, video, searchResult })),
    status: oneOf('success', 'error'),
    type: text,
  },
  'toolUseId',
  'content',
);

const guardContent = union('GuardrailConverseContentBlock', {
  text: structure({ text, qualifiers: listOf(oneOf('grounding_source', 'query', 'guard_content')) }, 'text'),
  image: structure(
    { format: oneOf('png', 'jpeg'), source: union('GuardrailConverseImageSource', { bytes: blob }) },
    'format',
    'source',
  ),
});

const reasoningContent = union('ReasoningContentBlock', {
  reasoningText: structure({ text, signature: text }, 'text'),
  redactedContent: blob,
});

const toolReference = structure(
  {
    tool: structure({
      type: { kind: 'string', min: 1, max: 64 },
      name: { kind: 'string', min: 1, max: 128 },
      serverName: { kind: 'string', min: 1, max: 128 },
    }),
  },
  'tool',
);

const contentBlock = union('ContentBlock', {
  text,
  image,
  toolUse,
  toolResult,
  document,
  video,
  audio,
  guardContent,
  cachePoint,
  reasoningContent,
  citationsContent: structure({
    content: listOf(union('CitationGeneratedContent', { text })),
    citations: listOf(anything),
  }),
  searchResult,
  toolAddition: toolReference,
  toolRemoval: toolReference,
});

const message = structure({ role: oneOf('user', 'assistant', 'system'), content: listOf(contentBlock) }, 'role', 'content');
const systemBlock = union('SystemContentBlock', { text: nonEmpty, guardContent, cachePoint });

const tool = union('Tool', {
  toolSpec: structure(
    { name: toolName, description: nonEmpty, inputSchema: union('ToolInputSchema', { json }), strict: flag },
    'name',
    'inputSchema',
  ),
  systemTool: structure({ name: toolName }, 'name'),
  cachePoint,
});

const toolConfig = structure(
  {
    tools: { kind: 'list', of: tool, min: 1, sensitive: true },
    toolChoice: union('ToolChoice', { auto: structure({}), any: structure({}), tool: structure({ name: toolName }, 'name') }),
  },
  'tools',
);

const inferenceConfig = structure({
  maxTokens: { kind: 'integer', min: 1 },
  temperature: { kind: 'float', min: 0, max: 1 },
  topP: { kind: 'float', min: 0, max: 1 },
  stopSequences: { kind: 'list', of: { kind: 'string', min: 1 }, max: 2500 },
});

const guardrail: Members = {
  guardrailIdentifier: {
    kind: 'string',
    max: 2048,
    pattern: '(|([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+))',
  },
  guardrailVersion: { kind: 'string', pattern: '(|([1-9][0-9]{0,7})|(DRAFT))' },
  trace: oneOf('enabled', 'disabled', 'enabled_full'),
};

const outputConfig = structure({
  textFormat: structure(
    {
      type: oneOf('json_schema'),
      structure: union('OutputFormatStructure', {
        jsonSchema: structure({ schema: text, name: text, description: text }, 'schema'),
      }),
    },
    'type',
    'structure',
  ),
  effort: { kind: 'string', max: 16 },
});

const METADATA = String.raw`[a-zA-Z0-9\s:_@$#=/+,-.]`;

const requestMetadata: Shape = {
  kind: 'map',
  min: 1,
  max: 16,
  keys: { kind: 'string', min: 1, max: 256, pattern: `${METADATA}{1,256}` },
  values: { kind: 'string', min: 0, max: 256, pattern: `${METADATA}{0,256}` },
};

const prompt: Members = {
  messages: listOf(message),
  system: listOf(systemBlock),
  toolConfig,
  additionalModelRequestFields: anything,
};

const common: Members = {
  ...prompt,
  inferenceConfig,
  promptVariables: anything,
  additionalModelResponseFieldPaths: { kind: 'list', of: { kind: 'string', min: 1, max: 256 }, max: 10 },
  requestMetadata,
  performanceConfig: structure({ latency: oneOf('standard', 'optimized') }),
  serviceTier: structure({ type: oneOf('priority', 'default', 'flex', 'reserved') }, 'type'),
  outputConfig,
};

export const converseShape = structure({ ...common, guardrailConfig: structure(guardrail) });

/** Only a stream may say how its guardrail works on it. */
export const converseStreamShape = structure({
  ...common,
  guardrailConfig: structure({ ...guardrail, streamProcessingMode: oneOf('sync', 'async') }),
});

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
export const countTokensShape = structure(
  { input: union('CountTokensInput', { invokeModel: structure({ body: blob }, 'body'), converse: structure(prompt) }) },
  'input',
);
