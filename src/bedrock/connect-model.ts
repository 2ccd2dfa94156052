import type { ConverseModelOptions } from './converse-model.ts';
import type { KeyKeeper } from './key-keeper.ts';
import type { ConverseSettings } from './to-converse-input.ts';
import type { LanguageModel } from '../conversation/ports.ts';

export interface ModelConnection {
  readonly region: string;
  /** Where calls go instead of to the region's own address. */
  readonly endpoint: string | undefined;
  readonly proxy: { readonly variables: Readonly<Record<string, string>> } | undefined;
  readonly isStreaming: boolean;
  readonly settings: ConverseSettings;
}

/** Bedrock's model behind the settings. The SDK is loaded here: until then it would only take time from the start, and memory. */
export const connectModel = async (
  { region, endpoint, proxy, settings, isStreaming }: ModelConnection,
  keys: Pick<KeyKeeper, 'read'>,
  options: Pick<ConverseModelOptions, 'onFieldRefused' | 'beforeReading' | 'contextTokens' | 'now'> = {},
): Promise<LanguageModel> => {
  const [{ createBedrockClient }, { createConverseModel }] = await Promise.all([
    import('./client.ts'),
    import('./converse-model.ts'),
  ]);
  return createConverseModel({ client: createBedrockClient({ apiKey: keys.read, region, endpoint, proxyVariables: proxy?.variables }), region, settings, isStreaming, ...options });
};
