import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import type { ConverseCommandInput, TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import { afterEach, describe, expect, test } from 'vitest';

import { bedrockClient, drain, errorOf, png, textOf } from './bedrock-client.ts';
import { estimateTokens, manualStream, startBedrockSimulator } from './bedrock.ts';
import type { BedrockSimulator, BedrockSimulatorOptions } from './bedrock.ts';

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'; // caches from 1,024 tokens on, burns down five times
const MINUTE_MS = 60_000;
const cachePoint = { type: 'default' as const };
const long = (tokens: number, letter = 'a'): string => letter.repeat(tokens * 4);

let simulator: BedrockSimulator;
let clock = 0;

afterEach(() => simulator.close());

async function start(options: BedrockSimulatorOptions = {}): Promise<void> {
  clock = 1_000 * 24 * 60 * MINUTE_MS;
  simulator = await startBedrockSimulator({ now: () => clock, ...options });
  simulator.respond({ text: long(10, 'z') });
}

type Input = Partial<ConverseCommandInput>;

const full = (input: Input): ConverseCommandInput => ({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: long(5) }] }], ...input });

async function usageOf(input: Input = {}): Promise<TokenUsage | undefined> {
  return (await bedrockClient(simulator).send(new ConverseCommand(full(input)))).usage;
}

describe('the prompt cache', () => {
  const system = [{ text: long(1000) }, { text: long(100) }, { cachePoint }];
  const withSystem: Input = { system };

  test('is written once and read after that', async () => {
    await start();
    expect(await usageOf(withSystem)).toEqual({
      inputTokens: 5,
      outputTokens: 10,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 1100,
      cacheDetails: [{ ttl: '5m', inputTokens: 1100 }],
      totalTokens: 1115,
    });
    expect(await usageOf(withSystem)).toEqual({
      inputTokens: 5,
      outputTokens: 10,
      cacheReadInputTokens: 1100,
      cacheWriteInputTokens: 0,
      totalTokens: 1115,
    });
  });

  test('ignores a prefix below the model’s minimum', async () => {
    await start();
    expect(await usageOf({ system: [{ text: long(1023) }, { cachePoint }] })).toMatchObject({ inputTokens: 1028, cacheWriteInputTokens: 0 });
    expect(await usageOf({ system: [{ text: long(1024) }, { cachePoint }] })).toMatchObject({ inputTokens: 5, cacheWriteInputTokens: 1024 });
  });

  test('knows another prefix, another model, and an hour from five minutes', async () => {
    await start();
    await usageOf(withSystem);
    expect(await usageOf({ system: [{ text: long(1100, 'b') }, { cachePoint }] })).toMatchObject({ cacheReadInputTokens: 0 });
    expect(await usageOf({ ...withSystem, modelId: 'global.anthropic.claude-sonnet-4-5-20250929-v1:0' })).toMatchObject({ cacheReadInputTokens: 0 });
    const hour = { system: [{ text: long(1200, 'c') }, { cachePoint: { ...cachePoint, ttl: '1h' as const } }] };
    expect(await usageOf(hour)).toMatchObject({ cacheDetails: [{ ttl: '1h', inputTokens: 1200 }] });
    clock += 4 * MINUTE_MS;
    expect(await usageOf(withSystem)).toMatchObject({ cacheReadInputTokens: 1100 });
    clock += 4 * MINUTE_MS; // the read renewed it
    expect(await usageOf(withSystem)).toMatchObject({ cacheReadInputTokens: 1100 });
    clock += 5 * MINUTE_MS;
    expect(await usageOf(withSystem)).toMatchObject({ cacheReadInputTokens: 0, cacheWriteInputTokens: 1100 });
    expect(await usageOf(hour)).toMatchObject({ cacheReadInputTokens: 1200 });
  });

  test('grows with a conversation whose cache point moves, 21 blocks at a time', async () => {
    await start();
    const turn = (number: number): ConverseCommandInput['messages'] => [
      { role: 'user', content: [{ text: long(10, String(number)) }] },
      { role: 'assistant', content: [{ text: 'ok' }] },
    ];
    const upTo = (turns: number): Input => ({
      system: [{ text: long(1100) }],
      messages: [...Array.from({ length: turns }, (_, number) => turn(number)!).flat(), { role: 'user', content: [{ text: 'next' }, { cachePoint }] }],
    });
    expect(await usageOf(upTo(0))).toMatchObject({ inputTokens: 0, cacheWriteInputTokens: 1101 });
    const other = { ...upTo(1), messages: [...upTo(0).messages!.map(({ role }) => ({ role, content: [{ text: 'next' }] })), ...turn(1)!.slice(1), ...upTo(0).messages!] };
    expect(await usageOf(other)).toMatchObject({ cacheReadInputTokens: 1101, cacheWriteInputTokens: 2 });
    const blocks = (count: number): Input => ({
      system: [{ text: long(1100) }],
      messages: [{ role: 'user', content: [{ text: 'next' }, ...Array.from({ length: count }, () => ({ text: 'more' })), { cachePoint }] }],
    });
    expect(await usageOf(blocks(22))).toMatchObject({ cacheReadInputTokens: 0 });
    simulator.reset();
    await usageOf(upTo(0));
    expect(await usageOf(blocks(21))).toMatchObject({ cacheReadInputTokens: 1101 });
  });

  test('keeps nothing of a request that failed, and says nothing where there is no caching', async () => {
    await start();
    simulator.respondOnce({ error: { name: 'InternalServerException', status: 500, message: 'x' } });
    await errorOf(usageOf(withSystem));
    expect(await usageOf(withSystem)).toMatchObject({ cacheReadInputTokens: 0 });
    expect(await usageOf({ modelId: 'openai.gpt-oss-20b-1:0' })).not.toHaveProperty('cacheReadInputTokens');
  });
});

describe('tokens', () => {
  test('are counted for text, tools and images', async () => {
    await start();
    expect(estimateTokens('\u{1F600}\u{1F600}a')).toBe(3);
    const image = { image: { format: 'png' as const, source: { bytes: png(750, 100) } } };
    expect(await usageOf({ messages: [{ role: 'user', content: [{ text: 'Look' }, image] }] })).toMatchObject({ inputTokens: 101 });
    const toolConfig = { tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }] };
    expect((await usageOf({ toolConfig }))?.inputTokens).toBe(5 + estimateTokens(JSON.stringify(toolConfig.tools[0])));
  });

  test('end an answer at maxTokens, in the middle of a piece, never of a character', async () => {
    await start();
    simulator.respond({ text: `${long(3, 'x')}\u{1F600}\u{1F600}`, deltas: { size: 5 } });
    const cut = full({ inferenceConfig: { maxTokens: 4 } });
    const { events } = await drain(await bedrockClient(simulator).send(new ConverseStreamCommand(cut)));
    expect(textOf(events)).toBe(`${long(3, 'x')}\u{1F600}`);
    expect(events.at(-2)?.messageStop?.stopReason).toBe('max_tokens');
    expect(events.at(-1)?.metadata?.usage?.outputTokens).toBe(4);
    expect(await bedrockClient(simulator).send(new ConverseCommand(cut))).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 4 } });
  });

  test('of thinking count too: none may be left for text', async () => {
    await start();
    simulator.respond({ text: 'Yes.', reasoning: long(4) });
    const answer = await bedrockClient(simulator).send(new ConverseCommand(full({ inferenceConfig: { maxTokens: 4 } })));
    expect(answer.output?.message?.content?.map((block) => Object.keys(block)[0])).toEqual(['reasoningContent']);
  });

  test('do not end an answer where that is switched off', async () => {
    await start({ enforceMaxTokens: false });
    expect(await usageOf({ inferenceConfig: { maxTokens: 4 } })).toMatchObject({ outputTokens: 10 });
  });
});

describe('the quota', () => {
  const limited = (maxTokens: number): Input => ({ inferenceConfig: { maxTokens } });

  test('reserves input and maxTokens, and gives back what was not used', async () => {
    await start({ quota: { tokensPerMinute: 1000 } });
    const hand = manualStream();
    simulator.respondOnce(hand.responder);
    const running = usageOf(limited(900));
    await hand.request;
    expect(simulator.quota).toMatchObject({ reservedTokens: 905, settledTokens: 0 });
    expect(await errorOf(usageOf(limited(900)))).toMatchObject({
      name: 'ThrottlingException',
      message: 'Too many tokens, please wait before trying again.',
      $metadata: { httpStatusCode: 429 },
    });
    void hand.finish();
    await running;
    await simulator.requests[0]!.closed;
    expect(await usageOf(limited(900))).toMatchObject({ outputTokens: 10 });
    expect(simulator.throttledCount).toBe(1);
    await simulator.requests[2]!.closed;
    expect(simulator.quota).toEqual({ reservedTokens: 0, maxReservedTokens: 905, settledTokens: 5 + 5 + 5 * 10 });
  });

  test('reserves the model’s most where maxTokens is left out', async () => {
    await start({ quota: { tokensPerMinute: 64_004 } });
    expect((await errorOf(usageOf())).name).toBe('ThrottlingException');
  });

  test('refills with time, and may be overdrawn by the burndown', async () => {
    await start({ quota: { tokensPerMinute: 60, burndown: 7 } });
    await usageOf(limited(10));
    await simulator.requests[0]!.closed;
    expect((await errorOf(usageOf(limited(10)))).name).toBe('ThrottlingException'); // 60 − 75
    clock += 29_000;
    expect((await errorOf(usageOf(limited(10)))).name).toBe('ThrottlingException');
    clock += 1_000;
    expect(await usageOf(limited(10))).toMatchObject({ outputTokens: 10 });
  });

  test('per day ends with the day', async () => {
    await start({ quota: { tokensPerDay: 60 } });
    await usageOf(limited(10));
    await simulator.requests[0]!.closed;
    expect(await errorOf(usageOf(limited(10)))).toMatchObject({ message: 'Too many tokens per day, please wait before trying again.' });
    clock += 24 * 60 * MINUTE_MS;
    expect(await usageOf(limited(10))).toMatchObject({ outputTokens: 10 });
  });

  test('of requests is counted per model', async () => {
    await start({ quota: { requestsPerMinute: 1 } });
    await usageOf();
    expect(await errorOf(usageOf())).toMatchObject({ message: 'Too many requests, please wait before trying again.' });
    expect(await usageOf({ modelId: 'amazon.nova-lite-v1:0' })).toBeDefined();
  });

  test('of connections answers 503', async () => {
    await start({ maxConcurrency: 1 });
    const hand = manualStream();
    simulator.respondOnce(hand.responder);
    const running = usageOf();
    await hand.request;
    expect(await errorOf(usageOf())).toMatchObject({
      name: 'ServiceUnavailableException',
      message: 'Too many connections, please wait before trying again.',
      $metadata: { httpStatusCode: 503 },
    });
    void hand.finish();
    await running;
    await simulator.requests[0]!.closed;
    expect(await usageOf()).toBeDefined();
  });
});
