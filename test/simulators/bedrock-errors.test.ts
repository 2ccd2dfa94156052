import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import type { ThrottlingException } from '@aws-sdk/client-bedrock-runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { bedrockClient, errorOf } from './bedrock-client.ts';
import { bedrockErrors, shortTermKey, startBedrockSimulator } from './bedrock.ts';
import type { BedrockSimulator, ErrorReply } from './bedrock.ts';

const ask = { modelId: 'us.anthropic.claude-haiku-5-5', messages: [{ role: 'user' as const, content: [{ text: 'Hello' }] }] };

let simulator: BedrockSimulator;

beforeEach(async () => {
  simulator = await startBedrockSimulator();
});

afterEach(() => simulator.close());

const converse = () => bedrockClient(simulator).send(new ConverseCommand(ask));
const converseStream = () => bedrockClient(simulator).send(new ConverseStreamCommand(ask));

describe('a short-term key', () => {
  const HOUR_MS = 3_600_000;
  const askWith = (key: string) => {
    simulator.addKey(key);
    return bedrockClient(simulator, { key }).send(new ConverseCommand(ask));
  };

  test('opens its own region, for as long as it says', async () => {
    expect(await askWith(shortTermKey())).toMatchObject({ stopReason: 'end_turn' });
    expect((await errorOf(askWith(shortTermKey({ region: 'eu-west-1' })))).message).toContain('make sure your API Key is valid');
    expect((await errorOf(askWith(shortTermKey({ madeAt: Date.now() - 2 * HOUR_MS, lifeMs: HOUR_MS })))).message).toBe('Bearer Token has expired');
  });
});

describe('errors before an answer', () => {
  const rows: readonly (readonly [name: string, status: number, reply: ErrorReply])[] = [
    ['ValidationException', 400, bedrockErrors.validation()],
    ['ValidationException', 400, bedrockErrors.inputTooLong()],
    ['ValidationException', 400, bedrockErrors.useCaseForm()],
    ['ValidationException', 400, bedrockErrors.dataRetention()],
    ['ServiceQuotaExceededException', 400, bedrockErrors.serviceQuota()],
    ['ConflictException', 400, bedrockErrors.conflict()],
    ['AccessDeniedException', 403, bedrockErrors.accessDenied()],
    ['AccessDeniedException', 403, bedrockErrors.marketplace()],
    ['AccessDeniedException', 403, bedrockErrors.payment()],
    ['AccessDeniedException', 403, bedrockErrors.badKey()],
    ['AccessDeniedException', 403, bedrockErrors.expiredKey()],
    ['AccessDeniedException', 403, bedrockErrors.notAuthorized('bedrock:InvokeModelWithResponseStream', '*')],
    ['UnrecognizedClientException', 403, bedrockErrors.unrecognizedClient()],
    ['ExpiredTokenException', 403, bedrockErrors.expiredToken()],
    ['Unknown', 403, bedrockErrors.untyped()],
    ['ResourceNotFoundException', 404, bedrockErrors.endOfLife()],
    ['ResourceNotFoundException', 404, bedrockErrors.legacy()],
    ['ResourceNotFoundException', 404, bedrockErrors.useCaseDetails()],
    ['ModelTimeoutException', 408, bedrockErrors.modelTimeout()],
    ['ModelErrorException', 424, bedrockErrors.modelError()],
    ['ModelStreamErrorException', 424, bedrockErrors.modelStreamError()],
    ['ThrottlingException', 429, bedrockErrors.throttling()],
    ['ThrottlingException', 429, bedrockErrors.tooManyRequests()],
    ['ThrottlingException', 429, bedrockErrors.tokensPerDay()],
    ['ModelNotReadyException', 429, bedrockErrors.modelNotReady()],
    ['InternalServerException', 500, bedrockErrors.internalServer()],
    ['ServiceUnavailableException', 503, bedrockErrors.unavailable()],
    ['ServiceUnavailableException', 503, bedrockErrors.tooManyConnections()],
    ['ThrottlingException', 429, { ...bedrockErrors.throttling(), headerType: false, bodyType: true }],
  ];
  test.each(rows)('%s %i', async (name, status, reply) => {
    simulator.respond({ error: reply });
    for (const call of [converse, converseStream]) {
      expect(await errorOf(call())).toMatchObject({ name, message: reply.message, $metadata: { httpStatusCode: status, attempts: 1 } });
    }
    expect(simulator.requests[0]).toMatchObject({ status, error: reply.name ?? 'Unknown' });
  });

  test('a retry-after header goes along', async () => {
    simulator.respond({ error: bedrockErrors.throttling(undefined, { retryAfter: 7 }) });
    const error = (await errorOf(converse())) as ThrottlingException;
    expect(error.$response?.headers['retry-after']).toBe('7');
  });

  test('a proxy’s HTML page is a syntax error to the SDK', async () => {
    simulator.respond({ error: bedrockErrors.badGateway() });
    expect(await errorOf(converse())).toMatchObject({ name: 'SyntaxError', $metadata: { httpStatusCode: 502 } });
  });

  test('the SDK retries what it retries', async () => {
    simulator.respondOnce({ error: bedrockErrors.unavailable() });
    const answer = await bedrockClient(simulator, { maxAttempts: 2 }).send(new ConverseCommand(ask));
    expect(answer.$metadata.attempts).toBe(2);
    expect(simulator.requestCount).toBe(2);
  });

  test('a responder that throws is an internal error', async () => {
    simulator.respond(() => {
      throw new Error('in the test');
    });
    expect(await errorOf(converse())).toMatchObject({ name: 'InternalServerException', message: 'The responder threw: Error: in the test' });
  });
});
