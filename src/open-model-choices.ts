import { keepCompiled } from './process/load-later.ts';
import type { KeyKeeper } from './bedrock/key-keeper.ts';
import type { ModelBook } from './bedrock/model-facts.ts';
import type { ModelChoices } from './conversation/model-choices.ts';
import type { Config } from './settings/config.ts';

export interface OpenModelChoicesOptions {
  readonly config: Pick<Config, 'bedrock'>;
  readonly book: ModelBook;
  readonly keys: Pick<KeyKeeper, 'read'>;
  readonly monotonicNow: () => number;
}

/** The models that admins can choose from, loaded when one of them looks. */
export const openModelChoices = ({ config, book, keys, monotonicNow }: OpenModelChoicesOptions): (() => Promise<ModelChoices>) => {
  const { region, controlEndpoint, settings } = config.bedrock;
  let opened: ModelChoices | undefined;
  return async () => {
    if (opened !== undefined) return opened;
    const [{ createControlPlane }, { createCatalogue }, { createModelChoices }] = await Promise.all([
      import('./bedrock/control-plane.ts'),
      import('./bedrock/catalogue.ts'),
      import('./bedrock/model-choices.ts'),
    ]);
    keepCompiled();
    const controlPlane = createControlPlane({ apiKey: keys.read, region, endpoint: controlEndpoint, monotonicNow });
    return (opened ??= createModelChoices({ catalogue: createCatalogue({ controlPlane, book, region, now: monotonicNow }), book, region, defaultId: settings.modelId }));
  };
};
