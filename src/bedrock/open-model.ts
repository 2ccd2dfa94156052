import { createKeyedModel } from './keyed-model.ts';
import { createContextLimit } from '../conversation/context-limit.ts';
import { createImageLimit } from '../conversation/image-limit.ts';
import type { OnReport } from '../conversation/call-report.ts';
import type { ContextLimit } from '../conversation/context-limit.ts';
import type { ImageLimit } from '../conversation/image-limit.ts';
import type { LanguageModel } from '../conversation/ports.ts';
import type { Log } from '../log/log.ts';
import type { ConverseModelOptions } from './converse-model.ts';
import type { KeyKeeper } from './key-keeper.ts';
import type { ModelBook } from './model-facts.ts';
import type { ConverseSettings } from './to-converse-input.ts';

export interface OpenModelOptions {
  readonly connection: ModelConnection;
  readonly keys: KeyKeeper;
  readonly book: ModelBook;
  /** As in {@link ConverseModelOptions}. */
  readonly beforeReading: NonNullable<ConverseModelOptions['beforeReading']>;
  /** As in {@link ConverseModelOptions}. */
  readonly onReport?: OnReport | undefined;
  /** As in {@link ConverseModelOptions}. */
  readonly onEnded?: ConverseModelOptions['onEnded'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

export interface OpenedModel {
  readonly model: LanguageModel;
  /** How many images it takes in one request. */
  readonly imageLimit: ImageLimit;
  /** How much it takes in one call. */
  readonly contextLimit: ContextLimit;
}

/** The model that the settings name, as the book knows it. It is connected with the first question, and called while there is a key. */
export const openModel = ({ connection, keys, book, beforeReading, onReport, onEnded, now, log }: OpenModelOptions): OpenedModel => {
  const { modelId } = connection.settings;
  const imageLimit = createImageLimit(
    () => book.find(modelId)?.maxImages,
    (most) => log.warn({ most, modelId }, 'the model takes no more than so many pictures at once; others are left out from now on. maxImages in BEDROCK_MODELS_FILE says so beforehand'),
  );
  const contextLimit = createContextLimit(
    () => {
      const known = book.find(modelId);
      return known && { contextTokens: known.contextTokens, isDoubtful: !known.isBuiltIn };
    },
    (tokens) => log.warn({ tokens, modelId }, 'the model takes no more than so many tokens in one call; conversations are kept shorter from now on. contextTokens in BEDROCK_MODELS_FILE says so beforehand'),
  );
  const model = createKeyedModel(keys, async () => {
    const known = book.find(modelId);
    const fromTokens = known?.cachesFromTokens;
    const cachePoint = fromTokens ? { fromTokens } : undefined;
    return connectModel({ ...connection, settings: { ...connection.settings, cachePoint, hasFlexTier: known?.hasFlexTier } }, keys, {
      beforeReading,
      onReport,
      onEnded,
      contextTokens: known?.contextTokens,
      now,
      onFieldRefused: (field) =>
        log.warn(
          { field },
          field === 'system' ? 'the model takes no system prompt; it stands in the first turn from now on' : 'the model takes no such field; it is left out from now on',
        ),
    });
  });
  return { model, imageLimit, contextLimit };
};

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
  options: Pick<ConverseModelOptions, 'onFieldRefused' | 'onReport' | 'onEnded' | 'beforeReading' | 'contextTokens' | 'now'> = {},
): Promise<LanguageModel> => {
  const [{ createBedrockClient }, { createConverseModel }] = await Promise.all([
    import('./client.ts'),
    import('./converse-model.ts'),
  ]);
  return createConverseModel({ client: createBedrockClient({ apiKey: keys.read, region, endpoint, proxyVariables: proxy?.variables }), region, settings, isStreaming, ...options });
};
