import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import type { ContentBlock, ConverseCommandInput, Message } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { bedrockClient, errorOf, gif, jpeg, png, webp } from './bedrock-client.ts';
import { startBedrockSimulator, TEST_KEY } from './bedrock.ts';
import type { BedrockSimulator } from './bedrock.ts';

const HAIKU_4_5 = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const HAIKU_5_5 = 'us.anthropic.claude-haiku-5-5';
const NOVA = 'amazon.nova-lite-v1:0';
const GPT_OSS = 'openai.gpt-oss-20b-1:0';

const user = (...content: ContentBlock[]): Message => ({ role: 'user', content });
const assistant = (...content: ContentBlock[]): Message => ({ role: 'assistant', content });
const hello = user({ text: 'Hello' });
const hi = assistant({ text: 'Hi' });
const image = (bytes: Uint8Array, format: 'png' | 'jpeg' | 'gif' | 'webp' = 'png'): ContentBlock => ({ image: { format, source: { bytes } } });
const pdf = (name: string, bytes = 16): ContentBlock => ({
  document: { name, format: 'pdf', source: { bytes: Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(bytes)]) } },
});
const use = (toolUseId: string): ContentBlock => ({ toolUse: { toolUseId, name: 'look', input: {} } });
const result = (toolUseId: string): ContentBlock => ({ toolResult: { toolUseId, content: [{ json: { found: true } }] } });
const cachePoint: ContentBlock.CachePointMember = { cachePoint: { type: 'default' } };
const toolConfig = {
  tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }],
} satisfies ConverseCommandInput['toolConfig'];

let simulator: BedrockSimulator;

beforeAll(async () => {
  simulator = await startBedrockSimulator({ record: 'none', guardrails: ['abc123'], models: { 'test.plain-v1': {} } });
});

afterAll(() => simulator.close());

type Input = Partial<ConverseCommandInput>;

const full = (input: Input): ConverseCommandInput => ({ modelId: HAIKU_4_5, messages: [hello], ...input });
const send = (input: Input) => bedrockClient(simulator).send(new ConverseCommand(full(input)));
const sendStream = (input: Input) => bedrockClient(simulator).send(new ConverseStreamCommand(full(input)));

type Refused = readonly [what: string, input: Input, text: string];

function refuses(cases: readonly Refused[]): void {
  test.each(cases)('%s', async (_, input, text) => {
    const error = await errorOf(send(input));
    expect(error).toMatchObject({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } });
    expect(error.message).toContain(text);
  });
}

function accepts(cases: readonly (readonly [what: string, input: Input])[]): void {
  test.each(cases)('takes %s', async (_, input) => {
    expect((await send(input)).stopReason).toBe('end_turn');
  });
}

describe('a conversation', () => {
  refuses([
    ['has messages', { messages: [] }, 'A conversation must start with a user message.'],
    ['starts with the user', { messages: [hi, hello] }, 'A conversation must start with a user message.'],
    ['alternates', { messages: [hello, hello] }, 'A conversation must alternate between user and assistant roles.'],
    ['has content', { messages: [user()] }, 'The content field in the Message object at messages.0 is empty.'],
    ['has no empty text', { messages: [hello, hi, user({ text: '' })] }, 'The text field in the ContentBlock object at messages.2.content.0 is blank.'],
    ['has no blank text', { messages: [user({ text: 'a' }, { text: ' \n' })] }, 'messages.0.content.1 is blank. Add text to the text field, and try again.'],
    ['has no system role', { messages: [{ role: 'system', content: [{ text: 'x' }] }] }, "This model doesn't support system messages."],
    ['has known roles', { messages: [{ role: 'tool' as 'user', content: [{ text: 'x' }] }] }, "Value at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set"],
    ['has no empty system text', { system: [{ text: '' }] }, "at 'system.1.member.text' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['has no blank system text', { system: [{ text: ' ' }] }, 'The text field in the SystemContentBlock object at system.0 is blank.'],
    ['has no prefill with newer Claude', { modelId: HAIKU_5_5, messages: [hello, hi] }, 'This model does not support assistant message prefill. The conversation must end with a user message.'],
    ['ends with the user for other models', { modelId: GPT_OSS, messages: [hello, hi] }, 'A conversation must end with a user message.'],
    ['has no prefill that ends in space', { messages: [hello, assistant({ text: 'Hi ' })] }, 'final assistant content cannot end with trailing whitespace'],
    ['has reasoning only from the assistant', { messages: [user({ reasoningContent: { reasoningText: { text: 'hm' } } }, { text: 'x' })] }, "doesn't support the reasoningContent field for user messages"],
    ['has reasoning with its signature', { messages: [hello, assistant({ reasoningContent: { reasoningText: { text: 'hm' } } }, { text: 'x' }), hello] }, 'messages.1.content.0.thinking.signature: Field required'],
    ['has reasoning as it was signed', { messages: [hello, assistant({ reasoningContent: { reasoningText: { text: 'hm', signature: 'forged' } } }, { text: 'x' }), hello] }, 'Invalid `signature` in `thinking` block'],
  ]);
  accepts([
    ['a prefill where the model does', { messages: [hello, hi] }],
    ['many turns', { messages: [hello, hi, hello, hi, hello], system: [{ text: 'Be kind.' }] }],
  ]);
  test('half a character is no JSON', async () => {
    const error = await errorOf(send({ messages: [user({ text: '\uD83D' })] }));
    expect(error).toMatchObject({ name: 'ValidationException' });
    expect(error.message).toMatch(/^Malformed input request: .*no low surrogate in string/);
    expect((await send({ messages: [user({ text: '\u{1F600}' })] })).stopReason).toBe('end_turn');
  });
});

describe('inference parameters', () => {
  const withConfig = (inferenceConfig: ConverseCommandInput['inferenceConfig'], modelId = HAIKU_4_5): Input => ({ modelId, inferenceConfig });
  refuses([
    ['maxTokens is at least 1', withConfig({ maxTokens: 0 }), "1 validation error detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1"],
    ['maxTokens is at most the model’s', withConfig({ maxTokens: 64_001 }), 'The maximum tokens you requested exceeds the model limit of 64000.'],
    ['temperature is at most 1', withConfig({ temperature: 1.5 }), "'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1"],
    ['two faults are told together', withConfig({ temperature: -1, topP: 2 }), '2 validation errors detected'],
    ['one sampling field for Claude 4.5', withConfig({ temperature: 0.5, topP: 0.5 }), '`temperature` and `top_p` cannot both be specified for this model. Please use only one.'],
    ['no temperature since Claude 4.7', withConfig({ temperature: 0.5 }, HAIKU_5_5), '`temperature` is deprecated for this model.'],
    ['no topP either', withConfig({ topP: 0.5 }, HAIKU_5_5), '`top_p` is deprecated for this model.'],
    ['no empty stop sequence', withConfig({ stopSequences: [''] }), "'inferenceConfig.stopSequences.1.member'"],
    ['at most 2500 stop sequences', withConfig({ stopSequences: Array.from({ length: 2501 }, (_, index) => `s${index}`) }), 'Member must have length less than or equal to 2500'],
    ['thinking leaves room for text', { inferenceConfig: { maxTokens: 2000 }, additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2000 } } }, '`max_tokens` must be greater than `thinking.budget_tokens`.'],
    ['thinking cannot always be off', { modelId: 'us.anthropic.claude-opus-5-5', additionalModelRequestFields: { thinking: { type: 'disabled' } } }, 'thinking cannot be disabled'],
    ['JSON pointers are pointers', { additionalModelResponseFieldPaths: ['stop_sequence'] }, 'The JSON Pointer stop_sequence'],
    ['metadata has plain values', { requestMetadata: { guild: '{"a":1}' } }, "Value at 'requestMetadata' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256"],
    ['metadata has plain keys', { requestMetadata: { 'a*': 'b' } }, 'Map keys must satisfy constraint'],
    ['metadata is not empty', { requestMetadata: {} }, "Value at 'requestMetadata' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['a guardrail has a version', { guardrailConfig: { guardrailIdentifier: 'abc123', guardrailVersion: '' } }, 'both guardrailIdentifier and guardrailVersion'],
    ['a guardrail’s version is a number or DRAFT', { guardrailConfig: { guardrailIdentifier: 'abc123', guardrailVersion: 'v1' } }, "'guardrailConfig.guardrailVersion'"],
    ['a guardrail exists', { guardrailConfig: { guardrailIdentifier: 'zzz', guardrailVersion: '1' } }, 'The guardrail identifier or version provided in the request does not exist.'],
    ['a service tier is known', { serviceTier: { type: 'cheap' as 'flex' } }, "Value at 'serviceTier.type'"],
  ]);
  accepts([
    ['both sampling fields where the model does', withConfig({ temperature: 0.5, topP: 0.5 }, NOVA)],
    ['one of them', withConfig({ temperature: 1, maxTokens: 10 })],
    ['metadata', { requestMetadata: { guild: '1234 a:b@c' } }],
    ['a guardrail', { guardrailConfig: { guardrailIdentifier: 'abc123', guardrailVersion: 'DRAFT', trace: 'enabled' } }],
    ['thinking switched off where it can be', { modelId: HAIKU_5_5, additionalModelRequestFields: { thinking: { type: 'disabled' } } }],
  ]);
});

describe('images', () => {
  const withImages = (...images: ContentBlock[]): Input => ({ messages: [user({ text: 'Look' }, ...images)] });
  refuses([
    ['are what they are called', withImages(image(png(9, 9), 'jpeg')), 'messages.0.content.1.image.source.base64: The image was specified using the image/jpeg media type, but the image appears to be a image/png image'],
    ['are what they are called, for other models', { ...withImages(image(png(9, 9), 'jpeg')), modelId: NOVA }, 'The provided image does not match the specified image format.'],
    ['are of a known format', withImages(image(png(9, 9), 'jpg' as 'jpeg')), "Value at 'messages.1.member.content.2.member.image.format' failed to satisfy constraint: Member must satisfy enum value set: [png, jpeg, gif, webp]"],
    ['are images', withImages(image(Buffer.from('no image'))), 'Could not process image'],
    ['are not cut off in their header', withImages(image(png(9, 9).subarray(0, 12))), 'Could not process image'],
    ['are not empty', withImages(image(new Uint8Array())), "image.source.bytes' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['have at most 8000 pixels a side', withImages(image(jpeg(8001, 10), 'jpeg')), 'exceed max allowed size: 8000 pixels'],
    ['have at most 3.75 MiB', withImages(image(png(9, 9, 3_932_161))), 'image exceeds 5 MB maximum: 5242884 bytes > 5242880 bytes'],
    ['come from the user', { messages: [hello, assistant(image(png(9, 9))), hello] }, "This model doesn't support the image field for assistant messages."],
    ['need a model that sees', { ...withImages(image(png(9, 9))), modelId: GPT_OSS }, "This model doesn't support the image field for user messages."],
    ['are at most 20 for older models', withImages(...Array.from({ length: 21 }, () => image(png(9, 9)))), 'too many images and documents: 21 + 0 > 20'],
    ['are smaller when there are many', { ...withImages(...Array.from({ length: 21 }, () => image(gif(2001, 9), 'gif'))), modelId: HAIKU_5_5 }, 'exceed max allowed size for many-image requests: 2000 pixels'],
  ]);
  accepts([
    ['the four formats', withImages(image(png(8000, 1)), image(jpeg(9, 9), 'jpeg'), image(gif(9, 9), 'gif'), image(webp(9, 9), 'webp'))],
    ['3.75 MiB', withImages(image(png(9, 9, 3_932_160)))],
    ['more than 20 small ones where the model does', { ...withImages(...Array.from({ length: 21 }, () => image(webp(2000, 9), 'webp'))), modelId: HAIKU_5_5 }],
  ]);
});

describe('documents', () => {
  const withDocuments = (...documents: ContentBlock[]): Input => ({ messages: [user({ text: 'Read' }, ...documents)] });
  const text = (source: NonNullable<NonNullable<ContentBlock['document']>['source']>): ContentBlock => ({ document: { name: 'a', format: 'txt', source } });
  refuses([
    ['stand beside text', { messages: [user(pdf('a'))] }, 'A text block must be included when using documents.'],
    ['are at most five in a request', { messages: [user({ text: 'Read' }, pdf('a'), pdf('b'), pdf('c')), hi, user({ text: 'And' }, pdf('d'), pdf('e'), pdf('f'))] }, "You can't include more than 5 documents in a request."],
    ['have no dot in the name', withDocuments(pdf('report.pdf')), 'The document file name can only contain alphanumeric characters'],
    ['have no two spaces in the name', withDocuments(pdf('a  b')), "The name can't contain more than one consecutive whitespace character."],
    ['have ASCII names', withDocuments(pdf('Übersicht')), 'The document file name can only contain'],
    ['have names of their own', { messages: [user({ text: 'Read' }, pdf('a')), hi, user({ text: 'And' }, pdf('a'))] }, "Messages can't contain duplicate document names. Rename the document and retry your request."],
    ['are at most 4.5 MB', withDocuments(pdf('a', 4.5 * 1024 * 1024)), 'maximum document size'],
    ['are PDF where they say so', withDocuments({ document: { name: 'a', format: 'pdf', source: { bytes: Buffer.from('no') } } }), 'The PDF specified was not valid.'],
    ['are readable text', withDocuments(text({ bytes: Buffer.from([0xff, 0xfe]) })), 'The document source bytes could not be parsed as the specified format.'],
    ['come as text only with citations', withDocuments(text({ text: 'abc' })), 'DocumentSource object at messages.0.content.1.document.source must set one of the following keys: bytes, s3Location.'],
    ['come from S3 only to Nova', withDocuments(text({ s3Location: { uri: 's3://bucket/key' } })), 'document.source.type: Field required'],
  ]);
  accepts([
    ['five', withDocuments(pdf('a'), pdf('b_2 (x) [y]-z'), pdf('c'), pdf('d'), { document: { name: 'e', format: 'txt', source: { bytes: Buffer.from('ä') } } })],
    ['text with citations', withDocuments({ document: { name: 'a', format: 'txt', source: { text: 'abc' }, citations: { enabled: true } } })],
  ]);
});

describe('tools', () => {
  refuses([
    ['are declared while their blocks are in the history', { messages: [hello, assistant(use('a')), user(result('a'))] }, 'The toolConfig field must be defined when using toolUse and toolResult content blocks.'],
    ['get all their results at once', { toolConfig, messages: [hello, assistant(use('a'), use('b')), user(result('a'))] }, 'Expected toolResult blocks at messages.2.content for the following Ids: b'],
    ['get results in the next message', { toolConfig, messages: [hello, assistant(use('a')), user({ text: 'x' })] }, 'Expected toolResult blocks at messages.2.content for the following Ids: a'],
    ['get no results unasked', { toolConfig, messages: [user(result('a'))] }, 'The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks of previous turn.'],
    ['have ids of their own', { toolConfig, messages: [hello, assistant(use('a'), use('a')), user(result('a'))] }, 'duplicate Ids'],
    ['answer with an object', { toolConfig, messages: [hello, assistant(use('a')), user({ toolResult: { toolUseId: 'a', content: [{ json: [1] }] } })] }, 'The format of the value at messages.2.content.0.toolResult.content.0.json is invalid. Provide a json object for the field and try again.'],
    ['answer without blank text', { toolConfig, messages: [hello, assistant(use('a')), user({ toolResult: { toolUseId: 'a', content: [{ text: '' }] } })] }, 'ToolResultContentBlock object at messages.2.content.0.toolResult.content.0 is blank'],
    ['have valid ids', { toolConfig, messages: [hello, assistant(use('a b')), user(result('a b'))] }, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+'],
    ['have valid names', { toolConfig: { tools: [{ toolSpec: { name: 'a b', inputSchema: { json: { type: 'object' } } } }] } }, "'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern"],
    ['are at least one', { toolConfig: { tools: [] } }, "'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['take objects', { toolConfig: { tools: [{ toolSpec: { name: 'a', inputSchema: { json: { type: 'string' } } } }] } }, 'inputSchema.json.type must be one of the following: object.'],
    ['cannot be forced on every model', { modelId: 'us.anthropic.claude-sonnet-5-5', toolConfig: { ...toolConfig, toolChoice: { any: {} } } }, "This model doesn't support the toolConfig.toolChoice.any field."],
  ]);
  accepts([['a call and its result', { toolConfig, messages: [hello, assistant({ text: 'Let me see' }, use('a')), user(result('a'))] }]]);
  test('not every model streams with tools', async () => {
    const error = await errorOf(sendStream({ modelId: 'us.meta.llama4-maverick-17b-instruct-v1:0', toolConfig }));
    expect(error).toMatchObject({ name: 'ValidationException', message: "This model doesn't support tool use in streaming mode." });
  });
});

describe('cache points', () => {
  refuses([
    ['follow something', { messages: [user(cachePoint, { text: 'x' })] }, 'There is nothing available to cache.'],
    ['follow something in system', { system: [cachePoint] }, 'There is nothing available to cache.'],
    ['are at most four', { system: [{ text: 'x' }, cachePoint], messages: [user({ text: 'a' }, cachePoint, { text: 'b' }, cachePoint, { text: 'c' }, cachePoint, { text: 'd' }, cachePoint)] }, 'A maximum of 4 blocks with cache_control may be provided. Found 5.'],
    ['do not follow a text file', { messages: [user({ text: 'x' }, { document: { name: 'a', format: 'md', source: { bytes: Buffer.from('x') } } }, cachePoint)] }, 'messages.0.content.2.type: Field required'],
    ['live shorter from front to back', { system: [{ text: 'x' }, cachePoint], messages: [user({ text: 'a' }, { cachePoint: { type: 'default', ttl: '1h' } })] }, "a ttl='1h' cache_control block must not come after a ttl='5m'"],
  ]);
  test('a model without prompt caching denies access', async () => {
    const error = await errorOf(send({ modelId: GPT_OSS, system: [{ text: 'x' }, cachePoint] }));
    expect(error).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
    expect(error.message).toContain('You invoked an unsupported model or your request did not allow prompt caching');
  });
});

describe('the body', () => {
  const post = async (body: unknown, operation = 'converse'): Promise<{ status: number; type: string | null; message: string }> => {
    const headers = { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${simulator.url}/model/${encodeURIComponent(HAIKU_4_5)}/${operation}`, { method: 'POST', headers, body: text });
    const { message } = (await answer.json()) as { message: string };
    return { status: answer.status, type: answer.headers.get('x-amzn-errortype'), message };
  };
  const messages = [{ role: 'user', content: [{ text: 'Hello' }] }];
  test.each([
    ['no JSON', '{', 'Malformed input request'],
    ['an unknown field', { messages, max_tokens: 1 }, 'Malformed input request: #: extraneous key [max_tokens] is not permitted, please reformat your input and try again.'],
    ['an unknown block member', { messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }, '#/messages/0/content/0: extraneous key [type] is not permitted'],
    ['an unknown member deeper down', { messages: [{ role: 'user', content: [{ image: { format: 'png', source: { bytes: 'AAAA' }, filename: 'x' } }] }] }, 'extraneous key [filename]'],
    ['a block that says nothing', { messages: [{ role: 'user', content: [{}] }] }, 'ContentBlock object at messages.0.content.0 must set one of the following keys: text, image, toolUse'],
    ['a block that says two things', { messages: [{ role: 'user', content: [{ text: 'x', cachePoint: { type: 'default' } }] }] }, 'ContentBlock object at messages.0.content.0 must set only one of the following keys'],
    ['a message without a role', { messages: [{ content: [{ text: 'x' }] }] }, "1 validation error detected: Value null at 'messages.1.member.role' failed to satisfy constraint: Member must not be null"],
    ['a stream’s field without a stream', { messages, guardrailConfig: { guardrailIdentifier: 'abc123', guardrailVersion: '1', streamProcessingMode: 'async' } }, 'extraneous key [streamProcessingMode]'],
    ['too much', { messages: [{ role: 'user', content: [{ text: 'x'.repeat(26_214_400) }] }] }, 'Input is too long for requested model.'],
  ])('is refused with %s', async (_, body, text) => {
    const { status, type, message } = await post(body);
    expect([status, type?.split(':')[0]]).toEqual([400, 'ValidationException']);
    expect(message).toContain(text);
  });
  test('is refused with a wrong JSON type', async () => {
    const { status, type, message } = await post({ messages, inferenceConfig: { maxTokens: '10' } });
    expect([status, type?.split(':')[0]]).toEqual([400, 'SerializationException']);
    expect(message).toBe('STRING_VALUE can not be converted to an Integer');
  });
});
