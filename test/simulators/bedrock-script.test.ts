import { ConverseCommand, ConverseStreamCommand, ModelStreamErrorException, ThrottlingException } from '@aws-sdk/client-bedrock-runtime';
import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { bedrockClient, drain, errorOf, textOf } from './bedrock-client.ts';
import { manualStream, startBedrockSimulator, stream, streamTroubles } from './bedrock.ts';
import type { BedrockSimulator, Responder, Script, StreamTrouble } from './bedrock.ts';

const ask = { modelId: 'us.anthropic.claude-haiku-5-5', messages: [{ role: 'user' as const, content: [{ text: 'Hello' }] }] };

let simulator: BedrockSimulator;

beforeEach(async () => {
  simulator = await startBedrockSimulator();
});

afterEach(() => simulator.close());

const converse = () => bedrockClient(simulator).send(new ConverseCommand(ask));
const converseStream = (abortSignal?: AbortSignal) =>
  bedrockClient(simulator).send(new ConverseStreamCommand(ask), abortSignal === undefined ? {} : { abortSignal });

/** The stream as the SDK sees it. */
async function play(script: Script | Responder): Promise<{ events: ConverseStreamOutput[]; error: Error | undefined }> {
  simulator.respond(script);
  return drain(await converseStream());
}

const kinds = (events: readonly ConverseStreamOutput[]): (string | undefined)[] => events.map((event) => Object.keys(event)[0]);

describe('silence', () => {
  test.each(['beforeHeaders', 'afterHeaders'] as const)('%s lasts until the client leaves', async (hang) => {
    simulator.respond({ hang });
    const leave = new AbortController();
    const call = errorOf(converseStream(leave.signal));
    const request = await simulator.waitForRequest(1);
    leave.abort();
    // Behind the headers the SDK waits for the first event, on a connection that then breaks.
    expect(await call).toMatchObject(hang === 'beforeHeaders' ? { name: 'AbortError' } : {});
    expect(await request.closed).toMatchObject({ finished: false, closedByClient: true, status: hang === 'beforeHeaders' ? undefined : 200 });
  });

  test('the client’s own timeout ends it', async () => {
    simulator.respond({ text: 'abc', deltas: ['a', 'bc'], trouble: streamTroubles.stall });
    const output = await bedrockClient(simulator, { socketTimeoutMs: 50 }).send(new ConverseStreamCommand(ask));
    const { events, error } = await drain(output);
    expect(textOf(events)).toBe('a');
    expect(error).toMatchObject({ name: 'TimeoutError' });
  });

  test('delays come before the headers and between the pieces', async () => {
    simulator.respond({ text: 'abc', deltas: { size: 1 }, firstDelayMs: 40, deltaDelayMs: 20 });
    const begun = performance.now();
    const output = await converseStream();
    const first = performance.now() - begun;
    expect(textOf((await drain(output)).events)).toBe('abc');
    expect(first).toBeGreaterThanOrEqual(39);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(78);
  });
});

describe('trouble in the stream', () => {
  const broken = (trouble: StreamTrouble, afterDeltas: number | 'headers' = 1) => play({ text: 'abc', deltas: { size: 1 }, trouble, afterDeltas });

  test.each([
    ['ValidationException', streamTroubles.validation()],
    ['ThrottlingException', streamTroubles.throttling()],
    ['InternalServerException', streamTroubles.internalServer()],
    ['ModelStreamErrorException', streamTroubles.modelStreamError()],
    ['ServiceUnavailableException', streamTroubles.serviceUnavailable('later')],
    ['modelTimeoutException', streamTroubles.modelTimeout()],
    ['InternalFailure', streamTroubles.error()],
  ])('%s after two pieces', async (name, trouble) => {
    const { events, error } = await broken(trouble, 2);
    expect(textOf(events)).toBe('ab');
    expect(error?.name).toBe(name);
    if (trouble.kind === 'exception') expect(error?.message).toContain(trouble.message);
    expect((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode).toBeUndefined();
  });

  test('a modelled exception keeps its class and members', async () => {
    const { error } = await broken(streamTroubles.modelStreamError());
    expect(error).toBeInstanceOf(ModelStreamErrorException);
    expect(error).toMatchObject({ originalStatusCode: 500, originalMessage: 'upstream failed' });
  });

  test('as the first thing behind the headers it rejects the call', async () => {
    simulator.respond({ text: '', trouble: streamTroubles.throttling(), afterDeltas: 'headers' });
    expect(await errorOf(converseStream())).toBeInstanceOf(ThrottlingException);
  });

  test('an end without messageStop is no error to the SDK', async () => {
    const { events, error } = await broken(streamTroubles.end);
    expect([kinds(events), error]).toEqual([['messageStart', 'contentBlockDelta'], undefined]);
  });

  test('an end without metadata', async () => {
    const { events, error } = await broken(streamTroubles.noMetadata);
    expect([textOf(events), kinds(events).at(-1), error]).toEqual(['abc', 'messageStop', undefined]);
  });

  test.each([
    ['a cut frame', streamTroubles.truncated, /Truncated event message received/],
    ['a wrong checksum', streamTroubles.badChecksum, /checksum/i],
    ['a reset connection', streamTroubles.reset, /aborted|ECONNRESET/],
  ])('%s throws', async (_, trouble, message) => {
    const { events, error } = await broken(trouble);
    expect(textOf(events)).toBe('a');
    expect(error?.message).toMatch(message);
    expect((await simulator.requests[0]!.closed).closedByClient).toBe(false);
  });

  test('unknown events and deltas do not end it', async () => {
    const event = await broken(streamTroubles.unknownEvent);
    expect([textOf(event.events), event.error]).toEqual(['abc', undefined]);
    const delta = await broken(streamTroubles.unknownDelta);
    expect([textOf(delta.events), delta.error]).toEqual(['abc', undefined]);
    expect(delta.events.some((each) => each.contentBlockDelta?.delta?.$unknown !== undefined)).toBe(true);
  });

  test('bytes one by one are still whole characters', async () => {
    const { events, error } = await play({ text: 'añ€\u{1F600}', deltas: { size: 1 }, byteByByte: true });
    expect([textOf(events), error]).toEqual(['añ€\u{1F600}', undefined]);
  });

  test('Converse says by status what a stream says inside', async () => {
    simulator.respond({ text: 'abc', trouble: streamTroubles.modelTimeout() });
    expect(await errorOf(converse())).toMatchObject({ name: 'ModelTimeoutException', $metadata: { httpStatusCode: 408 } });
    simulator.respond({ text: 'abc', trouble: streamTroubles.truncated });
    expect((await errorOf(converse())).name).toBe('SyntaxError');
    simulator.respond({ text: 'abc', trouble: streamTroubles.reset });
    expect(await errorOf(converse())).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('answers', () => {
  test('an empty one has no blocks', async () => {
    expect(kinds((await play({ text: '' })).events)).toEqual(['messageStart', 'messageStop', 'metadata']);
    expect((await converse()).output?.message?.content).toEqual([]);
  });

  test('reasoning comes in a block of its own, signed', async () => {
    const { events } = await play({ text: 'Yes.', reasoning: 'Hm.' });
    const deltas = events.flatMap(({ contentBlockDelta }) => contentBlockDelta ?? []);
    expect(deltas.map(({ contentBlockIndex }) => contentBlockIndex)).toEqual([0, 0, 1]);
    expect(deltas[0]?.delta?.reasoningContent).toEqual({ text: 'Hm.' });
    expect(deltas[1]?.delta?.reasoningContent?.signature).toEqual(expect.any(String));
    const { output } = await converse();
    const again = { ...ask, messages: [...ask.messages, output!.message!, ...ask.messages] };
    expect((await bedrockClient(simulator).send(new ConverseCommand(again))).stopReason).toBe('end_turn');
  });

  test('tools are asked for', async () => {
    const script: Script = { text: 'Let me see.', toolUses: [{ toolUseId: 'a', name: 'look', input: { at: 'sky' } }] };
    const { events } = await play(script);
    const { contentBlockStart } = events.find((event) => event.contentBlockStart !== undefined)!;
    expect(contentBlockStart).toEqual({ contentBlockIndex: 1, start: { toolUse: { toolUseId: 'a', name: 'look' } } });
    expect((await converse()).stopReason).toBe('tool_use');
  });

  test('stop reason, usage, latency and further fields are as scripted', async () => {
    const { events } = await play({ text: 'x', stopReason: 'content_filtered', usage: { outputTokens: 90 }, latencyMs: 5, additionalModelResponseFields: { a: 1 } });
    expect(events.at(-2)?.messageStop).toEqual({ stopReason: 'content_filtered', additionalModelResponseFields: { a: 1 } });
    expect(events.at(-1)?.metadata).toMatchObject({ usage: { inputTokens: 2, outputTokens: 90, totalTokens: 92 }, metrics: { latencyMs: 5 } });
  });

  test('a guardrail shows its trace to who asks for it', async () => {
    simulator.respond({ text: 'Blocked.', stopReason: 'guardrail_intervened', guardrail: { actionReason: 'Guardrail blocked.' } });
    const guardrailConfig = { guardrailIdentifier: 'abc', guardrailVersion: '1' };
    const client = bedrockClient(simulator);
    const traced = await client.send(new ConverseCommand({ ...ask, guardrailConfig: { ...guardrailConfig, trace: 'enabled' } }));
    expect([traced.stopReason, traced.trace?.guardrail?.actionReason]).toEqual(['guardrail_intervened', 'Guardrail blocked.']);
    expect((await client.send(new ConverseCommand({ ...ask, guardrailConfig }))).trace).toBeUndefined();
  });

  test('scripts for one request each come before the responder', async () => {
    simulator.respond(({ number }) => ({ text: `number ${number}` }));
    simulator.respondOnce({ text: 'first' }, () => Promise.resolve({ text: 'second' }));
    const texts = [await converse(), await converse(), await converse()].map(({ output }) => output?.message?.content?.[0]?.text);
    expect(texts).toEqual(['first', 'second', 'number 3']);
  });
});

describe('a stream led by hand', () => {
  test('sends each piece when it is told to', async () => {
    const hand = manualStream();
    simulator.respond(hand.responder);
    const call = converseStream();
    expect((await hand.request).operation).toBe('ConverseStream');
    await hand.open();
    const events = (await call).stream![Symbol.asyncIterator]();
    expect((await events.next()).value).toHaveProperty('messageStart');
    await hand.text('one');
    expect((await events.next()).value).toMatchObject({ contentBlockDelta: { delta: { text: 'one' } } });
    void hand.finish({ stopReason: 'max_tokens' });
    expect((await events.next()).value).toHaveProperty('contentBlockStop');
    expect((await events.next()).value).toEqual({ messageStop: { stopReason: 'max_tokens' } });
  });

  test('learns that the client left', async () => {
    const hand = manualStream();
    simulator.respond(hand.responder);
    const leave = new AbortController();
    const call = converseStream(leave.signal);
    await hand.text('one');
    await call;
    leave.abort();
    expect((await (await hand.request).closed).closedByClient).toBe(true);
    await hand.text('into the void');
    await hand.finish();
  });

  test('can be led by a function, or be any steps', async () => {
    const led = await play(
      stream(async ({ text, finish }) => {
        await text('a');
        await text('b');
        await finish();
      }),
    );
    expect(textOf(led.events)).toBe('ab');
    const steps = await play({ steps: [{ event: 'messageStart', payload: { role: 'assistant' } }, { text: 'c' }, { finish: {} }] });
    expect(textOf(steps.events)).toBe('c');
    expect(await errorOf(play(stream(() => Promise.reject(new Error('lost')))))).toMatchObject({ code: 'ECONNRESET' });
  });
});
