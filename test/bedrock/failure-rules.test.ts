import { describe, expect, it } from 'vitest';
import { ruleFor } from '../../src/bedrock/failure-rules.ts';

const VALIDATION = 'ValidationException';
const byModel = (text: string): string => `The model returned the following errors: ${text}`;

describe('a conversation that is too long', () => {
  it.each([
    ['Anthropic', 'Input is too long for requested model.'],
    ['Anthropic', byModel('prompt is too long: 903884 tokens > 200000 maximum')],
    ['Anthropic', byModel('input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again')],
    ['Anthropic', 'request_too_large: Request exceeds the maximum size'],
    ['Nova', 'Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.'],
    ['Nova', 'The model returned the following errors: Input text is too long'],
    ['Titan', '400 Bad Request: Too many input tokens. Max input tokens: 8192, request input token count: 11513 '],
    ['Titan', 'Malformed input request: expected maxLength: 50000, actual: 52611, please reformat your input and try again.'],
    ['Llama', "This model's maximum context length is 8192 tokens. Please reduce the length of the prompt"],
    ['Mistral', 'Prompt contains 130211 tokens with 0 draft tokens, too large for model with 128000 maximum context length'],
    ['gpt-oss', "This model's maximum context length is 131072 tokens. However, you requested 200000 tokens (195904 in the messages, 4096 in the completion). Please reduce the length of the messages or completion."],
    ['gpt-oss', "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 131072 tokens and your request has 130000 input tokens (4096 > 131072 - 130000)."],
    ['OpenAI', 'Your input exceeds the context window of this model. Please adjust your input and try again.'],
    ['OpenAI', '{"error":{"code":"context_length_exceeded"}}'],
    ['OpenAI', "This model's maximum context length is 262144 tokens. However, you requested 128000 output tokens and your prompt contains at least 134145 input tokens, for a total of at least 262145 tokens."],
    ['vLLM', 'The decoder prompt (length 40000) is longer than the maximum model length of 32768.'],
    ['Qwen', 'Range of input length should be [1, 30720]'],
    ['Qwen', 'Input length 301574 exceeds the maximum allowed input length of 262112 tokens.'],
    ['Gemma', 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).'],
    ['Grok', "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
    ['Kimi', 'Invalid request: Your request exceeded model token limit: 262144'],
    ['Cohere', 'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.'],
    ['MiniMax', 'invalid params, context window exceeds limit'],
    ['others', 'the request exceeds the available context size'],
    ['others', 'too many total text bytes: 26843545 > 9437184'],
    ['others', 'This request exceeds the context length of the model.'],
    ['others', '`inputs` must have less than 4096 tokens. Given: 5000'],
    ['others', 'Prompt has 140000 tokens, but the configured context size is 131072 tokens'],
    ['others', 'The prompt is longer than the maximum number of tokens that this model supports.'],
    ['others', 'The request exceeds the limit of 1048565 input tokens'],
    ['others', 'Request size exceeds limit'],
    ['others', "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 25000000"],
    ['others', "Value '[…]' at 'messages' failed to satisfy constraint: Member must have length less than or equal to 1000"],
    ['others', "Invalid 'messages': array too long. Expected an array with maximum length 2048, but got an array with length 2049 instead."],
    ['others', '413 Request Entity Too Large'],
  ])('is known in the words of %s: %s', (_who, message) => {
    expect(ruleFor(VALIDATION, message, false)?.kind).toBe('too-long');
    expect(ruleFor('validationException', message, true)?.kind).toBe('too-long');
  });
});

describe('what only an admin can mend', () => {
  it.each([
    ['The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.', 'BEDROCK_MAX_TOKENS'],
    [byModel('max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens for claude-haiku-4-5-20251001'), 'BEDROCK_MAX_TOKENS'],
    ['max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.', 'BEDROCK_MAX_TOKENS'],
    ["Malformed input request: #/max_tokens: 999999 is not less or equal to 4096, please reformat your input and try again.", 'BEDROCK_MAX_TOKENS'],
    ['Malformed input request: #/textGenerationConfig/maxTokenCount: 12288 is not less or equal to 8192, please reformat your input and try again.', 'BEDROCK_MAX_TOKENS'],
    ["1 validation error detected: Value '999999' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value less than or equal to 8192", 'BEDROCK_MAX_TOKENS'],
    [byModel('input length and `max_tokens` exceed context limit: 50 + 200000 > 200000, decrease input length or `max_tokens` and try again'), 'BEDROCK_MAX_TOKENS'],
    ['The guardrail identifier or version provided in the request does not exist.', 'BEDROCK_GUARDRAIL_ID'],
    ['Guardrail was enabled but input is in incorrect format.', 'BEDROCK_GUARDRAIL_ID'],
    ['Operation not allowed', 'account'],
    ["This action doesn't support the model that you provided. Try again with a supported text or chat model.", 'BEDROCK_MODEL_ID'],
    ["The model that you provided does not support this operation.", 'BEDROCK_MODEL_ID'],
    ["data retention mode 'default' is not available for this model", 'data retention'],
    ['Your account is currently being verified.', 'account'],
  ])('is told as that, with a cure: %s', (message, cure) => {
    expect(ruleFor(VALIDATION, message, false)).toMatchObject({ kind: 'settings-refused', cure: expect.stringContaining(cure) });
  });

  it.each([
    ['ResourceNotFoundException', 'The guardrail identifier or version provided in the request does not exist.'],
    ['AccessDeniedException', 'User: arn:aws:iam::123456789012:user/x is not authorized to perform: bedrock:ApplyGuardrail on resource: arn:aws:bedrock:us-east-1:123456789012:guardrail/x'],
    ['ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.'],
    ['AccessDeniedException', 'Your account is not authorized to invoke this API operation.'],
  ])('is told by its name too: %s', (name, message) => {
    expect(ruleFor(name, message, false)?.kind).toBe('settings-refused');
  });
});

describe('a key that was refused', () => {
  it.each([
    ['key-refused', 'Authentication failed: Please make sure your API Key is valid.'],
    ['key-refused', 'Invalid API Key format: Must start with pre-defined prefix'],
    ['key-refused', 'Invalid API Key format: Base64 decoding failed'],
    ['key-refused', 'The security token included in the request is invalid.'],
    ['key-refused', 'API key is disabled.'],
    ['key-expired', 'Bearer Token has expired'],
    ['key-expired', 'The API key has expired.'],
    ['key-expired', 'Signature expired: 20261129T100000Z is now earlier than 20261130T100000Z (20261130T101500Z - 15 min.)'],
  ])('is told as %s, although it comes with the name of a model that may not be used: %s', (kind, message) => {
    expect(ruleFor('AccessDeniedException', message, false)?.kind).toBe(kind);
  });

  it('because no API key may be used says so', () => {
    const message = 'User: arn:aws:iam::123456789012:user/x is not authorized to perform: bedrock:CallWithBearerToken on resource: * with an explicit deny in a service control policy';
    expect(ruleFor('AccessDeniedException', message, false)).toMatchObject({ kind: 'key-refused', cure: expect.stringContaining('bedrock:CallWithBearerToken') });
  });

  it('is not taken for one where the model may not be used', () => {
    const message = 'User: arn:aws:iam::123456789012:user/x is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:us-east-1::foundation-model/x';
    expect(ruleFor('AccessDeniedException', message, false)?.kind).toBe('model-access');
  });
});

describe('a model that cannot be called so', () => {
  it.each([
    ['model-unknown', 'The provided model identifier is invalid.'],
    ['model-unknown', 'Could not resolve the foundation model from the model identifier'],
    ['model-unknown', 'The model `us.example.chat-v1:0` does not exist.'],
    ['model-unknown', 'Model not found'],
    ['model-unknown', "The model ID that you provided isn't valid."],
    ['model-unknown', 'The requested model is not available in this region.'],
    ['model-needs-profile', 'Invocation of model ID x with on-demand throughput isn\u2019t supported. Retry your request with the ID or ARN of an inference profile that contains this model.'],
    ['model-needs-profile', "The provided model doesn't support on-demand throughput."],
  ])('is told as %s: %s', (kind, message) => {
    expect(ruleFor(VALIDATION, message, false)?.kind).toBe(kind);
  });

  it.each([byModel("tool 'search' does not exist"), byModel('conversation x was not found'), "This model doesn't support tool use."])('is no other refusal: %s', (message) => {
    expect(ruleFor(VALIDATION, message, false)?.kind).toBe('request-refused');
  });
});

describe('a file that was refused', () => {
  it.each([
    byModel('messages.2.content.1.image.source.base64.data: At least one of the image dimensions exceed max allowed size for many-image requests: 2000 pixels'),
    "This model doesn't support the document field for user messages.",
    'Too many documents in the request.',
    byModel('Could not process image'),
  ])('is blamed where files were sent: %s', (message) => {
    expect(ruleFor(VALIDATION, message, true)?.kind).toBe('file-refused');
  });

  it('is not blamed where there was none', () => {
    expect(ruleFor(VALIDATION, 'Refer to the document about requests.', false)?.kind).toBe('request-refused');
  });
});

describe('what no rule knows', () => {
  it.each([
    [VALIDATION, 'The flux capacitor is misaligned.'],
    [VALIDATION, 'Malformed input request: #: something'],
    ['ConflictException', 'Error occurred because of a conflict while performing an operation.'],
  ])('is a request that was refused: %s: %s', (name, message) => {
    expect(ruleFor(name, message, false)).toEqual(expect.objectContaining({ kind: 'request-refused' }));
  });

  it.each([
    ['ThrottlingException', 'Too many tokens, please wait before trying again.', 'throttled'],
    ['ThrottlingException', 'Too many tokens per day, please wait before trying again.', 'daily-quota'],
    ['ServiceUnavailableException', 'Too many connections, please wait before trying again.', 'overloaded'],
  ])('and what was known before stays so: %s: %s', (name, message, kind) => {
    expect(ruleFor(name, message, false)?.kind).toBe(kind);
  });
});
