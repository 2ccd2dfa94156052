import { describe, expect, it, vi } from 'vitest';
import { createBedrockClient } from '../../src/bedrock/client.ts';
import { createConverseModel } from '../../src/bedrock/converse-model.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { TEST_KEY, bedrockErrors, streamTroubles } from '../simulators/bedrock.ts';
import { shareBedrock } from './shared-bedrock.ts';
import type { ConverseModelOptions } from '../../src/bedrock/converse-model.ts';
import type { LanguageModel } from '../../src/conversation/ports.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';
import type { Reply } from '../../src/conversation/reply.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';

const PAGE_MODEL = 'us.anthropic.claude-3-5-haiku-20241022-v1:0';
const MODEL = 'us.anthropic.claude-haiku-5-5';
const ANOTHER_KEY = 'ABSKanotherKeyThatOpens';
const HELLO: Prompt = { system: [], turns: [{ role: 'user', content: [{ text: 'Hello' }] }] };

let bedrock: BedrockSimulator;
shareBedrock((opened) => {
  bedrock = opened;
});

type Options = Partial<Omit<ConverseModelOptions, 'client' | 'settings'>> & {
  apiKey?: string | (() => string);
  settings?: Partial<ConverseModelOptions['settings']>;
};

const model = ({ apiKey = TEST_KEY, settings, ...options }: Options = {}) =>
  createConverseModel({
    client: createBedrockClient({ apiKey, region: 'us-east-1', endpoint: bedrock.url }),
    region: 'us-east-1',
    isStreaming: true,
    ...options,
    settings: { modelId: MODEL, maxTokens: 4096, ...settings },
  });

type Asked = Reply & { pieces: string[] };

const askOf = async (one: LanguageModel, signal = new AbortController().signal, prompt = HELLO): Promise<Asked> => {
  const pieces: string[] = [];
  for await (const event of one.converse(prompt, signal)) {
    if (event.type === 'text') pieces.push(event.text);
    else return { text: pieces.join(''), pieces, ...event };
  }
  throw new Failure('stream-broken', 'no end');
};

const ask = (options: Options = {}, signal?: AbortSignal, prompt?: Prompt): Promise<Asked> => askOf(model(options), signal, prompt);

const failureOf = async (options: Options = {}, signal?: AbortSignal, one = model(options)): Promise<Failure> => {
  try {
    await askOf(one, signal);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

describe('a Converse request', () => {
  it('is the one of the AWS page, with our inferenceConfig added and nothing else', async () => {
    bedrock.setRetirement(false);
    await ask({ isStreaming: false, settings: { modelId: PAGE_MODEL } });
    const [request] = bedrock.requests;
    expect(request?.method).toBe('POST');
    expect(request?.path).toBe('/model/us.anthropic.claude-3-5-haiku-20241022-v1%3A0/converse');
    expect(request?.headers['authorization']).toBe(`Bearer ${TEST_KEY}`);
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.rawBody).toBe(
      '{"messages":[{"role":"user","content":[{"text":"Hello"}]}],"inferenceConfig":{"maxTokens":4096}}',
    );
  });

  it('streams by default, piece by piece, and reports stop reason and usage', async () => {
    bedrock.respond({ text: 'one two three', deltas: ['one ', 'two ', 'three'] });
    const reply = await ask();
    expect(bedrock.requests[0]?.operation).toBe('ConverseStream');
    expect(reply.pieces.join('')).toBe('one two three');
    expect(reply.stopReason).toBe('end_turn');
    expect(reply.usage?.inputTokens).toBeGreaterThan(0);
    expect(reply.usage?.outputTokens).toBeGreaterThan(0);
  });

  it('carries system prompt, sampling, request fields and guardrail where they are set', async () => {
    await ask(
      {
        settings: {
          modelId: 'us.anthropic.claude-sonnet-4-6',
          temperature: 0.2,
          requestFields: { thinking: { type: 'disabled' } },
          guardrail: { id: 'abc123', version: '2' },
        },
      },
      undefined,
      { ...HELLO, system: ['Be brief.'] },
    );
    expect(bedrock.requests[0]?.body).toEqual({
      messages: HELLO.turns,
      system: [{ text: 'Be brief.' }],
      inferenceConfig: { maxTokens: 4096, temperature: 0.2 },
      additionalModelRequestFields: { thinking: { type: 'disabled' } },
      guardrailConfig: { guardrailIdentifier: 'abc123', guardrailVersion: '2', trace: 'enabled' },
    });
  });

  it('uses Converse for a model that cannot stream, and remembers it', async () => {
    bedrock.setModel('test.cannot-stream', { streaming: false });
    const patient = model({ settings: { modelId: 'test.cannot-stream' } });
    for (let round = 0; round < 2; round += 1) {
      const events = await Array.fromAsync(patient.converse(HELLO, new AbortController().signal));
      expect(events[0]).toEqual({ type: 'text', text: 'Hi there.' });
    }
    expect(bedrock.requests.map(({ operation }) => operation)).toEqual(['ConverseStream', 'Converse', 'Converse']);
  });

  it.each([
    ['neither', 'us.anthropic.claude-haiku-5-5', ['temperature', 'topP']],
    ['one of the two', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', ['topP']],
    ['both', 'amazon.nova-lite-v1:0', []],
  ] as const)('leaves out the sampling fields that a model refuses, and remembers it: it takes %s', async (_name, modelId, left) => {
    bedrock.setRetirement(false);
    for (const isStreaming of [true, false]) {
      const before = bedrock.requests.length;
      const refused: string[] = [];
      const one = model({ isStreaming, settings: { modelId, temperature: 0.2, topP: 0.9 }, onFieldRefused: (field) => void refused.push(field) });
      for (let round = 0; round < 2; round += 1) {
        const events = await Array.fromAsync(one.converse(HELLO, new AbortController().signal));
        expect(events[0]).toEqual({ type: 'text', text: 'Hi there.' });
      }
      expect(refused.toSorted()).toEqual(left);
      expect(bedrock.requests.length - before).toBe(2 + left.length);
      const last = bedrock.requests.at(-1)?.body?.inferenceConfig ?? {};
      expect(['temperature', 'topP'].filter((field) => !(field in last))).toEqual(left);
    }
  });

  it.each([
    ['This model doesn\'t support the temperature field. Remove temperature and try again.', 2],
    ['Malformed input request: #: extraneous key [temperature] is not permitted, please reformat your input and try again.', 2],
    ['The provided temperature is out of range.', 2],
    ['This model doesn\'t support images.', 1],
  ])('tells from the words whether a field was refused: %s', async (message, requests) => {
    bedrock.respondOnce({ error: bedrockErrors.validation(message) });
    await ask({ settings: { modelId: 'amazon.nova-lite-v1:0', temperature: 0.2 } }).catch(() => undefined);
    expect(bedrock.requests).toHaveLength(requests);
  });

  it('never shows reasoning', async () => {
    bedrock.respond({ text: 'Forty-two.', reasoning: 'secret thoughts' });
    expect((await ask()).text).toBe('Forty-two.');
    expect((await ask({ isStreaming: false })).text).toBe('Forty-two.');
  });

  it.each([true, false])('is answered when what is more urgent is over, streaming: %s', async (isStreaming) => {
    bedrock.respond({ text: 'Hi there.' });
    const urgent = Promise.withResolvers<void>();
    let isAnswered = false;
    const answer = ask({ isStreaming, beforeReading: () => urgent.promise }).finally(() => (isAnswered = true));
    await bedrock.waitForRequest(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    urgent.resolve();
    expect((await answer).text).toBe('Hi there.');
    expect((await ask({ isStreaming, beforeReading: () => undefined })).text).toBe('Hi there.');
  });

  it('may break while something more urgent goes first', async () => {
    bedrock.respond({ text: 'Hi there.', trouble: streamTroubles.reset });
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
    expect((await failureOf({ beforeReading: pause })).kind).toBe('stream-broken');
  });

  it('reuses its connection', async () => {
    const one = model();
    const before = bedrock.connectionCount;
    for (let round = 0; round < 5; round += 1) {
      for await (const event of one.converse(HELLO, new AbortController().signal)) if (event.type === 'end') break;
    }
    expect(bedrock.connectionCount - before).toBe(1);
  });

  it('survives unknown events, unknown deltas, and pieces of frames', async () => {
    for (const trouble of [streamTroubles.unknownEvent, streamTroubles.unknownDelta, streamTroubles.noMetadata]) {
      bedrock.respond({ text: 'ab', deltas: ['a', 'b'], trouble });
      expect((await ask()).text).toBe('ab');
    }
    bedrock.respond({ text: 'Grüße 👋', byteByByte: true });
    expect((await ask()).text).toBe('Grüße 👋');
  });
});

describe('the API key', () => {
  it.each(['', 'ABSKanotherKeyOfTheEnvironment'])('is the one given to the factory, with %j in the environment', async (inEnvironment) => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', inEnvironment);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    await ask();
    expect(bedrock.requests[0]?.headers['authorization']).toBe(`Bearer ${TEST_KEY}`);
  });

  it('is read anew for each request, without the line end of a file', async () => {
    let apiKey = 'ABSKwrong\n';
    const client = model({ apiKey: () => apiKey });
    const once = () => Array.fromAsync(client.converse(HELLO, new AbortController().signal));
    await expect(once()).rejects.toMatchObject({ kind: 'key-refused' });
    apiKey = `${TEST_KEY}\n`;
    await once();
    expect(bedrock.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer ABSKwrong', `Bearer ${TEST_KEY}`]);
  });
});

describe('a later request of a client', () => {
  it.each([true, false])('is like its first one, but for key, body and id; streaming %s', async (isStreaming) => {
    bedrock.addKey(ANOTHER_KEY);
    let apiKey = TEST_KEY;
    const one = model({ isStreaming, apiKey: () => apiKey });
    await askOf(one);
    apiKey = ANOTHER_KEY;
    await askOf(one, undefined, { system: ['Be brief.'], turns: [{ role: 'user', content: [{ text: 'Grüß dich' }] }] });
    const [first, later] = bedrock.requests;
    expect(later?.path).toBe(first?.path);
    expect(Object.keys(later?.headers ?? {}).toSorted()).toEqual(Object.keys(first?.headers ?? {}).toSorted());
    const own = ['authorization', 'content-length', 'amz-sdk-invocation-id'];
    const shared = (headers: object | undefined): object => Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !own.includes(name)));
    expect(shared(later?.headers)).toEqual(shared(first?.headers));
    expect(own.every((name) => later?.headers[name] !== first?.headers[name])).toBe(true);
    expect(later?.headers['authorization']).toBe(`Bearer ${ANOTHER_KEY}`);
    expect(later?.body?.messages[0]?.content[0]?.text).toBe('Grüß dich');
  });

  it('is another one for another model', async () => {
    const client = createBedrockClient({ apiKey: TEST_KEY, region: 'us-east-1', endpoint: bedrock.url });
    const sonnet = 'us.anthropic.claude-sonnet-4-6';
    for (const modelId of [MODEL, sonnet, MODEL]) {
      await askOf(createConverseModel({ client, region: 'us-east-1', isStreaming: true, settings: { modelId, maxTokens: 10 } }));
    }
    expect(bedrock.requests.map(({ path }) => path)).toEqual([MODEL, sonnet, MODEL].map((modelId) => `/model/${modelId}/converse-stream`));
  });

  it('stops generation at Bedrock when it is aborted', async () => {
    const one = model();
    await askOf(one);
    bedrock.respond({ text: 'abc', trouble: streamTroubles.stall });
    const controller = new AbortController();
    const failure = failureOf({}, controller.signal, one);
    const request = await bedrock.waitForRequest(2);
    controller.abort(new Failure('stopped', 'stopped'));
    expect((await failure).kind).toBe('stopped');
    await request.closed;
    expect(request.closedByClient).toBe(true);
  });
});

describe('ending a call', () => {
  const deadlines = { firstEventMs: 150, betweenEventsMs: 150, wholeAnswerMs: 2_000 };

  it('stops generation at Bedrock when it is aborted', async () => {
    bedrock.respond({ text: 'abc', trouble: streamTroubles.stall });
    const controller = new AbortController();
    const failure = failureOf({}, controller.signal);
    const request = await bedrock.waitForRequest(1);
    controller.abort(new Failure('stopped', 'stopped'));
    expect((await failure).kind).toBe('stopped');
    await request.closed;
    expect(request.closedByClient).toBe(true);
  });

  it('stops generation at Bedrock when the reader leaves', async () => {
    bedrock.respond({ text: 'abcdef', deltas: ['abc', 'def'], trouble: streamTroubles.stall });
    for await (const event of model().converse(HELLO, new AbortController().signal)) if (event.type === 'text') break;
    const [request] = bedrock.requests;
    await request?.closed;
    expect(request?.closedByClient).toBe(true);
  });

  it.each([
    ['before headers', { hang: 'beforeHeaders' } as const],
    ['after headers', { hang: 'afterHeaders' } as const],
    ['in the middle', { text: 'abc', trouble: streamTroubles.stall } as const],
  ])('gives up on silence %s', async (_name, script) => {
    bedrock.respond(script);
    expect((await failureOf({ deadlines })).kind).toBe('timed-out');
    await bedrock.requests[0]?.closed;
    expect(bedrock.requests[0]?.closedByClient).toBe(true);
  });

  it('gives up on an answer without end', async () => {
    bedrock.respond({ text: 'x'.repeat(2_000), deltas: { size: 1 }, deltaDelayMs: 20 });
    expect((await failureOf({ deadlines: { ...deadlines, wholeAnswerMs: 400 } })).kind).toBe('timed-out');
  });
});
