import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterEach, expect, test } from 'vitest';

import { bedrockClient, drain, errorOf } from './bedrock-client.ts';
import { startBedrockSimulator } from './bedrock.ts';
import type { BedrockSimulator, BedrockSimulatorOptions } from './bedrock.ts';

const EXAMPLE = 'us.anthropic.claude-3-5-haiku-20241022-v1:0';
const NEW = 'us.anthropic.claude-haiku-5-5';

let simulator: BedrockSimulator;

afterEach(() => simulator.close());

async function ask(modelId: string, options: BedrockSimulatorOptions = {}, text = 'Hello'): Promise<unknown> {
  simulator = await startBedrockSimulator(options);
  return askAgain(modelId, text);
}

function askAgain(modelId: string, text = 'Hello'): Promise<unknown> {
  return bedrockClient(simulator).send(new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text }] }] }));
}

test.each([
  ['a retired profile', EXAMPLE, 'us-east-1', 'ResourceNotFoundException', 'This model version has reached the end of its life.'],
  ['a retired base model', 'anthropic.claude-3-5-haiku-20241022-v1:0', 'us-east-1', 'ResourceNotFoundException', 'reached the end of its life'],
  ['a bare id of a newer model', 'anthropic.claude-haiku-5-5', 'us-east-1', 'ValidationException', 'Invocation of model ID anthropic.claude-haiku-5-5 with on-demand throughput isn\u2019t supported. Retry your request with the ID or ARN of an inference profile that contains this model.'],
  ['an unknown id', 'anthropic.claude-42', 'us-east-1', 'ValidationException', 'The provided model identifier is invalid.'],
  ['another geography’s profile', 'eu.anthropic.claude-haiku-5-5', 'us-east-1', 'ValidationException', 'The provided model identifier is invalid.'],
  ['an own geography’s profile that is not offered', 'jp.anthropic.claude-sonnet-5-5', 'ap-northeast-1', 'ValidationException', 'The provided model identifier is invalid.'],
  ['another region’s ARN', 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-haiku-5-5', 'us-east-1', 'ValidationException', 'The provided model identifier is invalid.'],
  ['a model that embeds', 'amazon.titan-embed-text-v2:0', 'us-east-1', 'ValidationException', "This action doesn't support the model that you provided. Try again with a supported text or chat model."],
])('refuses %s', async (_, modelId, region, name, message) => {
  const error = await errorOf(ask(modelId, { region }));
  expect(error.name).toBe(name);
  expect(error.message).toContain(message);
});

test.each([
  ['a profile of the region', 'eu.anthropic.claude-haiku-5-5', 'eu-central-1'],
  ['a global profile', 'global.anthropic.claude-haiku-5-5', 'sa-east-1'],
  ['a profile’s ARN', 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-5-5', 'us-east-1'],
  ['a model’s ARN', 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0', 'us-east-1'],
])('takes %s', async (_, modelId, region) => {
  expect(await ask(modelId, { region })).toMatchObject({ stopReason: 'end_turn' });
  expect(simulator.requests[0]?.modelId).toBe(modelId);
});

test('retirement can be switched off, for all or for one', async () => {
  expect(await ask(EXAMPLE, { retirement: false })).toMatchObject({ stopReason: 'end_turn' });
  simulator.setRetirement(true);
  expect((await errorOf(askAgain(EXAMPLE))).name).toBe('ResourceNotFoundException');
  simulator.setModel(EXAMPLE, { retired: false });
  expect(await askAgain(EXAMPLE)).toMatchObject({ stopReason: 'end_turn' });
});

test('a new model, an application profile, and a legacy one', async () => {
  const profile = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';
  expect(await ask('maker.new-model', { models: { 'maker.new-model': {}, [profile]: {} } })).toMatchObject({ stopReason: 'end_turn' });
  expect(await askAgain(profile)).toMatchObject({ stopReason: 'end_turn' });
  simulator.setModel('maker.new-model', { legacy: true });
  expect((await errorOf(askAgain('maker.new-model'))).message).toContain('marked by provider as Legacy');
});

test('a model without streaming refuses the stream alone', async () => {
  expect(await ask('maker.slow', { models: { 'maker.slow': { streaming: false } } })).toMatchObject({ stopReason: 'end_turn' });
  const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }];
  const error = await errorOf(bedrockClient(simulator).send(new ConverseStreamCommand({ modelId: 'maker.slow', messages })));
  expect(error).toMatchObject({ name: 'ValidationException', message: 'The model is unsupported for streaming.' });
});

test('a prompt beyond the window is too long, in three wordings', async () => {
  const text = 'abcd'.repeat(101);
  const models = { [NEW]: { contextTokens: 100 } };
  expect((await errorOf(ask(NEW, { models }, text))).message).toBe('Input is too long for requested model.');
  expect(await askAgain(NEW, 'abcd'.repeat(100))).toMatchObject({ usage: { inputTokens: 100 } });
  simulator.setModel(NEW, { overflow: 'prompt' });
  expect((await errorOf(askAgain(NEW, text))).message).toContain('prompt is too long: 101 tokens > 100 maximum');
  simulator.setModel(NEW, { overflow: 'stream' });
  const messages = [{ role: 'user' as const, content: [{ text }] }];
  const inStream = bedrockClient(simulator).send(new ConverseStreamCommand({ modelId: NEW, messages })).then(drain);
  expect(await errorOf(inStream)).toMatchObject({ name: 'ValidationException', message: 'Input is too long for requested model.' });
});
