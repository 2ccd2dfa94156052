import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { encodeFrame } from '../simulators/bedrock-wire.ts';
import { askModel, modelAt } from './ask-model.ts';
import type { AddressInfo } from 'node:net';
import type { BedrockSimulator, StreamStep } from '../simulators/bedrock.ts';

let bedrock: BedrockSimulator;
beforeAll(async () => {
  bedrock = await startBedrockSimulator();
});
beforeEach(() => bedrock.reset());
afterAll(() => bedrock.close());

const NOTHING = new Uint8Array();
const emptyEvent = (type: string): StreamStep => ({ bytes: encodeFrame({ ':event-type': type, ':message-type': 'event' }, NOTHING) });
const emptyException = (type: string): StreamStep => ({ bytes: encodeFrame({ ':exception-type': type, ':message-type': 'exception' }, NOTHING) });
const delta = (text: string): StreamStep => ({ event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: { text } } });

describe('a gateway before Bedrock', () => {
  it('may answer whole where a stream was asked for, once and again', async () => {
    const whole = JSON.stringify({ output: { message: { role: 'assistant', content: [{ text: 'All at once.' }] } }, stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } });
    bedrock.respond({ whole });
    const model = modelAt(bedrock.url);
    for (let round = 0; round < 2; round += 1) expect(await askModel(model)).toMatchObject({ text: 'All at once.', stopReason: 'end_turn', usage: { inputTokens: 1 } });
    bedrock.respond({ text: 'Streamed.' });
    expect(await askModel(model)).toMatchObject({ text: 'Streamed.' });
  });

  it.each(['contentBlockDelta', 'metadata', 'messageStart', 'unheardOf'])('may send an empty %s, which says nothing', async (type) => {
    bedrock.respondOnce({ steps: [{ open: true }, delta('Still '), emptyEvent(type), delta('here.'), { event: 'messageStop', payload: { stopReason: 'end_turn' } }, emptyEvent('metadata'), { trouble: { kind: 'end' } }] });
    expect(await askModel(modelAt(bedrock.url))).toMatchObject({ text: 'Still here.', stopReason: 'end_turn' });
  });

  it.each([
    ['throttlingException', 'throttled'],
    ['serviceUnavailableException', 'overloaded'],
    ['modelStreamErrorException', 'model-error'],
  ])('may send an empty %s, whose name still says what it is', async (type, kind) => {
    bedrock.respondOnce({ steps: [{ open: true }, emptyException(type)] });
    await expect(askModel(modelAt(bedrock.url))).rejects.toMatchObject({ kind });
  });

  it.each([
    ['{"message":"Forbidden"}', 403, 'HTTP status 403: Forbidden'],
    ['{}', 403, 'HTTP status 403'],
    ['{"message":"The gateway has no room"}', 500, 'HTTP status 500: The gateway has no room'],
  ])('may answer with an error of no type: %s', async (body, status, told) => {
    const gateway = createServer((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
    gateway.listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    const failure = await askModel(modelAt(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`)).catch((error: unknown) => error as Error);
    gateway.close();
    expect((failure as Error).message).toBe(told);
  });
});
