import { describe, expect, it } from 'vitest';
import { createBedrockClient } from '../../src/bedrock/client.ts';
import { createCheckContent } from '../../src/bedrock/content-checks.ts';
import { TEST_KEY, bedrockErrors } from '../simulators/bedrock.ts';
import { failureOf } from './ask-model.ts';
import { shareBedrock } from './shared-bedrock.ts';
import type { CallReport } from '../../src/conversation/call-report.ts';
import type { BedrockSimulator, CheckedCategory, ErrorReply } from '../simulators/bedrock.ts';
import type { Role } from '../../src/conversation/turn.ts';

const PAYER = { guildId: '1', conversationId: '2', asker: { id: '3', name: 'Ana' } };

let bedrock: BedrockSimulator;
shareBedrock((opened) => {
  bedrock = opened;
});

const open = (apiKey = TEST_KEY) => {
  const reports: CallReport[] = [];
  const keyNews: string[] = [];
  const hear = (news: string) => () => void keyNews.push(news);
  const keys = { ready: () => undefined, read: () => apiKey, accepted: hear('accepted'), refused: hear('refused'), expired: hear('expired') };
  const client = createBedrockClient({ apiKey, region: 'us-east-1', endpoint: bedrock.url });
  const check = createCheckContent({ client, region: 'us-east-1', keys, onReport: (report) => void reports.push(report), firstPauseMs: 1 });
  const look = (texts: readonly string[], { threshold = 0.6, role = 'user' as Role, signal = new AbortController().signal } = {}) => check(threshold, role, texts, PAYER, signal);
  return { look, reports, keyNews };
};
const bodies = () => bedrock.otherRequests.map(({ body }) => body as unknown as { checks: Record<string, { categories: { category: string }[] }>; messages: { role: string; content: { text: string }[] }[] });
const severe = (category: CheckedCategory, score: number) => bedrock.judge((text) => (text.includes('bad') ? { [category]: score } : {}));

describe('a check of content', () => {
  it('asks of a question for attacks and all bad content, and of an answer for bad content', async () => {
    const { look } = open();
    await look(['Hello'], { role: 'user' });
    await look(['Hi there'], { role: 'assistant' });
    const [ofQuestion, ofAnswer] = bodies();
    expect(ofQuestion?.messages).toEqual([{ role: 'user', content: [{ text: 'Hello' }] }]);
    expect(ofAnswer?.messages).toEqual([{ role: 'assistant', content: [{ text: 'Hi there' }] }]);
    expect(Object.keys(ofQuestion?.checks ?? {})).toEqual(['contentFilter', 'promptAttack']);
    expect(Object.keys(ofAnswer?.checks ?? {})).toEqual(['contentFilter']);
    expect(ofQuestion?.checks['contentFilter']?.categories).toHaveLength(5);
    expect(ofQuestion?.checks['promptAttack']?.categories).toHaveLength(3);
  });

  it.each([
    ['VIOLENCE', 0.6, 0.6, true],
    ['INSULTS', 0.4, 0.6, false],
    ['PROMPT_INJECTION', 1, 1, true],
    ['JAILBREAK', 0.8, 1, false],
    ['PROMPT_LEAKAGE', 0.2, 0.2, true],
    ['HATE', 0, 0.2, false],
  ] as const)('of %s with severity %s stops from %s on: %s', async (category, score, threshold, isStopped) => {
    const { look } = open();
    severe(category, score);
    const looked = look(['fine', 'something bad'], { threshold });
    if (!isStopped) return expect(looked).resolves.toBeUndefined();
    const failure = await failureOf(looked);
    expect(failure).toMatchObject({ kind: 'guardrail', message: `A check stopped the question: ${category} of severity ${score}.` });
    expect(failure.message).not.toContain('bad');
  });

  it('reports what it is billed by, to whom, for each request', async () => {
    const { look, reports } = open();
    await look(['x'.repeat(1_001)]);
    severe('SEXUAL', 1);
    await failureOf(look(['bad'], { role: 'assistant' }));
    expect(reports).toEqual([
      { modelId: 'guardrail-checks', payer: PAYER, usage: { inputTokens: 0, outputTokens: 0 }, textUnits: 4 },
      { modelId: 'guardrail-checks', payer: PAYER, usage: { inputTokens: 0, outputTokens: 0 }, textUnits: 1 },
    ]);
  });

  it('looks at all of a long text and of many, also where its pieces meet, and asks nothing for what has nothing in it', async () => {
    const { look } = open();
    await look(['', ' \n', '\u200B']);
    expect(bodies()).toEqual([]);
    for (const before of [0, 9_990, 19_495, 19_500, 19_990, 20_000, 39_200, 77_777]) {
      bedrock.reset();
      severe('MISCONDUCT', 0.8);
      expect((await failureOf(look([`${'x'.repeat(before)}bad${'y'.repeat(30_000)}`]))).kind).toBe('guardrail');
    }
    bedrock.reset();
    await look(Array.from({ length: 23 }, (_, index) => `text ${index}`));
    expect(bodies().map(({ messages }) => messages[0]?.content.length)).toEqual([10, 10, 3]);
    bedrock.reset();
    await look(['😀'.repeat(30_000)]);
    expect(bodies().every(({ messages }) => messages.every(({ content }) => content.every(({ text }) => text.length <= 20_000 && text.isWellFormed())))).toBe(true);
  });
});

describe('a check that fails', () => {
  const passing: readonly (readonly [string, ErrorReply])[] = [
    ['too many requests', bedrockErrors.tooManyRequests()],
    ['a fault of the service', bedrockErrors.internalServer()],
    ['a service that is unavailable', bedrockErrors.unavailable()],
    ['a page of a proxy', bedrockErrors.badGateway()],
  ];
  it.each(passing)('for %s is made again, and lets nothing through where that does not help', async (_what, error) => {
    const { look, reports } = open();
    bedrock.checkOnce(error, error);
    await look(['Hello']);
    expect(reports).toHaveLength(1);
    bedrock.checkOnce(error, error, error);
    expect((await failureOf(look(['Hello']))).kind).toBe('unchecked');
  });

  it.each([
    ['nothing', {}],
    ['no list', { results: { contentFilter: { results: 7 }, promptAttack: { results: [] } }, usage: {} }],
    ['only one of two checks', { results: { contentFilter: { results: [] } }, usage: { contentFilter: { textUnits: 1 } } }],
    ['a score that is none', { results: { contentFilter: { results: [{ category: 'HATE', severityScore: 'high' }] }, promptAttack: { results: [] } }, usage: {} }],
    ['a score beyond all', { results: { contentFilter: { results: [{ category: 'HATE', severityScore: 7 }] }, promptAttack: { results: [] } }, usage: {} }],
  ])('in that it says %s lets nothing through', async (_what, answer) => {
    bedrock.checkOnce(answer, answer, answer);
    expect((await failureOf(open().look(['Hello']))).kind).toBe('unchecked');
  });

  it.each([
    ['no permission', () => bedrock.checkOnce(bedrockErrors.notAuthorized('bedrock:InvokeGuardrailChecks', '*')), /bedrock:InvokeGuardrailChecks/u],
    ['a region without it', () => bedrock.offerChecks(false), /AWS_REGION/u],
    ['a request that is refused', () => bedrock.checkOnce(bedrockErrors.validation('The text is too long.')), /Switch the checks off/u],
  ])('for %s is told with its cure, at once', async (_what, prepare, cure) => {
    prepare();
    const failure = await failureOf(open().look(['Hello']));
    expect(failure.kind).toBe('checks-refused');
    expect(failure.cure).toMatch(cure);
    expect(bedrock.otherRequests).toHaveLength(1);
  });

  it('for its key says so, like every call', async () => {
    const { look, keyNews } = open('ABSKwrong-key-that-nobody-has-ever-seen');
    expect((await failureOf(look(['Hello']))).kind).toBe('key-refused');
    expect(keyNews).toEqual(['refused']);
    bedrock.expireKey(TEST_KEY);
    const expired = open();
    expect((await failureOf(expired.look(['Hello']))).kind).toBe('key-expired');
    expect(expired.keyNews).toEqual(['expired']);
    bedrock.addKey(TEST_KEY);
  });

  it('because nobody wants it any more ends with that reason', async () => {
    const reason = new Error('stopped');
    await expect(open().look(['Hello'], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
