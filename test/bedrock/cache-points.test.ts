import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cachePointsOf } from '../../src/bedrock/cache-points.ts';
import { createBedrockClient } from '../../src/bedrock/client.ts';
import { createConverseModel } from '../../src/bedrock/converse-model.ts';
import { createModelBook } from '../../src/bedrock/model-facts.ts';
import { estimateTextTokens, estimateTurnTokens } from '../../src/conversation/token-estimate.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { TEST_KEY, bedrockErrors, startBedrockSimulator } from '../simulators/bedrock.ts';
import type { ConverseModelOptions } from '../../src/bedrock/converse-model.ts';
import type { ContentBlock } from '../../src/conversation/content.ts';
import type { LanguageModel } from '../../src/conversation/ports.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';
import type { Turn } from '../../src/conversation/turn.ts';
import type { TokenUsage } from '../../src/conversation/reply.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
/** As its maker demands. */
const FROM_TOKENS = 1_024;
const POINT = { cachePoint: { type: 'default' } };

/** So many tokens, by anybody's count. */
const long = (tokens: number, word = 'word'): string => word.padEnd(4, '.').repeat(tokens);
const said = (role: Turn['role'], ...texts: string[]): Turn => ({ role, content: texts.map((text) => ({ text })) });
const HELLO: Prompt = { system: [], turns: [said('user', 'Hello')] };

let bedrock: BedrockSimulator;
beforeAll(async () => {
  bedrock = await startBedrockSimulator();
});
afterEach(() => {
  bedrock.reset();
  bedrock.respond({ text: 'Hi there.' });
});
afterAll(() => bedrock.close());

const modelOf = (modelId = MODEL, options: Partial<ConverseModelOptions> = {}, fromTokens = FROM_TOKENS) =>
  createConverseModel({
    client: createBedrockClient({ apiKey: TEST_KEY, region: 'us-east-1', endpoint: bedrock.url }),
    region: 'us-east-1',
    isStreaming: true,
    settings: { modelId, maxTokens: 100, cachePoint: { fromTokens } },
    ...options,
  });

const ask = async (model: LanguageModel, prompt: Prompt): Promise<TokenUsage | undefined> => {
  for await (const event of model.converse(prompt, new AbortController().signal)) if (event.type === 'end') return event.usage;
  throw new Failure('stream-broken', 'no end');
};

const sent = () => bedrock.requests.at(-1)?.body;
const sentPoints = (): number => JSON.stringify(sent()).split('"cachePoint"').length - 1;

describe('cache points', () => {
  it('are worth it from exactly what the maker of a model demands', () => {
    const system = [long(50)];
    const turns = [said('user', long(30)), said('assistant', 'Hi there.'), said('user', 'And?')];
    const systemTokens = system.reduce((sum, text) => sum + estimateTextTokens(text), 0);
    const before = systemTokens + turns.slice(0, -1).reduce((sum, turn) => sum + estimateTurnTokens(turn), 0);
    const pointsFrom = (fromTokens: number) => cachePointsOf({ system, turns }, fromTokens);
    expect([pointsFrom(systemTokens), pointsFrom(systemTokens + 1)]).toMatchObject([{ afterSystem: true }, { afterSystem: false }]);
    expect([pointsFrom(before), pointsFrom(before + 1)]).toMatchObject([{ afterHistory: true }, { afterHistory: false }]);
    expect(cachePointsOf({ system: [], turns }, 0).afterSystem).toBe(false);
  });

  it('stand behind a long system prompt and behind the history, and what is before them is read again', async () => {
    const model = modelOf();
    const system = [long(1_100), 'And be brief.'];
    const turns = [said('user', 'Hello'), said('assistant', 'Hi there.'), said('user', '{"speaker":"é"}', 'ünd jetzt?')];
    expect(await ask(model, { system, turns: turns.slice(0, 1) })).toMatchObject({ cacheReadInputTokens: 0, cacheWriteInputTokens: 1_104 });
    expect(sent()).toEqual({
      system: [...system.map((text) => ({ text })), POINT],
      messages: turns.slice(0, 1),
      inferenceConfig: { maxTokens: 100 },
    });
    expect(await ask(model, { system, turns })).toMatchObject({ cacheReadInputTokens: 1_104, cacheWriteInputTokens: 5 });
    expect(sent()?.messages).toEqual([turns[0], { role: 'assistant', content: [{ text: 'Hi there.' }, POINT] }, turns[2]]);
  });

  it('follow a history as it grows, whatever is in it', async () => {
    const model = modelOf(MODEL, { isStreaming: false });
    const turns: Turn[] = [said('user', long(1_000))];
    let before = 0;
    for (let round = 0; round < 5; round += 1) {
      const usage = await ask(model, { system: ['Be brief.'], turns: [...turns] });
      if (round > 0) expect(sent()?.messages.at(-2)?.content.at(-1)).toEqual(POINT);
      expect(sentPoints()).toBe(round === 0 ? 0 : 1);
      expect(sent()?.messages.map(({ content }) => content.filter((block) => !('cachePoint' in block)))).toEqual(turns.map(({ content }) => content));
      expect(usage?.cacheReadInputTokens).toBe(before);
      before += usage?.cacheWriteInputTokens ?? 0;
      turns.push(said('assistant', long(40)), said('user', `question ${round}, "quoted"`, long(30)));
    }
    expect(before).toBeGreaterThan(1_000);
  });

  it('stand behind what leaves together later, too, so that it is still kept when it does', async () => {
    let now = 0;
    const ownBedrock = await startBedrockSimulator({ now: () => now });
    try {
      const model = createConverseModel({
        client: createBedrockClient({ apiKey: TEST_KEY, region: 'us-east-1', endpoint: ownBedrock.url }),
        region: 'us-east-1',
        isStreaming: true,
        settings: { modelId: MODEL, maxTokens: 100, cachePoint: { fromTokens: FROM_TOKENS } },
      });
      const turns: Turn[] = [said('user', long(1_200)), said('assistant', long(40)), said('user', 'And "now"?')];
      for (let round = 0; round < 10; round += 1) {
        await ask(model, { system: [], turns: [...turns], leavingTurns: 2 });
        const messages = ownBedrock.requests.at(-1)?.body?.messages ?? [];
        expect(messages.map(({ role, content }) => ({ role, content: content.filter((block) => !('cachePoint' in block)) }))).toEqual(turns);
        expect(messages.flatMap(({ content }, index) => (content.some((block) => 'cachePoint' in block) ? [index] : []))).toEqual([...new Set([1, turns.length - 2])]);
        turns.push(said('assistant', long(40)), said('user', `question ${round}`));
        now += 60_000;
      }
      expect(await ask(model, { system: [], turns: [...turns.slice(0, 2), said('user', 'Sum it up.')] })).toMatchObject({ cacheReadInputTokens: 1_240, cacheWriteInputTokens: 0 });
    } finally {
      await ownBedrock.close();
    }
  });

  it('stand behind a history with files', async () => {
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==', 'base64');
    const image: ContentBlock = { image: { format: 'png', source: { bytes: png } } };
    const turns: Turn[] = [{ role: 'user', content: [{ text: long(1_200) }, image] }, said('assistant', 'A dot.'), said('user', 'And now?')];
    await ask(modelOf(), { system: [], turns });
    expect(sent()?.messages.map(({ content }) => content.map((block) => Object.keys(block)[0]))).toEqual([['text', 'image'], ['text', 'cachePoint'], ['text']]);
  });

  it('are not sent where they are not worth it, or not known to be taken', async () => {
    await ask(modelOf(), HELLO);
    const { body } = bedrock.requests[0] ?? {};
    expect(body).toEqual({ messages: HELLO.turns, inferenceConfig: { maxTokens: 100 } });
    const history = [said('user', long(400)), said('assistant', long(400)), said('user', long(2_000))];
    await ask(modelOf(), { system: [long(200)], turns: history });
    expect(sentPoints()).toBe(0);
    await ask(modelOf(MODEL, { settings: { modelId: MODEL, maxTokens: 100 } }), { system: [long(2_000)], turns: history });
    expect(sentPoints()).toBe(0);
  });

  it('never follow a document of text', () => {
    const document = (format: 'pdf' | 'md'): Turn => ({ role: 'user', content: [{ text: long(2_000) }, { document: { format, name: 'd', source: { bytes: new Uint8Array(3) } } }] });
    const behind = (format: 'pdf' | 'md') => cachePointsOf({ system: [], turns: [document(format), said('user', 'x')] }, FROM_TOKENS).afterHistory;
    expect([behind('pdf'), behind('md')]).toEqual([true, false]);
  });

  it('are left out when the model refuses them: once more at once, and remembered', async () => {
    const prompt: Prompt = { system: [long(2_000)], turns: [said('user', 'x'), said('assistant', 'y'), said('user', 'z')] };
    for (const isStreaming of [true, false]) {
      const before = bedrock.requests.length;
      const refused: string[] = [];
      const model = modelOf('openai.gpt-oss-20b-1:0', { isStreaming, onFieldRefused: (field) => void refused.push(field) });
      for (let round = 0; round < 3; round += 1) await ask(model, prompt);
      expect(bedrock.requests.length - before).toBe(4);
      expect(refused).toEqual(['cachePoint']);
      expect(sent()).toEqual({ system: [{ text: prompt.system[0] }], messages: prompt.turns, inferenceConfig: { maxTokens: 100 } });
    }
  });

  it.each([
    ['There is nothing available to cache. Please remove the invalid cache point and try again.', 2],
    ['Malformed input request: #/messages/6/content/0: extraneous key [cachePoint] is not permitted, please reformat your input and try again.', 2],
    ['Cache point cannot be inserted after reasoning block.', 2],
    ['The model returned the following errors: cache_control: Extra inputs are not permitted', 2],
    ['The text field in the ContentBlock object at messages.0.content.0 is blank.', 1],
  ])('are told from other things that are refused: %s', async (message, requests) => {
    bedrock.respondOnce({ error: bedrockErrors.validation(message) });
    await ask(modelOf(), { ...HELLO, system: [long(2_000)] }).catch(() => undefined);
    expect(bedrock.requests).toHaveLength(requests);
  });

  it('that were not ours are a refused request, not a model without access', async () => {
    bedrock.respond({ error: bedrockErrors.noPromptCaching() });
    await expect(ask(modelOf(MODEL, { settings: { modelId: MODEL, maxTokens: 100 } }), HELLO)).rejects.toMatchObject({ kind: 'request-refused' });
    expect(bedrock.requests).toHaveLength(1);
  });

  it('are known to be taken by Claude and Nova, under each of their ids', () => {
    const book = createModelBook({ 'anthropic.claude-sonnet-5': { cachesFromTokens: 0 } });
    const from = (id: string) => book.find(id)?.cachesFromTokens;
    expect([from('us.anthropic.claude-haiku-5-5'), from('anthropic.claude-sonnet-4-5-20250929-v1:0'), from('amazon.nova-pro-v1:0')]).toEqual([4_096, 1_024, 1_024]);
    expect([from('openai.gpt-oss-20b-1:0'), from('global.anthropic.claude-sonnet-5'), from('maker.unheard-of')]).toEqual([undefined, 0, undefined]);
  });
});
