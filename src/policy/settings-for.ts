import { NO_SETTINGS, chainOf } from './server-settings.ts';
import { effective } from './cascade.ts';
import { guardrailFrom } from './guardrail.ts';
import { SETTING_KEYS } from './settings-tree.ts';
import type { ContentChecks } from '../conversation/content-checks.ts';
import type { AnswerFooter, AskedPlace, LanguageModel, Line, PlaceSettings, SettingsFor } from '../conversation/ports.ts';
import type { Effective, Standing } from './cascade.ts';
import type { ChannelPlace } from './server-settings.ts';
import type { SettingsBook } from './settings-book.ts';
import type { SettingKey, ValueOf, Values } from './settings-tree.ts';

/** Everything that holds at a place, and which level decides it. */
export type EffectiveValues = { readonly [Key in SettingKey]?: Effective<ValueOf<Key>> };

/** Where a question is asked, as far as settings differ by it. */
export type PolicyPlace = Pick<AskedPlace, 'guildId' | 'conversationId'>;

/** A model that is connected, with what stands before it. */
export interface PolicyModel extends Pick<PlaceSettings, 'imageLimit' | 'contextLimit' | 'askFirst' | 'thinkingTokens' | 'keepsBeginnings' | 'usualAnswerTokens'> {
  readonly model: LanguageModel;
  readonly inTurn?: Line['inTurn'];
  /** The greatest answer that it writes, in tokens, where that is known. */
  readonly maxOutputTokens?: number | undefined;
}

export interface PolicyOptions {
  readonly book: Pick<SettingsBook, 'version' | 'of'>;
  /** Where a channel is; a thread's is its parent's place. Answered from memory: undefined where nobody knows. */
  readonly placeOf: (channelId: string) => ChannelPlace | undefined;
  /** What holds where no admin has decided: the environment's. */
  readonly bot: Values;
  readonly defaults: PlaceSettings;
  /** Of the environment's model. */
  readonly maxOutputTokens?: number | undefined;
  /** Opens a model, or gives back the one that was opened already. */
  readonly openModel: (modelId: string) => PolicyModel;
  /** Looks at what is asked, and at answers where that is wanted. @param threshold from 0 to 1: what is as severe as that is stopped */
  readonly checksFor: (threshold: number, ofAnswers: boolean) => ContentChecks;
  /** What stands below each answer of a model. */
  readonly footerOf: (modelId: string, kind: 'model' | 'cost') => AnswerFooter;
}

/** What admins have decided for each place, answered from memory. */
export interface Policy {
  /** What holds where no admin has decided. */
  readonly bot: Values;
  readonly settingsFor: SettingsFor;
  /** The same where another model is to answer there. */
  settingsWith(place: PolicyPlace, modelId: string): PlaceSettings;
  /** Everything that holds at a place, with where it comes from. */
  valuesAt(guildId: string, place: Partial<ChannelPlace>): EffectiveValues;
  /** What stands at each level above the place of a question, the widest first. */
  chainFor(place: PolicyPlace): readonly Standing[];
  chainAt(guildId: string, place: Partial<ChannelPlace>): readonly Standing[];
  /** The channel of a question's place, with its category; a thread's is its parent. */
  channelOf(place: PolicyPlace): ChannelPlace;
  /** The same as {@link Policy.valuesAt} of the place of a question; empty in direct messages, where nobody but the environment decides. */
  valuesFor(place: PolicyPlace): EffectiveValues;
}

/** Of the six steps that Bedrock knows, the one from which on something is severe. */
export const DEFAULT_THRESHOLD = '0.6';

/** A private conversation's id has its asker's behind it. */
const channelIdOf = (conversationId: string): string => conversationId.split(':', 1)[0] ?? conversationId;

/** Places that are kept; with more of them all are worked out anew, which takes a few microseconds each. */
const MAX_KEPT = 10_000;

interface Resolved {
  readonly chain: readonly Standing[];
  readonly values: EffectiveValues;
  readonly settings: PlaceSettings;
}

export const createPolicy = ({ book, placeOf, bot, defaults, maxOutputTokens, openModel, checksFor, footerOf }: PolicyOptions): Policy => {
  const kept = new Map<string, Resolved>();
  let keptVersion = -1;
  const ofBot: EffectiveValues = Object.fromEntries(Object.entries(bot).map(([key, value]) => [key, { value, from: 'bot' }]));

  const chainAt = (guildId: string, place: Partial<ChannelPlace>): readonly Standing[] => chainOf(bot, book.of(guildId) ?? NO_SETTINGS, place);

  const valuesOf = (chain: readonly Standing[]): EffectiveValues =>
    Object.fromEntries(
      SETTING_KEYS.flatMap((key) => {
        const found = effective(key, chain);
        return found === undefined ? [] : [[key, found]];
      }),
    );

  const settingsOf = ({ model, persona, maxAnswerTokens, guardrail, checks, checksThreshold, footer, compaction }: EffectiveValues): PlaceSettings => {
    const isOther = model !== undefined && model.from !== 'bot' && model.value !== bot.model;
    const opened = isOther ? openModel(model.value) : undefined;
    const most = isOther ? opened?.maxOutputTokens : maxOutputTokens;
    return {
      ...defaults,
      ...(opened === undefined ? {} : { model: opened.model, imageLimit: opened.imageLimit, contextLimit: opened.contextLimit, inTurn: opened.inTurn, askFirst: opened.askFirst, thinkingTokens: opened.thinkingTokens, keepsBeginnings: opened.keepsBeginnings, usualAnswerTokens: opened.usualAnswerTokens }),
      ...(persona === undefined || persona.from === 'bot' ? {} : { systemPrompt: persona.value }),
      ...(maxAnswerTokens === undefined || maxAnswerTokens.from === 'bot' ? {} : { answerTokens: Math.min(maxAnswerTokens.value, most ?? Infinity) }),
      ...(guardrail === undefined || guardrail.from === 'bot' ? {} : { guardrail: guardrailFrom(guardrail.value) }),
      ...(checks === undefined || checks.value === 'off' ? {} : { checks: checksFor(Number(checksThreshold?.value ?? DEFAULT_THRESHOLD), checks.value === 'input and output') }),
      ...(compaction === undefined || compaction.from === 'bot' ? {} : { compaction: compaction.value === 'on' }),
      ...(footer === undefined || footer.value === 'off' || model === undefined ? {} : { footer: footerOf(model.value, footer.value) }),
    };
  };

  const unchanged: Resolved = {
    chain: [{ level: 'bot', values: bot }],
    values: ofBot,
    // Whoever decides nothing has the environment's very own.
    settings: bot.checks === undefined || bot.checks === 'off' ? defaults : settingsOf(ofBot),
  };

  const channelOf = ({ conversationId }: PolicyPlace): ChannelPlace => {
    const channelId = channelIdOf(conversationId);
    return placeOf(channelId) ?? { channelId };
  };

  const resolve = (asked: PolicyPlace): Resolved => {
    const { guildId } = asked;
    if (guildId === undefined || book.of(guildId) === undefined) return unchanged;
    const place = channelOf(asked);
    if (keptVersion !== book.version || kept.size >= MAX_KEPT) kept.clear();
    keptVersion = book.version;
    const key = `${guildId}/${place.categoryId ?? ''}/${place.channelId}`;
    let resolved = kept.get(key);
    if (resolved === undefined) {
      const chain = chainAt(guildId, place);
      const values = valuesOf(chain);
      resolved = { chain, values, settings: settingsOf(values) };
      kept.set(key, resolved);
    }
    return resolved;
  };

  return {
    bot,
    settingsFor: (place) => resolve(place).settings,
    settingsWith: (place, modelId) => settingsOf({ ...resolve(place).values, model: { value: modelId, from: 'server' } }),
    valuesAt: (guildId, place) => valuesOf(chainAt(guildId, place)),
    chainFor: (place) => resolve(place).chain,
    chainAt,
    channelOf,
    valuesFor: (place) => resolve(place).values,
  };
};
