import { createPriceOf } from './bedrock/answer-cost.ts';
import { createModelBook } from './bedrock/model-facts.ts';
import { openContentChecks } from './bedrock/open-content-checks.ts';
import { openPlaceModels } from './place-models.ts';
import { bearableCalls } from './process/bearable-calls.ts';
import { keepCompiled } from './process/load-later.ts';
import { QuotaPart } from './queue/quota-part.ts';
import { SharedTrips } from './queue/shared-trips.ts';
import type { PriceOf } from './bedrock/answer-cost.ts';
import type { KeyKeeper } from './bedrock/key-keeper.ts';
import type { ModelBook } from './bedrock/model-facts.ts';
import type { OpenedContentChecks } from './bedrock/open-content-checks.ts';
import type { OnReport } from './conversation/call-report.ts';
import type { TellWork } from './conversation/work-events.ts';
import type { ModelChoices } from './conversation/model-choices.ts';
import type { Log } from './log/log.ts';
import type { PlaceModels } from './place-models.ts';
import type { LineOptions } from './queue/line.ts';
import type { Config } from './settings/config.ts';
import type { Stores } from './store/open-stores.ts';

/** How long the line waits where Bedrock refuses calls; only tests, which are in a hurry, set it. */
export interface Hurry {
  readonly waits?: Pick<LineOptions, 'minOpenMs' | 'maxOpenMs' | 'retryScale'>;
}

export interface OpenBedrockOptions {
  readonly config: Pick<Config, 'bedrock' | 'maxConcurrentCalls' | 'confirmAboveUsd' | 'quota'> & Hurry;
  readonly keys: KeyKeeper;
  readonly stores: Pick<Stores, 'ledger' | 'notebook'>;
  /** Hears of each call that Bedrock answered. */
  readonly onReport: OnReport;
  /** Hears of each call's end. */
  readonly tell: TellWork;
  /** Milliseconds since the epoch; and such that only go forward. */
  readonly now: () => number;
  readonly monotonicNow: () => number;
  readonly log: Log;
}

/** What can be asked of Bedrock, and what it costs. */
export interface OpenedBedrock {
  readonly book: ModelBook;
  readonly priceOf: PriceOf;
  readonly modelName: (id: string) => string | undefined;
  readonly models: PlaceModels;
  readonly quotaPart: QuotaPart;
  readonly trips: SharedTrips;
  readonly contentChecks: OpenedContentChecks;
  /** The models that admins can choose from, loaded when one of them looks. */
  readonly choices: () => Promise<ModelChoices>;
}

interface ModelChoicesOptions extends Pick<OpenBedrockOptions, 'config' | 'monotonicNow'> {
  readonly book: ModelBook;
  readonly keys: Pick<KeyKeeper, 'read'>;
}

const openModelChoices = ({ config, book, keys, monotonicNow }: ModelChoicesOptions): (() => Promise<ModelChoices>) => {
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

export const openBedrock = ({ config, keys, stores, onReport, tell, now, monotonicNow, log }: OpenBedrockOptions): OpenedBedrock => {
  const { bedrock, maxConcurrentCalls, confirmAboveUsd, quota, waits } = config;
  const book = createModelBook(bedrock.models);
  const quotaPart = new QuotaPart();
  const trips = new SharedTrips(monotonicNow);
  const models = openPlaceModels({
    quotaPart,
    trips,
    connection: bedrock,
    maxTokens: bedrock.maxTokens,
    keys,
    book,
    beforeReading: stores.ledger.quiet,
    onReport,
    tell,
    maxConcurrentCalls,
    confirmAboveUsd,
    bearableCalls: bearableCalls(),
    limits: quota,
    clocks: { monotonic: monotonicNow, wall: now },
    now,
    notebook: stores.notebook,
    log,
    ...waits,
  });
  return {
    book,
    priceOf: createPriceOf(book),
    modelName: (id) => book.find(id)?.name,
    models,
    quotaPart,
    trips,
    contentChecks: openContentChecks({ connection: bedrock, keys, onReport, monotonicNow }),
    choices: openModelChoices({ config, book, keys, monotonicNow }),
  };
};
