import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { askModel, modelAt } from './ask-model.ts';
import type { Reply } from '../../src/conversation/reply.ts';
import type { BedrockSimulator, JsonObject, StreamStep } from '../simulators/bedrock.ts';

let bedrock: BedrockSimulator;
beforeAll(async () => {
  bedrock = await startBedrockSimulator();
});
beforeEach(() => bedrock.reset());
afterAll(() => bedrock.close());

const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };
const guarded = { settings: { guardrail: { id: 'abc', version: '1' } } };

describe('an answer that cites', () => {
  const page = { title: 'Annual report', location: { documentPage: { documentIndex: 0, start: 3, end: 4 } }, sourceContent: [{ text: 'We grew.' }] };
  const web = { title: 'Weather', source: 'https://weather.example', location: { web: { url: 'https://weather.example/today', domain: 'weather.example' } } };
  const sources = [
    { title: 'Annual report', place: 'pages 3–4', url: undefined },
    { title: 'Weather', url: 'https://weather.example/today', place: undefined },
  ];

  it('loses none of its text, and names each source once: whole', async () => {
    const content = [
      { text: 'First. ' },
      { citationsContent: { content: [{ text: 'They ' }, { text: 'grew. ' }], citations: [page] } },
      { citationsContent: { content: [{ text: 'It rains.' }], citations: [web, page, web] } },
      { citationsContent: { content: null, citations: [null, {}, { title: '  ' }, { source: 5, location: 'x' }] } },
    ];
    bedrock.respondOnce({ whole: JSON.stringify({ output: { message: { content } }, stopReason: 'end_turn', usage: USAGE }) });
    expect(await askModel(modelAt(bedrock.url, { isStreaming: false }))).toMatchObject({ text: 'First. They grew. It rains.', sources });
  });

  it('loses none of its text, and names each source once: streamed', async () => {
    const delta = (value: JsonObject): StreamStep => ({ event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: value } });
    const steps = [delta({ text: 'They grew. ' }), delta({ citation: page }), delta({ text: 'It rains.' }), delta({ citation: web }), delta({ citation: page })];
    bedrock.respondOnce({ steps: [...steps, { finish: {} }] });
    expect(await askModel(modelAt(bedrock.url))).toMatchObject({ text: 'They grew. It rains.', sources });
  });

  it('names an address without the blanks around it, once', async () => {
    const citations = [' https://a.example/x\n', 'https://a.example/x'].map((url) => ({ title: 'T', location: { web: { url } } }));
    bedrock.respondOnce({ whole: JSON.stringify({ output: { message: { content: [{ citationsContent: { content: [{ text: 'a' }], citations } }] } }, stopReason: 'end_turn', usage: USAGE }) });
    expect((await askModel(modelAt(bedrock.url, { isStreaming: false }))).sources).toEqual([{ title: 'T', url: 'https://a.example/x', place: undefined }]);
  });

  it('names no address that is none', async () => {
    const citations = ['javascript:alert(1)', 'https://a b', 'https://a.example/>x', `https://a.example/${'x'.repeat(400)}`].map((url) => ({ title: 'T', location: { web: { url } } }));
    bedrock.respondOnce({ whole: JSON.stringify({ output: { message: { content: [{ citationsContent: { content: [{ text: 'a' }], citations } }] } }, stopReason: 'end_turn', usage: USAGE }) });
    expect((await askModel(modelAt(bedrock.url, { isStreaming: false }))).sources).toEqual([{ title: 'T', url: undefined, place: undefined }]);
  });
});

describe('an answer with thinking in its text', () => {
  it('is shown without it, whole and in pieces', async () => {
    for (const isStreaming of [true, false]) {
      bedrock.respondOnce({ text: '<thinking>\nThey want rain.\n</thinking>\n\nIt rains.', deltas: { size: 3 } });
      expect((await askModel(modelAt(bedrock.url, { isStreaming }))).text).toBe('It rains.');
    }
  });

  it('is shown without what it thinks in between, and with what it says of such marks', async () => {
    for (const isStreaming of [true, false]) {
      bedrock.respondOnce({ text: 'It rains.\n\n<think>\nOr not?\n</think>\n\nIn `<think>`:\n```\n<think>\n```\n<reasoning>Well', deltas: { size: 3 } });
      expect((await askModel(modelAt(bedrock.url, { isStreaming }))).text).toBe('It rains.\n\nIn `<think>`:\n```\n<think>\n```\n');
    }
  });

  it('keeps what only looks like its beginning', async () => {
    for (const isStreaming of [true, false]) {
      bedrock.respondOnce({ text: '<th', deltas: { size: 1 } });
      expect((await askModel(modelAt(bedrock.url, { isStreaming }))).text).toBe('<th');
    }
  });
});

describe('a guardrail', () => {
  const assessment = (action: string) => ({ sensitiveInformationPolicy: { piiEntities: [{ type: 'EMAIL', match: 'ana@example.org', action }] } });
  const ask = async (text: string, guardrail?: JsonObject): Promise<Reply[]> => {
    const replies: Reply[] = [];
    for (const isStreaming of [true, false]) {
      bedrock.respondOnce({ text, deltas: { size: 5 }, stopReason: 'guardrail_intervened', ...(guardrail === undefined ? {} : { guardrail }) });
      replies.push(await askModel(modelAt(bedrock.url, { isStreaming, ...guarded })));
    }
    return replies;
  };

  it.each([
    ['by its actions', 'Write to them.', { outputAssessments: { abc: [assessment('ANONYMIZED')] } }],
    ['by its reason', 'Write to them.', { actionReason: 'Guardrail masked.' }],
    ['on the way in', 'Write to them.', { inputAssessment: { abc: assessment('ANONYMIZED') } }],
    ['by its marks, where there is no trace', 'Write to {EMAIL} or {US_SOCIAL_SECURITY_NUMBER}.', undefined],
  ])('that only masked is told from one that blocked: %s', async (_how, text, trace) => {
    for (const reply of await ask(text, trace)) expect(reply).toMatchObject({ text, stopReason: 'guardrail_intervened', wasMasked: true });
    expect(bedrock.requests[0]?.body?.guardrailConfig).toMatchObject({ trace: 'enabled' });
  });

  it.each([
    ['by its actions', { outputAssessments: { abc: [assessment('ANONYMIZED'), { topicPolicy: { topics: [{ name: 'x', action: 'BLOCKED' }] } }] } }],
    ['by its reason', { actionReason: 'Guardrail blocked.' }],
    ['where it says nothing', undefined],
    ['where it says something odd', { outputAssessments: [null, 5, { action: 7 }], actionReason: [] }],
  ])('that blocked has not masked: %s', async (_how, trace) => {
    for (const reply of await ask('Sorry, no.', trace)) expect(reply.wasMasked).toBeUndefined();
  });
});

describe('a model without system prompts', () => {
  const prompt = { system: ['Be brief.', 'Be kind.'], turns: [{ role: 'user' as const, content: [{ text: 'Hello' }] }] };

  it.each([
    ['in its own words', undefined],
    ['in those of a chat template', 'The model returned the following errors: System role not supported'],
    ['in those of a service like OpenAI', "Unsupported value: 'messages[0].role' does not support 'system' with this model."],
    ['in those of an older model', 'Malformed input request: #: extraneous key [system] is not permitted, please reformat your input and try again.'],
  ])('gets that text at the head of its first turn, from then on: it refuses %s', async (_how, message) => {
    const modelId = message === undefined ? 'test.no-system' : 'test.other';
    bedrock.setModel(modelId, { systemPrompt: message !== undefined });
    const refused: string[] = [];
    const model = modelAt(bedrock.url, { settings: { modelId }, onFieldRefused: (field) => void refused.push(field) });
    if (message !== undefined) bedrock.respondOnce({ error: { name: 'ValidationException', status: 400, message } });
    for (let round = 0; round < 2; round += 1) expect((await askModel(model, prompt)).text).toBe('You said: Hello');
    expect(bedrock.requests).toHaveLength(3);
    for (const { body } of bedrock.requests.slice(1)) {
      expect(body).not.toHaveProperty('system');
      expect(body?.messages).toEqual([{ role: 'user', content: [{ text: 'Be brief.' }, { text: 'Be kind.' }, { text: 'Hello' }] }]);
    }
    expect(refused).toEqual(['system']);
  });
});
