import { describe, expect, it } from 'vitest';
import { isOfField, refusedTurnIn } from '../../src/bedrock/refused-turn.ts';

describe('the turn that a refusal is about', () => {
  it.each([
    ['messages.3.content.0.text: text content blocks must be non-empty', 3],
    ['The model returned the following errors: messages.12: all messages must have non-empty content except for the optional final assistant message', 12],
    ['#/messages/5/content/0: expected minLength: 1, actual: 0', 5],
    ["Invalid 'messages[7].content': string too long.", 7],
    ['The content field in the Message object at index 1 is empty. Add a ContentBlock object to the content field and try again.', 1],
  ])('is read of %j', (message, index) => {
    expect(refusedTurnIn(message)).toBe(index);
  });

  it.each(['messages: roles must alternate', 'max_tokens: 5 > 3', 'The flux capacitor is misaligned.', 'messages.123456789: no', ''])('is not in %j', (message) => {
    expect(refusedTurnIn(message)).toBeUndefined();
  });
});

describe('a refusal of something that is the same in each request', () => {
  it.each([
    '`temperature` is deprecated for this model.',
    '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    'Malformed input request: extraneous key [foo] is not permitted, please reformat your input and try again.',
    'The model returned the following errors: thinking.budget_tokens: Extra inputs are not permitted',
    'The provided service tier is not supported for this model.',
    'system: text content blocks must be non-empty',
  ])('is told from others: %s', (message) => {
    expect(isOfField(message)).toBe(true);
  });

  it.each(['Output blocked by content filtering policy', 'The provided messages are not valid.', 'Malformed input request: invalid unicode code point', 'Invalid value for content.', 'A conversation must alternate between user and assistant roles.'])('is none: %s', (message) => {
    expect(isOfField(message)).toBe(false);
  });
});
