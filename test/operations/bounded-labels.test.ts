import { expect, it } from 'vitest';
import { OTHER, createModelLabels } from '../../src/operations/bounded-labels.ts';

it('tells models apart, without accounts and what an account has named', () => {
  const labelOf = createModelLabels();
  expect(labelOf('us.anthropic.claude-haiku-5-5')).toBe('us.anthropic.claude-haiku-5-5');
  expect(labelOf('arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0')).toBe('amazon.nova-2-lite-v1:0');
  expect(labelOf('arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-5-5')).toBe('us.anthropic.claude-haiku-5-5');
  expect(labelOf('arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3')).toBe('application-inference-profile');
  expect(labelOf('arn:aws:nonsense')).toBe(OTHER);
});

it('has as many labels as it may, whatever it is asked', () => {
  const labelOf = createModelLabels(2);
  const labels = Array.from({ length: 1_000 }, (_, number) => labelOf(`a.model-${number}`));
  expect(new Set(labels)).toEqual(new Set(['a.model-0', 'a.model-1', OTHER]));
  expect(labelOf('a.model-1')).toBe('a.model-1');
});
