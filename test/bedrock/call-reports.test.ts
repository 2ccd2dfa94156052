import { describe, expect, it } from 'vitest';
import { TEST_KEY, bedrockErrors, manualStream, streamTroubles } from '../simulators/bedrock.ts';
import { tryOneToken } from '../../src/bedrock/one-token.ts';
import { HELLO, askModel, modelAt } from './ask-model.ts';
import { shareBedrock } from './shared-bedrock.ts';
import type { CallReport } from '../../src/conversation/call-report.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';

const MODEL = 'us.anthropic.claude-haiku-5-5';
const PAYER = { guildId: '1', conversationId: '2', asker: { id: '3', name: 'Ana' } };

let bedrock: BedrockSimulator;
shareBedrock((opened) => {
  bedrock = opened;
});

const listen = (isStreaming = true) => {
  const reports: CallReport[] = [];
  const model = modelAt(bedrock.url, { isStreaming, onReport: (report) => void reports.push(report) });
  return { reports, model, ask: () => askModel(model, { ...HELLO, payer: PAYER }) };
};
/** What the simulator says that the last call is paid by. */
const counted = () => {
  const { totalTokens: _total, ...usage } = bedrock.requests.at(-1)?.usage ?? { totalTokens: 0 };
  return usage;
};

describe('a call that Bedrock answers', () => {
  it.each([true, false])('is reported once, before its end is known, with what Bedrock counted (streamed: %s)', async (isStreaming) => {
    const { reports, model } = listen(isStreaming);
    bedrock.respond({ text: 'Hi there.', usage: { cacheReadInputTokens: 5, cacheWriteInputTokens: 6 } });
    let reportsAtEnd = -1;
    for await (const event of model.converse({ ...HELLO, payer: PAYER }, new AbortController().signal)) if (event.type === 'end') reportsAtEnd = reports.length;
    expect(reports).toEqual([{ modelId: MODEL, payer: PAYER, usage: counted() }]);
    expect(reports[0]?.usage).toMatchObject({ cacheReadInputTokens: 5, cacheWriteInputTokens: 6 });
    expect(reportsAtEnd).toBe(1);
  });

  it.each([
    ['streamed', true, { text: 'Hi there.' }, 'end'],
    ['whole', false, { text: 'Hi there.' }, 'end'],
    ['broken', true, { steps: [{ text: 'Hi.' }, { trouble: streamTroubles.modelStreamError() }] }, 'failed'],
  ] as const)('has no end before it is booked (%s)', async (_how, isStreaming, answer, end) => {
    const booked = Promise.withResolvers<void>();
    const reported = Promise.withResolvers<void>();
    const model = modelAt(bedrock.url, {
      isStreaming,
      onReport: () => {
        reported.resolve();
        return booked.promise;
      },
    });
    bedrock.respond(answer);
    const heard: string[] = [];
    const asked = (async () => {
      for await (const { type } of model.converse({ ...HELLO, payer: PAYER }, new AbortController().signal)) heard.push(type);
    })().catch(() => heard.push('failed'));
    await reported.promise;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).not.toContain(end);
    booked.resolve();
    await asked;
    expect(heard.at(-1)).toBe(end);
  });

  it('is reported without figures where these do not come, or cannot be true', async () => {
    const { reports, ask } = listen();
    bedrock.respond({ text: 'Hi.', metadata: false });
    await ask();
    bedrock.respond({ text: 'Hi.', usage: { inputTokens: -1 } });
    await ask();
    expect(reports.map(({ usage }) => usage)).toEqual([undefined, undefined]);
  });

  it('is reported with its figures although it broke behind them', async () => {
    const { reports, ask } = listen();
    const usage = { inputTokens: 7, outputTokens: 2, totalTokens: 9 };
    bedrock.respond({ steps: [{ text: 'Hi.' }, { event: 'metadata', payload: { usage, metrics: { latencyMs: 1 } } }, { trouble: streamTroubles.modelStreamError() }] });
    await expect(ask()).rejects.toThrow();
    expect(reports).toEqual([{ modelId: MODEL, payer: PAYER, usage: { inputTokens: 7, outputTokens: 2 } }]);
  });

  it('is reported where nobody wants its end any more', async () => {
    const { reports, model } = listen();
    const hand = manualStream();
    bedrock.respond(hand.script);
    const leave = new AbortController();
    hand.text('Hi ');
    const asked = (async () => {
      for await (const event of model.converse({ ...HELLO, payer: PAYER }, leave.signal)) if (event.type === 'text') leave.abort();
    })();
    await expect(asked).rejects.toThrow();
    expect(reports).toEqual([{ modelId: MODEL, payer: PAYER, usage: undefined }]);
  });

  it('is reported for each attempt, and one that is refused is none', async () => {
    const { reports, ask } = listen();
    bedrock.respondOnce({ error: bedrockErrors.throttling() }, { error: bedrockErrors.inputTooLong() }, { steps: [{ trouble: streamTroubles.throttling() }] });
    for (let attempt = 0; attempt < 3; attempt += 1) await expect(ask()).rejects.toThrow();
    await ask();
    expect(reports.map(({ usage }) => usage)).toEqual([counted()]);
  });
});

describe('the call of a start', () => {
  it.each([true, false])('is reported as nobody\'s (streamed: %s)', async (isStreaming) => {
    const reports: CallReport[] = [];
    const options = { apiKey: TEST_KEY, region: 'us-east-1', endpoint: bedrock.url, modelId: MODEL, isStreaming, timeoutMs: 20_000, monotonicNow: () => performance.now() };
    await tryOneToken({ ...options, onReport: (report) => void reports.push(report) });
    expect(reports).toEqual([{ modelId: MODEL, payer: undefined, usage: counted() }]);
    bedrock.respond({ error: bedrockErrors.throttling() });
    await tryOneToken({ ...options, onReport: (report) => void reports.push(report) });
    expect(reports).toHaveLength(1);
  });
});
