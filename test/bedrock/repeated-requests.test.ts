import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBedrockClient } from '../../src/bedrock/client.ts';
import { createConverseModel } from '../../src/bedrock/converse-model.ts';
import { TEST_KEY, startBedrockSimulator } from '../simulators/bedrock.ts';
import { HELLO, askModel } from './ask-model.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';

let bedrock: BedrockSimulator;
beforeAll(async () => {
  bedrock = await startBedrockSimulator();
});
afterAll(() => bedrock.close());

describe('requests of the same kind', () => {
  it('are built by the SDK once, and sent as it built the first one', async () => {
    bedrock.respond({ text: 'Hi.' });
    const client = createBedrockClient({ apiKey: TEST_KEY, region: 'us-east-1', endpoint: bedrock.url });
    const settings = { modelId: 'us.anthropic.claude-haiku-5-5', maxTokens: 100 };
    const [streaming, whole] = [true, false].map((isStreaming) => createConverseModel({ client, region: 'us-east-1', isStreaming, settings }));
    let built = 0;
    client.middlewareStack.add(
      (next) => (args) => {
        built += 1;
        return next(args);
      },
      { step: 'build', name: 'countBuilt' },
    );
    if (streaming === undefined || whole === undefined) throw new Error('no model');
    for (let round = 0; round < 3; round += 1) for (const model of [streaming, whole]) expect((await askModel(model, HELLO)).text).toBe('Hi.');
    expect(built).toBe(2);
    const bodies = bedrock.requests.map(({ body }) => JSON.stringify(body));
    expect(bodies).toHaveLength(6);
    expect(new Set(bodies).size).toBe(1);
  });
});
