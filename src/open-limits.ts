import { estimateTextTokens } from './conversation/token-estimate.ts';
import { createCalendar } from './policy/calendar.ts';
import { NANO } from './policy/limit-account.ts';
import { createBotBudgets } from './policy/bot-budgets.ts';
import { createLimitCheck } from './policy/limit-check.ts';
import { limitsIn } from './policy/limit-lines.ts';
import { createLimits, tokensIn } from './policy/limits.ts';
import { createLimitsFor } from './policy/limits-for.ts';
import { createLimitsLook } from './policy/limits-look.ts';
import { createLimitCompanion } from './store/limit-companion.ts';
import { CONTENT_CHECKS_ID } from './conversation/call-report.ts';
import type { PriceOf } from './bedrock/answer-cost.ts';
import type { AdmissionCheck } from './conversation/admission.ts';
import type { BudgetStanding } from './conversation/budget.ts';
import type { OnReport } from './conversation/call-report.ts';
import type { PlaceSettings, SettingsFor } from './conversation/ports.ts';
import type { QuestionListener } from './conversation/question-events.ts';
import type { PlaceOfChannel } from './discord/gateway/channel-place.ts';
import type { LimitVerdict } from './policy/limit-plan.ts';
import type { LimitsForOptions } from './policy/limits-for.ts';
import type { LimitsLook } from './policy/limits-look.ts';
import type { SettingsBook } from './policy/settings-book.ts';
import type { Policy } from './policy/settings-for.ts';
import type { Config } from './settings/config.ts';
import type { LedgerCompanion } from './store/ledger-store.ts';
import type { LimitStore } from './store/limit-store.ts';

export interface OpenLimitsOptions {
  readonly config: Pick<Config, 'limits' | 'bedrock'>;
  readonly settings: Pick<SettingsBook, 'version' | 'of'>;
  readonly policy: Pick<Policy, 'settingsFor' | 'settingsWith' | 'valuesFor'>;
  readonly placeOf: PlaceOfChannel;
  readonly counts: LimitStore;
  readonly rolesOf: LimitsForOptions['rolesOf'];
  readonly priceOf: PriceOf;
  readonly modelName: (id: string) => string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What admins allow of questions, tokens and money. */
export interface OpenedLimits {
  /** Counts questions with their claims. */
  readonly companion: LedgerCompanion;
  readonly check: AdmissionCheck;
  /** What holds for a question, with what limits have made of it. */
  readonly settingsFor: SettingsFor;
  readonly heard: QuestionListener;
  readonly onReport: OnReport;
  readonly look: LimitsLook;
  /** What is used of the money that the whole bot may cost. */
  readonly budgets: () => Promise<readonly BudgetStanding[]>;
}

/** Conversations whose size is remembered, to know what the next question in each may take. */
const MAX_SIZES = 1_000;

export const openLimits = ({ config, settings, policy, placeOf, counts, rolesOf, priceOf, modelName, now }: OpenLimitsOptions): OpenedLimits => {
  const { text, guests, questionsPerMinute, timeZone } = config.limits;
  const defaults = questionsPerMinute === 0 ? [] : limitsIn(`member: ${questionsPerMinute} questions a minute`);
  const limitsFor = createLimitsFor({ book: settings, placeOf, own: limitsIn(text), guests: limitsIn(guests), defaults, rolesOf });
  const calendar = createCalendar(timeZone);
  /** Tokens that the last call of a conversation took: the next one reads them again. */
  const sizes = new Map<string, number>();

  const limits = createLimits({
    rulesFor: limitsFor.of,
    estimate: (question, model) => {
      const { systemPrompt, answerTokens = config.bedrock.settings.maxTokens } = policy.settingsFor(question);
      const inputTokens = estimateTextTokens(systemPrompt) + estimateTextTokens(question.text) + (sizes.get(question.conversationId) ?? 0);
      const modelId = model ?? policy.valuesFor(question).model?.value ?? config.bedrock.settings.modelId;
      const usd = priceOf(modelId, { inputTokens, outputTokens: answerTokens }) ?? 0;
      return { modelId, tokens: inputTokens + answerTokens, nano: Math.round(usd * NANO) };
    },
    priceOf,
    calendar,
    now,
  });

  const withVerdict = (place: Parameters<SettingsFor>[0], verdict: LimitVerdict | undefined): PlaceSettings => {
    if (verdict?.is !== 'open' || verdict.reached.length === 0) return policy.settingsFor(place);
    const { model, reached } = verdict;
    const usual = policy.valuesFor(place).model?.value ?? config.bedrock.settings.modelId;
    const isOther = model !== undefined && model !== usual;
    const remark = { limits: reached, ...(isOther ? { insteadBy: modelName(model) ?? model } : {}) };
    return { ...(isOther ? policy.settingsWith(place, model) : policy.settingsFor(place)), remarks: [remark] };
  };

  return {
    companion: createLimitCompanion(limits, counts),
    check: createLimitCheck(limits, counts, limitsFor.learnRoles),
    settingsFor: (place) => withVerdict(place, place.id === undefined ? undefined : limits.verdictOf(place.id)),
    heard: limits.heard,
    onReport: ({ modelId, payer, usage }) => {
      // What is checked is counted when the model is asked.
      if (modelId === CONTENT_CHECKS_ID || payer?.id === undefined || limits.verdictOf(payer.id) === undefined) return;
      limits.reported(payer.id, modelId, usage);
      if (usage === undefined) return;
      sizes.delete(payer.conversationId);
      sizes.set(payer.conversationId, tokensIn(usage));
      if (sizes.size > MAX_SIZES) sizes.delete(sizes.keys().next().value ?? '');
    },
    budgets: createBotBudgets({ own: limitsIn(text), counts, calendar, now }),
    look: createLimitsLook({ limitsFor, counts, calendar, now }),
  };
};
