import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tryOneToken } from '../../src/bedrock/one-token.ts';
import { TEST_KEY, bedrockErrors, startBedrockSimulator } from '../simulators/bedrock.ts';
import type { OneTokenOptions } from '../../src/bedrock/one-token.ts';
import type { BedrockSimulator, ErrorReply } from '../simulators/bedrock.ts';

let bedrock: BedrockSimulator;
beforeAll(async () => {
  bedrock = await startBedrockSimulator();
});
beforeEach(() => bedrock.reset());
afterAll(() => bedrock.close());

const attempt = (options: Partial<OneTokenOptions> = {}) =>
  tryOneToken({
    apiKey: TEST_KEY,
    region: 'us-east-1',
    endpoint: bedrock.url,
    modelId: 'us.anthropic.claude-haiku-5-5',
    isStreaming: true,
    timeoutMs: 20_000,
    monotonicNow: () => performance.now(),
    ...options,
  });

describe('a call of one token', () => {
  it('tells nothing where it was answered, streamed or whole', async () => {
    bedrock.respond({ text: 'Hi.' });
    expect(await Promise.all([true, false].map((isStreaming) => attempt({ isStreaming })))).toEqual([undefined, undefined]);
    expect(bedrock.requests.map(({ body }) => body?.['inferenceConfig'])).toEqual([{ maxTokens: 1 }, { maxTokens: 1 }]);
  });

  const cases: readonly (readonly [string, ErrorReply, string, boolean])[] = [
    ['a wrong key', bedrockErrors.badKey(), 'key-refused', true],
    ['an expired key', bedrockErrors.expiredKey(), 'key-expired', true],
    ['a model without access', bedrockErrors.accessDenied(), 'model-access', true],
    ['an unknown model', bedrockErrors.invalidModel(), 'model-unknown', true],
    ['a retired model', bedrockErrors.endOfLife(), 'model-retired', true],
    ['throttling', bedrockErrors.throttling(), 'throttled', false],
    ['a day without tokens', bedrockErrors.tokensPerDay(), 'daily-quota', false],
    ['a service that is down', bedrockErrors.unavailable(), 'overloaded', false],
    ['a quota of another kind', bedrockErrors.serviceQuota(), 'settings-refused', false],
  ];

  it.each(cases)('fails for %s, and knows whether waiting helps', async (_name, error, kind, isLasting) => {
    bedrock.respond({ error });
    const found = await attempt();
    expect({ kind: found?.failure.kind, isLasting: found?.isLasting }).toEqual({ kind, isLasting });
  });
});
