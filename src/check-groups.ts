import { createBedrockChecks } from './bedrock/bedrock-checks.ts';
import { createCatalogue } from './bedrock/catalogue.ts';
import { createControlPlane } from './bedrock/control-plane.ts';
import { createDiscordChecks } from './discord/discord-checks.ts';
import { createStoreChecks } from './store/store-checks.ts';
import { connectModel } from './connect-model.ts';
import type { KeyKeeper } from './bedrock/key-keeper.ts';
import type { ModelBook } from './bedrock/model-facts.ts';
import type { Config } from './config.ts';
import type { DiscordChecksOptions } from './discord/discord-checks.ts';
import type { CheckGroup } from './finding.ts';

export interface CheckGroupsOptions {
  readonly config: Config;
  readonly keys: KeyKeeper;
  readonly book: ModelBook;
  readonly commands: DiscordChecksOptions['commands'];
}

/** All that can be looked at from here, for the doctor and for `/status`. */
export const createCheckGroups = ({ config, keys, book, commands }: CheckGroupsOptions): readonly CheckGroup[] => {
  const { region, endpoint, controlEndpoint, proxy, isStreaming, settings } = config.bedrock;
  const { modelId, maxTokens } = settings;
  const catalogue = createCatalogue({ controlPlane: createControlPlane({ apiKey: keys.read, region, endpoint: controlEndpoint }), book, region });
  return [
    createDiscordChecks({
      discordToken: config.discord.token.read,
      apiUrl: config.discord.apiUrl,
      readsMessageContent: config.discord.readsMessageContent,
      commands,
    }),
    createStoreChecks(config.store.url),
    createBedrockChecks({
      keys,
      catalogue,
      book,
      region,
      modelId,
      maxTokens,
      promptTokens: config.prompt.maxTokens,
      isStreaming,
      // Nothing but the model: fields that one of its parameters forbids would hide whether it can be called.
      oneTokenModel: (streams) => connectModel({ region, endpoint, proxy, isStreaming: streams, settings: { modelId, maxTokens: 1 } }, keys),
    }),
  ];
};
