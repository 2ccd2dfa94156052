import { afterEach, describe, expect, it } from 'vitest';
import { createSideCalls, taskOn } from '../../src/conversation/side-call.ts';
import { createPriceOf } from '../../src/bedrock/answer-cost.ts';
import { createModelBook } from '../../src/bedrock/model-facts.ts';
import { createLine } from '../../src/queue/line.ts';
import { createSharedPlaces } from '../../src/queue/shared-places.ts';
import { modelAt } from '../bedrock/ask-model.ts';
import { shareBedrock } from '../bedrock/shared-bedrock.ts';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import type { CallReport } from '../../src/conversation/call-report.ts';
import type { Failure } from '../../src/conversation/failure.ts';
import type { SideCalls } from '../../src/conversation/side-call.ts';
import type { Reply } from '../../src/conversation/reply.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';

const FLEX = 'us.amazon.nova-2-lite-v1:0';
const payer = { guildId: '1', conversationId: '2', asker: { id: '3', name: 'Ana' } };
const TIDES = 'How do tides work?';
const TITLE = { payer, prompt: taskOn('Give it a title.', TIDES), answerTokens: 20 };

let bedrock: BedrockSimulator;
shareBedrock((opened) => {
  bedrock = opened;
});
let sideCalls: SideCalls | undefined;
afterEach(() => sideCalls?.stop());

const open = (settings: NonNullable<Parameters<typeof modelAt>[1]>['settings'] = {}, { maxConcurrentCalls = 4, patienceMs = 20_000 } = {}) => {
  const reports: CallReport[] = [];
  const failures: Failure[] = [];
  const refused: string[] = [];
  const model = modelAt(bedrock.url, { settings, onReport: (report) => void reports.push(report), onFieldRefused: (field) => void refused.push(field) });
  const line = createLine({ maxConcurrentCalls, maxTokens: 100, outputBurndown: 1, limits: {}, log: { info: () => undefined, warn: () => undefined }, retryScale: 0 });
  const inTurn = createSharedPlaces(maxConcurrentCalls)(line.inTurn);
  sideCalls = createSideCalls({ line: { inTurn }, onFailure: (failure) => void failures.push(failure), patienceMs });
  const { ask } = sideCalls;
  /** A person's question, by the same line. */
  const question = (text: string): Promise<Reply> =>
    inTurn({
      question: payer,
      inputTokens: 10,
      signal: new AbortController().signal,
      onWait: () => undefined,
      run: async (onBegun) => {
        let said = '';
        for await (const event of model.converse({ system: [], turns: [{ role: 'user', content: [{ text }] }] }, new AbortController().signal)) {
          onBegun();
          if (event.type === 'text') said += event.text;
        }
        return { text: said, stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
      },
    });
  return { ask: (asked = TITLE, more = {}) => ask({ model, imageLimit: undefined, ...more } as Parameters<SideCalls['ask']>[0], asked), question, reports, failures, refused };
};
const texts = (): (string | undefined)[] => bedrock.requests.map(({ body }) => body?.messages[0]?.content[0]?.text);

describe("a call that is nobody's question", () => {
  it('goes by the flex tier where the model has one, bounded, and is booked to whom it was made for, at half the price', async () => {
    bedrock.respond({ text: ' Tides ' });
    const { ask, reports } = open({ modelId: FLEX, hasFlexTier: true });
    expect(await ask(TITLE, { thinkingTokens: 100 })).toMatchObject({ text: 'Tides', stopReason: 'end_turn' });
    const [request] = bedrock.requests;
    expect(request?.body).toMatchObject({ serviceTier: { type: 'flex' }, inferenceConfig: { maxTokens: 120 }, system: [{ text: 'Give it a title.' }] });
    expect(reports).toEqual([{ modelId: FLEX, payer, usage: expect.anything() as unknown, wasFlex: true }]);
    const priceOf = createPriceOf(createModelBook());
    const usage = { inputTokens: 1_000, outputTokens: 1_000 };
    expect(priceOf(FLEX, usage, reports[0]?.wasFlex)).toBe((priceOf(FLEX, usage) ?? 0) / 2);
  });

  it('goes by the usual tier where there is no other, or it is refused, which is tried once', async () => {
    const usual = open();
    await usual.ask();
    expect(bedrock.requests[0]?.body).not.toHaveProperty('serviceTier');
    expect(usual.reports[0]).not.toHaveProperty('wasFlex');
    // An admin's file may say so of a model that has none.
    const refused = open({ hasFlexTier: true });
    await refused.ask();
    await refused.ask();
    expect(bedrock.requests.map(({ body, status }) => [body?.serviceTier?.type, status])).toEqual([[undefined, 200], ['flex', 400], [undefined, 200], [undefined, 200]]);
    expect(refused.refused).toEqual(['hasFlexTier']);
  });

  it('never goes before a question: it waits while anybody does', async () => {
    const { ask, question } = open({}, { maxConcurrentCalls: 1 });
    const first = manualStream();
    bedrock.respondOnce(first.responder);
    const questions = [question('one')];
    await first.request;
    questions.push(question('two'), question('three'));
    const title = ask();
    await first.finish();
    await Promise.all(questions);
    await title;
    expect(texts()).toEqual(['one', 'two', 'three', TIDES]);
  });

  it('gives its place to whoever comes to wait, and is asked again behind them', async () => {
    const { ask, question } = open({}, { maxConcurrentCalls: 1 });
    const slow = manualStream();
    bedrock.respondOnce(slow.responder);
    const title = ask();
    const request = await slow.request;
    await slow.text('Ti');
    expect((await question('now')).text).toBe('Hi there.');
    expect(request.closedByClient).toBe(true);
    expect((await title)?.text).toBe('Hi there.');
    expect(texts()).toEqual([TIDES, 'now', TIDES]);
  });

  it('comes to nothing, quietly, where Bedrock refuses it, which is tried once, or where others wait for too long', async () => {
    const { ask, failures } = open();
    bedrock.respondOnce({ error: bedrockErrors.validation('Malformed input request') });
    expect(await ask()).toBeUndefined();
    expect(failures.map(({ kind }) => kind)).toEqual(['request-refused']);
    expect(bedrock.requestCount).toBe(1);
    const impatient = open({}, { maxConcurrentCalls: 1, patienceMs: 0 });
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const busy = impatient.question('busy');
    await stream.request;
    expect(await impatient.ask()).toBeUndefined();
    await stream.finish();
    await busy;
    expect(impatient.failures).toEqual([]);
    expect(bedrock.requestCount).toBe(2);
  });

  it('ends with the process', async () => {
    const { ask, failures } = open();
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const title = ask();
    const request = await stream.request;
    sideCalls?.stop();
    expect(await title).toBeUndefined();
    expect((await request.closed).closedByClient).toBe(true);
    expect(await ask()).toBeUndefined();
    expect(failures).toEqual([]);
  });
});
