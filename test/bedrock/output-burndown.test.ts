import { describe, expect, it } from 'vitest';
import { outputBurndown } from '../../src/bedrock/model-facts.ts';

describe('an output token', () => {
  it.each([
    'us.anthropic.claude-haiku-5-5',
    'anthropic.claude-sonnet-4-20250514-v1:0',
    'global.anthropic.claude-opus-5-5',
    'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-5-5',
    'eu.anthropic.claude-fable-5-2',
  ])('of %s takes five of the quota', (modelId) => {
    expect(outputBurndown(modelId)).toBe(5);
  });

  it.each([
    'us.anthropic.claude-3-5-haiku-20241022-v1:0',
    'anthropic.claude-3-haiku-20240307-v1:0',
    'anthropic.claude-v2:1',
    'anthropic.claude-instant-v1',
    'amazon.nova-2-lite-v1:0',
    'openai.gpt-oss-20b-1:0',
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
  ])('of %s takes one', (modelId) => {
    expect(outputBurndown(modelId)).toBe(1);
  });
});
