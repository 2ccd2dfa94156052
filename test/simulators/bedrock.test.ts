import { ConverseCommand, ConverseStreamCommand, CountTokensCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterEach, expect, test } from 'vitest';

import { bedrockClient, drain, errorOf, textOf } from './bedrock-client.ts';
import { manualStream, startBedrockSimulator, streamTroubles, TEST_KEY } from './bedrock.ts';
import type { BedrockSimulator, BedrockSimulatorOptions } from './bedrock.ts';

const MODEL = 'us.anthropic.claude-haiku-5-5';
const messages = [{ role: 'user' as const, content: [{ text: 'Hello, how are you?' }] }];
const ask = { modelId: MODEL, messages };

const started: BedrockSimulator[] = [];

async function start(options: BedrockSimulatorOptions = {}): Promise<BedrockSimulator> {
  const simulator = await startBedrockSimulator(options);
  started.push(simulator);
  return simulator;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((simulator) => simulator.close()));
});

function get(simulator: BedrockSimulator, path: string, key = TEST_KEY): Promise<Response> {
  return fetch(simulator.url + path, { headers: { authorization: `Bearer ${key}` } });
}

test('Converse answers with an echo, usage that adds up, and a latency', async () => {
  const simulator = await start();
  const { output, stopReason, usage, metrics, $metadata } = await bedrockClient(simulator).send(new ConverseCommand(ask));
  expect(output?.message).toEqual({ role: 'assistant', content: [{ text: 'You said: Hello, how are you?' }] });
  expect(stopReason).toBe('end_turn');
  expect(usage).toMatchObject({ inputTokens: 5, outputTokens: 8, totalTokens: 13, cacheReadInputTokens: 0 });
  expect(metrics?.latencyMs).toBeGreaterThanOrEqual(0);
  expect($metadata.requestId).toBe(simulator.requests[0]?.requestId);
});

test('ConverseStream sends its events in the order of the service', async () => {
  const simulator = await start();
  const { events, error } = await drain(await bedrockClient(simulator).send(new ConverseStreamCommand(ask)));
  expect(error).toBeUndefined();
  expect(events.map((event) => Object.keys(event)[0])).toEqual([
    'messageStart',
    'contentBlockDelta',
    'contentBlockStop',
    'messageStop',
    'metadata',
  ]);
  expect(textOf(events)).toBe('You said: Hello, how are you?');
  expect(events.at(-1)?.metadata?.usage).toMatchObject({ inputTokens: 5, outputTokens: 8, totalTokens: 13 });
});

test('the SDK’s default HTTP/2 handler gets the same on the same port', async () => {
  const simulator = await start();
  const client = bedrockClient(simulator, { defaultHandler: true });
  const { events } = await drain(await client.send(new ConverseStreamCommand(ask)));
  expect(textOf(events)).toBe('You said: Hello, how are you?');
  expect((await client.send(new ConverseCommand(ask))).stopReason).toBe('end_turn');
  await Promise.all(simulator.requests.map(({ closed }) => closed));
  expect(simulator.requests.map(({ httpVersion, finished }) => [httpVersion, finished])).toEqual([
    ['2.0', true],
    ['2.0', true],
  ]);
  client.destroy();
});

test('over HTTP/2 an abort ends the loop without an error, and only the simulator knows', async () => {
  const simulator = await start();
  simulator.respond({ text: 'abc', deltas: { size: 1 }, trouble: streamTroubles.stall });
  const leave = new AbortController();
  const client = bedrockClient(simulator, { defaultHandler: true });
  const output = await client.send(new ConverseStreamCommand(ask), { abortSignal: leave.signal });
  const rest = drain(output);
  leave.abort();
  expect((await rest).error).toBeUndefined();
  expect(await simulator.requests[0]!.closed).toMatchObject({ finished: false, closedByClient: true });
  client.destroy();
});

test('over HTTP/2 a session that breaks is not the client’s doing', async () => {
  const simulator = await start();
  simulator.respond({ text: 'abc', deltas: { size: 1 }, trouble: streamTroubles.reset });
  const client = bedrockClient(simulator, { defaultHandler: true });
  await drain(await client.send(new ConverseStreamCommand(ask)));
  expect(await simulator.requests[0]!.closed).toMatchObject({ finished: false, closedByClient: false });
  client.destroy();
});

test('leaving the loop without an abort does not stop the answer', async () => {
  const simulator = await start();
  simulator.respond({ text: 'abcd', deltas: { size: 1 }, deltaDelayMs: 5 });
  const output = await bedrockClient(simulator).send(new ConverseStreamCommand(ask));
  for await (const event of output.stream ?? []) if (event.contentBlockDelta !== undefined) break;
  expect(await simulator.requests[0]!.closed).toMatchObject({ finished: true, closedByClient: false, usage: { outputTokens: 1 } });
});

test('HTTP/1.1 calls in a row share one connection', async () => {
  const simulator = await start();
  const client = bedrockClient(simulator);
  for (let call = 0; call < 3; call += 1) await drain(await client.send(new ConverseStreamCommand(ask)));
  expect(simulator.connectionCount).toBe(1);
  expect(simulator.requests.map(({ connection }) => connection)).toEqual([1, 1, 1]);
});

test('a request is recorded as it was sent', async () => {
  const simulator = await start();
  const arrived = simulator.waitForRequest(1);
  await bedrockClient(simulator).send(new ConverseCommand({ modelId: 'us.anthropic.claude-haiku-4-5-20251001-v1:0', messages }));
  const request = await (await arrived).closed;
  expect(request).toMatchObject({
    operation: 'Converse',
    method: 'POST',
    path: '/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse',
    modelId: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    status: 200,
    finished: true,
    closedByClient: false,
    body: { messages },
    usage: { inputTokens: 5 },
  });
  expect(request.headers.authorization).toBe(`Bearer ${TEST_KEY}`);
  expect(JSON.parse(request.rawBody)).toEqual({ messages });
});

test('a key that is wrong, missing, doubled or expired is refused with the real texts', async () => {
  const simulator = await start();
  const wrong = await errorOf(bedrockClient(simulator, { key: 'ABSKwrong' }).send(new ConverseCommand(ask)));
  expect(wrong).toMatchObject({
    name: 'AccessDeniedException',
    message: 'Authentication failed: Please make sure your API Key is valid.',
    $metadata: { httpStatusCode: 403 },
  });
  const doubled = await errorOf(bedrockClient(simulator, { key: `Bearer ${TEST_KEY}` }).send(new ConverseCommand(ask)));
  expect(doubled.name).toBe('AccessDeniedException');
  const missing = await fetch(`${simulator.url}/foundation-models`);
  expect(missing.status).toBe(403);
  expect(await missing.json()).toEqual({ Message: 'Authentication failed: Please make sure your API Key is valid.' });

  simulator.expireKey(TEST_KEY);
  const expired = await errorOf(bedrockClient(simulator).send(new ConverseCommand(ask)));
  expect(expired).toMatchObject({ name: 'AccessDeniedException', message: 'Bearer Token has expired' });
  simulator.expireKey(TEST_KEY, { typed: false });
  const untyped = await errorOf(bedrockClient(simulator).send(new ConverseCommand(ask)));
  expect(untyped).toMatchObject({ name: 'Unknown', message: 'Bearer Token has expired' });

  simulator.addKey('ABSKnew');
  const renewed = await bedrockClient(simulator, { key: 'ABSKnew' }).send(new ConverseCommand(ask));
  expect(renewed.stopReason).toBe('end_turn');
  expect(simulator.requests.map(({ status }) => status)).toEqual([403, 403, 403, 403, 200]);
});

test('an unknown path is an unknown operation, whoever asks', async () => {
  const simulator = await start();
  const answer = await fetch(`${simulator.url}/model//converse`, { method: 'POST' });
  expect(answer.status).toBe(404);
  expect(answer.headers.get('x-amzn-errortype')).toContain('UnknownOperationException');
  expect(simulator.requests).toHaveLength(0);
  expect(simulator.otherRequests).toHaveLength(1);
});

test('CountTokens counts for a base model and refuses a profile', async () => {
  const simulator = await start();
  const client = bedrockClient(simulator);
  const input = { converse: { messages, system: [{ text: 'Be kind.' }] } };
  const counted = await client.send(new CountTokensCommand({ modelId: 'anthropic.claude-haiku-5-5', input }));
  expect(counted.inputTokens).toBe(7);
  const refused = await errorOf(client.send(new CountTokensCommand({ modelId: MODEL, input })));
  expect(refused).toMatchObject({ name: 'ValidationException', message: "The provided model doesn't support counting tokens." });
});

test('the listings show what the region offers, page by page', async () => {
  const simulator = await start({ region: 'eu-west-1' });
  const models = (await (await get(simulator, '/foundation-models?byOutputModality=TEXT')).json()) as { modelSummaries: { modelId: string; inferenceTypesSupported: string[] }[] };
  expect(models.modelSummaries.find(({ modelId }) => modelId === 'anthropic.claude-haiku-5-5')?.inferenceTypesSupported).toEqual(['INFERENCE_PROFILE']);
  expect(models.modelSummaries.some(({ modelId }) => modelId.includes('titan-embed') || modelId.includes('claude-3-5-haiku'))).toBe(false);

  const ids: string[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const answer = await get(simulator, `/inference-profiles?type=SYSTEM_DEFINED&maxResults=7${token === '' ? '' : `&nextToken=${token}`}`);
    const page = (await answer.json()) as { inferenceProfileSummaries: { inferenceProfileId: string }[]; nextToken?: string };
    ids.push(...page.inferenceProfileSummaries.map(({ inferenceProfileId }) => inferenceProfileId));
    token = page.nextToken;
  }
  expect(ids).toContain('eu.anthropic.claude-haiku-5-5');
  expect(ids).toContain('global.amazon.nova-2-lite-v1:0');
  expect(ids.some((id) => id.startsWith('us.'))).toBe(false);

  const availability = await get(simulator, '/foundation-model-availability/anthropic.claude-haiku-5-5');
  expect(await availability.json()).toMatchObject({ authorizationStatus: 'AUTHORIZED' });
  simulator.denyListings();
  expect((await get(simulator, '/foundation-models')).status).toBe(403);
});

test('a catalogue of the test’s own replaces the listings', async () => {
  const simulator = await start({ catalogue: { foundationModels: [], inferenceProfiles: [{ inferenceProfileId: 'us.own', type: 'SYSTEM_DEFINED' }] } });
  expect(await (await get(simulator, '/foundation-models')).json()).toEqual({ modelSummaries: [] });
  expect(await (await get(simulator, '/inference-profiles?type=APPLICATION')).json()).toEqual({ inferenceProfileSummaries: [] });
});

test('requests can be waited for, by what they say and in vain', async () => {
  const simulator = await start();
  const second = simulator.waitForRequest(({ rawBody }) => rawBody.includes('second'));
  const client = bedrockClient(simulator);
  await client.send(new ConverseCommand(ask));
  await client.send(new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'second' }] }] }));
  expect((await second).number).toBe(2);
  expect(await simulator.waitForRequest(1)).toBe(simulator.requests[0]);
  await expect(simulator.waitForRequest(3, 10)).rejects.toThrow('Waited 10 ms for request number 3; there were 2 requests.');
  simulator.reset();
  expect(simulator.requestCount).toBe(0);
});

test('requests in flight are counted', async () => {
  const simulator = await start();
  const hands = [manualStream(), manualStream()];
  simulator.respondOnce(...hands.map(({ responder }) => responder));
  const client = bedrockClient(simulator);
  const calls = [client.send(new ConverseCommand(ask)), client.send(new ConverseCommand(ask))];
  await Promise.all(hands.map(({ request }) => request));
  expect(simulator.inFlight).toBe(2);
  for (const hand of hands) void hand.finish();
  await Promise.all(calls);
  await Promise.all(simulator.requests.map(({ closed }) => closed));
  expect([simulator.inFlight, simulator.maxInFlight]).toEqual([0, 2]);
});

test('recording can forget bodies or everything', async () => {
  const heads = await start({ record: 'heads' });
  await bedrockClient(heads).send(new ConverseCommand(ask));
  await heads.requests[0]?.closed;
  expect(heads.requests[0]).toMatchObject({ modelId: MODEL, rawBody: '', body: undefined });

  const none = await start({ record: 'none' });
  const seen = none.waitForRequest(1);
  await bedrockClient(none).send(new ConverseCommand(ask));
  expect((await seen).modelId).toBe(MODEL);
  expect([none.requests.length, none.requestCount]).toEqual([0, 1]);
});

test('closing ends what is running', async () => {
  const simulator = await start();
  simulator.respond({ hang: 'beforeHeaders' });
  const call = errorOf(bedrockClient(simulator).send(new ConverseCommand(ask)));
  await simulator.waitForRequest(1);
  await simulator.close();
  started.splice(0);
  expect(await call).toMatchObject({ code: 'ECONNRESET' });
});
