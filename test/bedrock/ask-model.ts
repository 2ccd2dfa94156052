import { createBedrockClient } from '../../src/bedrock/client.ts';
import { createConverseModel } from '../../src/bedrock/converse-model.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { TEST_KEY } from '../simulators/bedrock.ts';
import type { ConverseModelOptions } from '../../src/bedrock/converse-model.ts';
import type { LanguageModel } from '../../src/conversation/ports.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';
import type { Reply } from '../../src/conversation/reply.ts';

export const HELLO: Prompt = { system: [], turns: [{ role: 'user', content: [{ text: 'Hello' }] }] };

export type ModelChanges = Partial<Omit<ConverseModelOptions, 'client' | 'settings'>> & { readonly settings?: Partial<ConverseModelOptions['settings']> };

/** The real client before a simulator. */
export const modelAt = (endpoint: string, { settings, ...options }: ModelChanges = {}): LanguageModel =>
  createConverseModel({
    client: createBedrockClient({ apiKey: TEST_KEY, region: 'us-east-1', endpoint }),
    region: 'us-east-1',
    isStreaming: true,
    ...options,
    settings: { modelId: 'us.anthropic.claude-haiku-5-5', maxTokens: 4096, ...settings },
  });

export const askModel = async (model: LanguageModel, prompt = HELLO, signal = new AbortController().signal): Promise<Reply> => {
  let text = '';
  for await (const event of model.converse(prompt, signal)) {
    if (event.type === 'text') text += event.text;
    else {
      const { type: _end, ...end } = event;
      return { text, ...end };
    }
  }
  // What whoever asks makes of that.
  throw new Failure('stream-broken', 'The model ended without an end.');
};

export const failureOf = async (asked: Promise<unknown>): Promise<Failure> => {
  try {
    await asked;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('It did not fail.');
};
