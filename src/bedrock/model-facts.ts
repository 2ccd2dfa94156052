import { readFileSync } from 'node:fs';
import { GEOGRAPHY, geographiesOf, likelyProfile, successorOf } from './model-ids.ts';
import type { FailureKind } from '../conversation/failure.ts';

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Absent: as `input`. */
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
}

/** What is known of a model beforehand. */
export interface ModelFacts {
  /** What people call it. */
  readonly name: string;
  /** Longest prompt, in tokens. */
  readonly contextTokens: number;
  /** Greatest `maxTokens`. */
  readonly maxOutputTokens: number;
  readonly readsImages: boolean;
  /** Images in one request. Absent: as many as Converse is said to take. */
  readonly maxImages?: number | undefined;
  /** Whether it can think before it answers: thinking is paid for, and counts against `maxTokens`. */
  readonly thinks: boolean;
  /** It takes cache points, and keeps a prompt's beginning from so many tokens on. Absent or 0: it takes none. */
  readonly cachesFromTokens?: number | undefined;
  /** It can be asked for less where that is in no hurry. @see https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html */
  readonly hasFlexTier?: boolean | undefined;
  /** Prompts beyond so many tokens cost more than `prices` says. */
  readonly longPromptTokens?: number | undefined;
  /** By the geography of an inference profile (`us`, `global`, …); `region` is the bare model id. */
  readonly prices: Readonly<Record<string, ModelPrice>>;
}

/** By base model id, without a geography. */
export type ModelTable = Readonly<Record<string, ModelFacts>>;
/** What an admin knows better: whole models, or some of the facts of one that is known. */
export type ModelOverrides = Readonly<Record<string, Partial<ModelFacts>>>;

export interface KnownModel extends ModelFacts {
  /** The model id without a geography. */
  readonly baseId: string;
  /** Our own file has it; otherwise only an admin's does. */
  readonly isBuiltIn: boolean;
  /** What a call costs under the id that was asked for, where that is known. */
  readonly price: ModelPrice | undefined;
}

export interface ModelBook {
  /** @param modelId a model id, an inference profile's id, or an ARN of either */
  find(modelId: string): KnownModel | undefined;
  /** The ids that suit a region, inference profiles first. */
  idsIn(region: string): readonly { readonly id: string; readonly name: string }[];
  /** The inference profile of a model for a region: its own geography's, else `global`; undefined where none is known. */
  profileIn(baseId: string, region: string): string | undefined;
}

interface BuiltIn {
  readonly date: string;
  readonly models: ModelTable;
}

let builtIn: BuiltIn | undefined;
/** Our own file, read when somebody asks for the first time. */
const readBuiltIn = (): BuiltIn => (builtIn ??= JSON.parse(readFileSync(new URL('models.json', import.meta.url), 'utf8')) as BuiltIn);

/** The day on which the prices in our own file were what it says: `2026-11-10`. */
export const pricesAsOf = (): string => readBuiltIn().date;

/** Taken for a model that only an admin has described. */
const UNKNOWN: ModelFacts = { name: '', contextTokens: 128_000, maxOutputTokens: 8_192, readsImages: false, thinks: false, prices: {} };

const merge = (table: ModelTable, overrides: ModelOverrides): ModelTable => ({
  ...table,
  ...Object.fromEntries(
    Object.entries(overrides).map(([id, facts]) => {
      const known = table[id] ?? { ...UNKNOWN, name: id };
      return [id, { ...known, ...facts, prices: { ...known.prices, ...facts.prices } }];
    }),
  ),
});

/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html */
const ARN = /^arn:aws[\w-]*:bedrock:[\w-]*:\d*:(?:foundation-model|inference-profile)\/(.+)$/u;

/** The parts of an id: `us.maker.model` is a model in a geography. */
const partsOf = (modelId: string): { readonly geography: string; readonly baseId: string } => {
  const id = ARN.exec(modelId)?.[1] ?? modelId;
  const [, geography = 'region', baseId = id] = GEOGRAPHY.exec(id) ?? [];
  return { geography, baseId };
};

/** Ids that are kept with what is known of them. */
const MOST_FOUND = 1_000;

/** Limits and prices from the file beside this one, and what the admin's file says instead. */
export const createModelBook = (overrides: ModelOverrides = {}): ModelBook => {
  let merged: ModelTable | undefined;
  /** What was looked up: the same few models, several times for each call. */
  const found = new Map<string, KnownModel | undefined>();
  const table = (): ModelTable => (merged ??= merge(readBuiltIn().models, overrides));
  const profileIn = (baseId: string, region: string): string | undefined => {
    const prices = table()[baseId]?.prices ?? {};
    const geography = geographiesOf(region).find((one) => one in prices);
    return geography && `${geography}.${baseId}`;
  };
  return {
    find: (modelId) => {
      if (found.has(modelId)) return found.get(modelId);
      if (found.size >= MOST_FOUND) found.clear();
      const { geography, baseId } = partsOf(modelId);
      const facts = table()[baseId];
      const model = facts && { ...facts, baseId, isBuiltIn: baseId in readBuiltIn().models, price: facts.prices[geography] };
      found.set(modelId, model);
      return model;
    },
    profileIn,
    idsIn: (region) => {
      const models = Object.entries(table());
      const profiles = models.flatMap(([baseId, { name }]) => {
        const id = profileIn(baseId, region);
        return id === undefined ? [] : [{ id, name }];
      });
      const bare = models.filter(([, { prices }]) => Object.keys(prices).every((one) => one === 'region'));
      return [...profiles, ...bare.map(([id, { name }]) => ({ id, name }))];
    },
  };
};

/** The longest answer that anybody reads on Discord, in tokens: some ten messages. */
const ANSWER_TOKENS = 4_096;
/** What a model may think before it, in tokens. Bedrock reserves all of it for each call, and new accounts have 20,000 a minute. */
const THINKING_TOKENS = 8_192;
/** The same before an answer of a few words, such as a title. */
const THINKING_ASIDE_TOKENS = 2_048;
/** Of a model that nobody has described. */
const UNDESCRIBED: Pick<ModelFacts, 'thinks' | 'maxOutputTokens'> = { thinks: false, maxOutputTokens: ANSWER_TOKENS };

/**
 * The greatest answer where the admin set none: what a model thinks counts against it, so one that thinks gets more.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html
 */
export const defaultMaxTokens = ({ thinks, maxOutputTokens } = UNDESCRIBED): number =>
  Math.min(maxOutputTokens, ANSWER_TOKENS + (thinks ? THINKING_TOKENS : 0));

/** What a model may think before an answer of a few words, in tokens. */
export const thinkingAsideTokens = ({ thinks } = UNDESCRIBED): number => (thinks ? THINKING_ASIDE_TOKENS : 0);

/** Claude before 3.7, as model ids, inference profiles and ARNs name it. */
const OLDER_CLAUDE = /claude-(?:v\d|instant|2(?![\d-])|3-(?![7-9]))/u;

/** How many tokens of the quota one output token takes. */
export type OutputBurndown = 1 | 5;

/**
 * The burndown of a model, by its id, the id of its inference profile, or an ARN that names it. An application inference
 * profile does not say which model it stands for; it counts as one of the others.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
 */
export const outputBurndown = (modelId: string): OutputBurndown =>
  /anthropic\.claude/u.test(modelId) && !OLDER_CLAUDE.test(modelId) ? 5 : 1;

const OUR_BOOK = createModelBook();

const likelyInstead = (kind: FailureKind, modelId: string, region: string, book: ModelBook): string | undefined => {
  const isName = !modelId.startsWith('arn:');
  const known = book.find(modelId)?.baseId;
  const profile = known === undefined ? undefined : book.profileIn(known, region);
  switch (kind) {
    case 'model-needs-profile':
      return profile ?? (isName && !GEOGRAPHY.test(modelId) ? likelyProfile(modelId, region) : undefined);
    case 'model-unknown':
      // The same model, where it is offered in this region at all.
      return profile === undefined || profile === modelId ? successorOf(modelId, region) : profile;
    case 'model-retired':
      return successorOf(modelId, region);
    default:
      return undefined;
  }
};

/** The model id that would cure a failure, where another model id can and we know one. */
export const modelInstead = (kind: FailureKind, modelId: string, region: string, book: ModelBook = OUR_BOOK): string | undefined => {
  const instead = likelyInstead(kind, modelId, region, book);
  return instead === modelId ? undefined : instead;
};
