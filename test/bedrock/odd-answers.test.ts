import fc from '../property.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualStream, startBedrockSimulator, streamTroubles } from '../simulators/bedrock.ts';
import { askModel, modelAt } from './ask-model.ts';
import type { Reply } from '../../src/conversation/reply.ts';
import type { BedrockSimulator, JsonObject, StreamStep } from '../simulators/bedrock.ts';

let bedrock: BedrockSimulator;
beforeAll(async () => {
  bedrock = await startBedrockSimulator({ enforceMaxTokens: false });
});
beforeEach(() => bedrock.reset());
afterAll(() => bedrock.close());

const delta = (value: unknown): StreamStep => ({ event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: value } });
const messageStop = (stopReason: unknown = 'end_turn'): StreamStep => ({ event: 'messageStop', payload: { stopReason } });
const metadata = (usage: unknown, more: JsonObject = {}): StreamStep => ({ event: 'metadata', payload: { usage, metrics: { latencyMs: 5 }, ...more } });
const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };

/** The same answer streamed and whole. */
const bothWays = async ({ text = 'Fine.', usage = USAGE as unknown, stopReason = 'end_turn' as unknown, metrics = { latencyMs: 5 } as unknown }): Promise<Reply[]> => {
  bedrock.respondOnce({ steps: [delta({ text }), messageStop(stopReason), { event: 'metadata', payload: { usage, metrics } }] });
  const streamed = await askModel(modelAt(bedrock.url));
  bedrock.respondOnce({ whole: JSON.stringify({ output: { message: { role: 'assistant', content: [{ text }] } }, usage, stopReason, metrics }) });
  return [streamed, await askModel(modelAt(bedrock.url, { isStreaming: false }))];
};

describe('figures that cannot be', () => {
  it.each([
    ['null', null],
    ['a text', 'many'],
    ['a list', [1, 2]],
    ['no input', { outputTokens: 5 }],
    ['texts', { inputTokens: '10', outputTokens: '5' }],
    ['a negative one', { inputTokens: -1, outputTokens: 5 }],
    ['a huge one', { inputTokens: 1e300, outputTokens: 5 }],
    ['a thousand million', { inputTokens: 1e9, outputTokens: 5 }],
    ['more than was asked for', { inputTokens: 10, outputTokens: 1e9 }],
    ['a fraction', { inputTokens: 10.5, outputTokens: 5 }],
  ])('are unknown, and the answer stands: %s', async (_name, usage) => {
    for (const reply of await bothWays({ usage })) expect(reply).toMatchObject({ text: 'Fine.', stopReason: 'end_turn', usage: undefined });
  });

  it.each([null, 'none', -4, 1e300, {}, 2.5])('are left out one by one: %j tokens of a cache', async (odd) => {
    for (const name of ['cacheReadInputTokens', 'cacheWriteInputTokens']) {
      for (const { usage } of await bothWays({ usage: { ...USAGE, [name]: odd } })) expect(usage).toEqual({ inputTokens: 10, outputTokens: 5 });
    }
  });

  it.each([null, 'soon', -1, 1e300, { ms: 1 }])('of time are unknown too: %j', async (latencyMs) => {
    for (const reply of await bothWays({ metrics: { latencyMs } })) expect(reply).toMatchObject({ text: 'Fine.', latencyMs: undefined });
  });
});

describe('an end without a reason', () => {
  it.each([null, 7, {}, [], true, '', 'with blanks', 'x'.repeat(200)])('leaves the answer, and is remembered as unknown: %j', async (stopReason) => {
    for (const reply of await bothWays({ stopReason })) expect(reply).toMatchObject({ text: 'Fine.', stopReason: 'unknown' });
  });

  it('keeps one that nobody knows', async () => {
    for (const reply of await bothWays({ stopReason: 'tea_break' })) expect(reply).toMatchObject({ text: 'Fine.', stopReason: 'tea_break' });
  });
});

describe('members of any type, in any event and body,', () => {
  const anything = fc.oneof(fc.constantFrom(null, true, 0, -1, 1e300, '', 'odd', [], {}, [null], { text: 3 }), fc.jsonValue({ maxDepth: 2 }));

  it('leave a streamed answer', async () => {
    await fc.assert(
      fc.asyncProperty(anything, anything, anything, fc.constantFrom('contentBlockDelta', 'contentBlockStart', 'contentBlockStop', 'messageStart', 'newEvent'), async (one, other, third, event) => {
        const whole = { event, payload: typeof one === 'object' && one !== null ? (one as JsonObject) : { delta: one } };
        bedrock.respondOnce({ steps: [delta({ text: 'All ' }), delta({ toolUse: one }), delta({ reasoningContent: other }), delta({ citation: third }), ...(event === 'contentBlockDelta' ? [] : [whole]), delta({ text: 'of it.' }), messageStop(), metadata(one, { metrics: other, trace: third })] });
        expect(await askModel(modelAt(bedrock.url))).toMatchObject({ text: 'All of it.', stopReason: 'end_turn' });
      }),
      { numRuns: 40 },
    );
  });

  it('leave a whole answer', async () => {
    await fc.assert(
      fc.asyncProperty(anything, anything, async (one, other) => {
        const content = [one, { text: 'All ' }, { text: null }, { toolUse: other }, { citationsContent: one }, { text: 'of it.' }].filter((block) => typeof (block as { text?: unknown } | null)?.text !== 'string' || block !== one);
        bedrock.respondOnce({ whole: JSON.stringify({ output: { message: { content } }, stopReason: 'end_turn', usage: one, metrics: other, trace: one }) });
        expect((await askModel(modelAt(bedrock.url, { isStreaming: false }))).text).toContain('All of it.');
      }),
      { numRuns: 40 },
    );
  });

  it.each(['null', '[]', '"text"', '7', '{"output":null}', '{"output":{"message":{"content":"text"}}}', '{"output":{"message":null}}'])('end a body without an answer like an empty one: %s', async (whole) => {
    bedrock.respondOnce({ whole });
    expect(await askModel(modelAt(bedrock.url, { isStreaming: false }))).toMatchObject({ text: '', stopReason: 'unknown' });
  });

  it('say nothing when they stand for text', async () => {
    bedrock.respondOnce({ steps: [delta({ text: 'So ' }), ...[null, 5, {}, ['x'], true].map((text) => delta({ text })), delta(null), delta('text'), delta([]), delta({ text: 'be it.' }), messageStop(), metadata(USAGE)] });
    expect(await askModel(modelAt(bedrock.url))).toMatchObject({ text: 'So be it.' });
  });
});

describe('a connection that is left open', () => {
  it('behind the figures does not hold the answer', async () => {
    bedrock.respondOnce({ steps: [delta({ text: 'Done.' }), messageStop(), metadata(USAGE), { trouble: streamTroubles.stall }] });
    expect(await askModel(modelAt(bedrock.url))).toMatchObject({ text: 'Done.', usage: { inputTokens: 10, outputTokens: 5 } });
    await bedrock.requests[0]?.closed;
  });

  it('without figures holds it for a second, whatever else comes', async () => {
    const hand = manualStream();
    bedrock.respondOnce(hand.responder);
    const asked = askModel(modelAt(bedrock.url));
    await hand.text('Done.');
    await hand.send(messageStop());
    const stoppedAt = performance.now();
    const chatter = setInterval(() => void hand.send({ event: 'ping', payload: {} }), 100);
    const reply = await asked;
    clearInterval(chatter);
    expect(reply).toMatchObject({ text: 'Done.', stopReason: 'end_turn', usage: undefined });
    // A clock that the answer itself keeps: no earlier than said, and long before the silence of a stream is given up.
    expect(performance.now() - stoppedAt).toBeGreaterThan(900);
    expect(performance.now() - stoppedAt).toBeLessThan(30_000);
    await bedrock.requests[0]?.closed;
  });
});

describe('an answer without end', () => {
  const endless = function* (step: (text: string) => StreamStep): Generator<StreamStep> {
    for (;;) yield step('word '.repeat(2_000));
  };

  it('ends where no answer of its greatest length can be longer, as one that was cut off', async () => {
    bedrock.respondOnce({ steps: endless((text) => delta({ text })) });
    const { text, stopReason } = await askModel(modelAt(bedrock.url, { settings: { maxTokens: 1_000 } }));
    expect(text).toHaveLength(16_000);
    expect(stopReason).toBe('max_tokens');
    await bedrock.requests[0]?.closed;
    expect(bedrock.requests[0]?.closedByClient).toBe(true);
  });

  it('ends when it is but thought', async () => {
    bedrock.respondOnce({ steps: endless((text) => delta({ reasoningContent: { text } })) });
    expect(await askModel(modelAt(bedrock.url, { settings: { maxTokens: 1_000 } }))).toMatchObject({ text: '', stopReason: 'max_tokens' });
  });

  it('ends in one piece too', async () => {
    const content = [{ text: 'x'.repeat(2_000_000) }];
    bedrock.respondOnce({ whole: JSON.stringify({ output: { message: { content } }, stopReason: 'end_turn', usage: USAGE }) });
    const { text, stopReason } = await askModel(modelAt(bedrock.url, { isStreaming: false }));
    expect(text).toHaveLength(4096 * 16);
    expect(stopReason).toBe('max_tokens');
  });

  it('leaves one that is as long as it may be', async () => {
    const long = 'four'.repeat(4_096);
    for (const reply of await bothWays({ text: long })) expect(reply).toMatchObject({ text: long, stopReason: 'end_turn' });
  });
});
