import type { ConverseModelOptions } from './bedrock/converse-model.ts';
import type { KeyKeeper } from './bedrock/key-keeper.ts';
import type { ConverseSettings } from './bedrock/to-converse-input.ts';
import type { Config } from './config.ts';
import type { LanguageModel } from './conversation/ports.ts';

/** Bedrock's model behind the settings. The SDK is loaded here: until then it would only take time from the start, and memory. */
export const connectModel = async (
  { region, endpoint, proxy, settings, isStreaming }: Pick<Config['bedrock'], 'region' | 'endpoint' | 'proxy' | 'isStreaming'> & { readonly settings: ConverseSettings },
  keys: Pick<KeyKeeper, 'read'>,
  options: Pick<ConverseModelOptions, 'onFieldRefused' | 'beforeReading' | 'contextTokens' | 'now'> = {},
): Promise<LanguageModel> => {
  const [{ createBedrockClient }, { createConverseModel }] = await Promise.all([
    import('./bedrock/client.ts'),
    import('./bedrock/converse-model.ts'),
  ]);
  return createConverseModel({ client: createBedrockClient({ apiKey: keys.read, region, endpoint, proxyVariables: proxy?.variables }), region, settings, isStreaming, ...options });
};
