import { describe, expect, it } from 'vitest';
import { toldLengthIn } from '../../src/bedrock/told-length.ts';

describe('how long a prompt was, and may be', () => {
  it.each<[string, number | undefined, number | undefined]>([
    ['The model returned the following errors: prompt is too long: 903884 tokens > 200000 maximum', 200_000, 903_884],
    ['input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again', 200_000, 188_240],
    ['400 Bad Request: Too many input tokens. Max input tokens: 8192, request input token count: 11513 ', 8_192, 11_513],
    ["This model's maximum context length is 8192 tokens. Please reduce the length of the prompt", 8_192, undefined],
    ["This model's maximum context length is 131072 tokens. However, you requested 200000 tokens (195904 in the messages, 4096 in the completion). Please reduce the length of the messages or completion.", 131_072, 195_904],
    ["This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 131_072, 537_812],
    ['Input length 301574 exceeds the maximum allowed input length of 262112 tokens.', 262_112, 301_574],
    ['The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).', 1_048_575, 1_196_265],
    ['Prompt contains 130211 tokens with 0 draft tokens, too large for model with 128000 maximum context length', 128_000, 130_211],
    ['Invalid request: Your request exceeded model token limit: 262144', 262_144, undefined],
    ["The input (262145 tokens) is longer than the model's context length (262144 tokens).", 262_144, 262_145],
    ['Prompt has 140000 tokens, but the configured context size is 131072 tokens', 131_072, 140_000],
    ['`inputs` must have less than 4096 tokens. Given: 5000', 4_096, 5_000],
    ['too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.', 4_081, 5_000],
    ['Your request exceeded model token limit: 262144 (requested: 300000)', 262_144, 300_000],
    ['Range of input length should be [1, 98304]', 98_304, undefined],
    ['Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.', 272_000, 300_000],
    ["This model's maximum context length is 196608 tokens. However, you requested 16384 output tokens and your prompt contains at least 180225 input tokens, for a total of at least 196609 tokens.", 196_608, 180_225],
    // Of characters, bytes and nothing at all.
    ['Malformed input request: expected maxLength: 50000, actual: 52611, please reformat your input and try again.', undefined, undefined],
    ['too many total text bytes: 26843545 > 9437184', undefined, undefined],
    ['Input is too long for requested model.', undefined, undefined],
    ['Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.', undefined, undefined],
  ])('is read in: %s', (message, mostTokens, promptTokens) => {
    expect([toldLengthIn(message)?.mostTokens, toldLengthIn(message)?.promptTokens]).toEqual([mostTokens, promptTokens]);
  });
});
