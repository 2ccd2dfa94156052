import { leastCostOf } from './bedrock/answer-cost.ts';
import { defaultMaxTokens, outputBurndown, thinkingAsideTokens } from './bedrock/model-facts.ts';
import { openModel } from './bedrock/open-model.ts';
import { openLine } from './queue/open-line.ts';
import { createSharedPlaces } from './queue/shared-places.ts';
import type { ModelBook } from './bedrock/model-facts.ts';
import type { ModelConnection, OpenModelOptions, OpenedModel } from './bedrock/open-model.ts';
import type { CountedLine } from './conversation/counted-line.ts';
import type { PlaceSettings } from './conversation/ports.ts';
import type { TellWork } from './conversation/work-events.ts';
import type { DayAccount } from './queue/day-account.ts';
import type { OpenLineOptions } from './queue/open-line.ts';

type LineSettings = Omit<OpenLineOptions, 'quotaOf' | 'maxTokens' | 'outputBurndown' | 'onRepeated' | 'now' | 'log'>;

export interface PlaceModelsOptions extends Omit<OpenModelOptions, 'connection' | 'onEnded'>, LineSettings {
  readonly connection: ModelConnection;
  /** As in `BEDROCK_MAX_TOKENS`; undefined where each model gets what suits it. */
  readonly maxTokens: number | undefined;
  readonly book: ModelBook;
  /** Hears of calls. */
  readonly tell?: TellWork | undefined;
  /** As in `CONFIRM_ABOVE_USD`. */
  readonly confirmAboveUsd?: number | undefined;
}

/** A model with its own line, as Bedrock counts for each. */
export interface PlaceModel extends OpenedModel {
  readonly inTurn: CountedLine['inTurn'];
  readonly maxOutputTokens: number | undefined;
  readonly askFirst: PlaceSettings['askFirst'];
  readonly thinkingTokens: number;
  readonly keepsBeginnings: boolean;
  /** The greatest answer where a place has none of its own, in tokens. */
  readonly usualAnswerTokens: number;
}

/** The models that places ask: the environment's, and those that admins have chosen, opened when they are asked first. */
export interface PlaceModels {
  readonly first: PlaceModel;
  readonly open: (modelId: string) => PlaceModel;
  /** The lanes of all conversations, and the line of the environment's model; what waits is counted in all lines. */
  readonly line: CountedLine;
  readonly concurrency: () => number;
  readonly day: Pick<DayAccount, 'open' | 'close'>;
}

export const openPlaceModels = ({ connection, maxTokens, keys, beforeReading, onReport, tell = () => undefined, confirmAboveUsd, ...options }: PlaceModelsOptions): PlaceModels => {
  const { book, now, log } = options;
  const sharing = createSharedPlaces(options.maxConcurrentCalls ?? options.bearableCalls ?? Infinity);
  const lines: CountedLine[] = [];
  const days: DayAccount[] = [];

  const openWith = (modelId: string, ofConnection: ModelConnection) => {
    const { settings, region } = ofConnection;
    const opened = openLine({ ...options, quotaOf: { region, modelId }, maxTokens: settings.maxTokens, outputBurndown: outputBurndown(modelId), onRepeated: (kind) => tell({ type: 'call-repeated', kind }) });
    lines.push(opened.line);
    days.push(opened.day);
    const { model, imageLimit, contextLimit } = openModel({ connection: ofConnection, keys, book, beforeReading, onReport, onEnded: (call) => tell({ type: 'call-ended', ...call }), now, log });
    const inTurn = sharing(opened.line.inTurn);
    const known = book.find(modelId);
    const askFirst = (fileTokens: number): number | undefined => {
      const usd = leastCostOf(book.find(modelId), fileTokens);
      return usd !== undefined && usd > (confirmAboveUsd ?? Infinity) ? usd : undefined;
    };
    // The flex tier is half the price whatever was asked before; that it reads what calls of the usual tier have left is said nowhere.
    const keepsBeginnings = known?.cachesFromTokens !== undefined && known.hasFlexTier !== true;
    return { opened, model: { model, imageLimit, contextLimit, inTurn, maxOutputTokens: known?.maxOutputTokens, askFirst: confirmAboveUsd === undefined ? undefined : askFirst, thinkingTokens: thinkingAsideTokens(known), keepsBeginnings, usualAnswerTokens: settings.maxTokens } };
  };

  const firstId = connection.settings.modelId;
  const first = openWith(firstId, connection);
  const byId = new Map<string, PlaceModel>([[firstId, first.model]]);

  return {
    first: first.model,
    open: (modelId) => {
      let model = byId.get(modelId);
      if (model === undefined) {
        const known = book.find(modelId);
        const mostTokens = Math.min(maxTokens ?? defaultMaxTokens(known), known?.maxOutputTokens ?? Infinity);
        model = openWith(modelId, { ...connection, settings: { ...connection.settings, modelId, maxTokens: mostTokens } }).model;
        byId.set(modelId, model);
        // Until it has been read, the day counts as a new one.
        void days.at(-1)?.open();
      }
      return model;
    },
    line: { inLane: first.opened.line.inLane, inTurn: first.model.inTurn, waiting: () => lines.reduce((sum, line) => sum + line.waiting(), 0) },
    concurrency: first.opened.concurrency,
    day: {
      open: async () => {
        await first.opened.day.open();
      },
      close: async () => {
        await Promise.all(days.map((day) => day.close()));
      },
    },
  };
};
