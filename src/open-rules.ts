import { costOf } from './bedrock/answer-cost.ts';
import { createAdmission } from './conversation/admission.ts';
import { onOutcome } from './conversation/question-events.ts';
import { createOverhearing } from './discord/intake/overheard.ts';
import { isKnownOwner } from './discord/rest/owners.ts';
import { openLimits } from './open-limits.ts';
import { createAnswersTo } from './policy/answers-to.ts';
import { guardrailText } from './policy/guardrail.ts';
import { createPrivateAnswers } from './policy/private-answers.ts';
import { createSettingsBook } from './policy/settings-book.ts';
import { DEFAULT_THRESHOLD, createPolicy } from './policy/settings-for.ts';
import { createWhoMayAsk } from './policy/who-may-ask.ts';
import { createBudgetWatch } from './upkeep/watch-budget.ts';
import type { QuestionEvents } from './conversation/question-events.ts';
import type { Discord } from './discord/connect-discord.ts';
import type { PlaceOfChannel } from './discord/gateway/channel-place.ts';
import type { DoorsOptions } from './discord/open-doors.ts';
import type { Log } from './log/log.ts';
import type { OpenedBedrock } from './open-bedrock.ts';
import type { OpenedLimits } from './open-limits.ts';
import type { OpenedUsage } from './open-usage.ts';
import type { SettingsBook } from './policy/settings-book.ts';
import type { Policy } from './policy/settings-for.ts';
import type { Config } from './settings/config.ts';
import type { Stores } from './store/open-stores.ts';
import type { BudgetWatch } from './upkeep/watch-budget.ts';

export interface OpenRulesOptions {
  readonly config: Config;
  readonly discord: Pick<Discord, 'channels' | 'memberships' | 'owners' | 'tellOwners' | 'clock'>;
  readonly stores: Pick<Stores, 'settings' | 'limits' | 'histories' | 'claim' | 'keep'>;
  readonly bedrock: OpenedBedrock;
  readonly usage: Pick<OpenedUsage, 'parts'>;
  readonly placeOf: PlaceOfChannel;
  /** What is answered counts for limits, budgets and what follows an answer. */
  readonly events: QuestionEvents;
  readonly monotonicNow: () => number;
  readonly log: Log;
}

/** What admins have decided, and what follows from it for questions. */
export interface OpenedRules extends Pick<OpenedLimits, 'companion' | 'onReport' | 'settingsFor'>, Pick<DoorsOptions, 'admission' | 'overhearing' | 'rules' | 'admin'> {
  readonly settings: SettingsBook;
  readonly budget: BudgetWatch;
}

/** What admins have decided, over what the environment says. */
const openPolicy = ({ config, bedrock: { models, contentChecks, book }, placeOf }: OpenRulesOptions, settings: SettingsBook): Policy => {
  const { modelId, maxTokens, guardrail } = config.bedrock.settings;
  const { systemPrompt } = config.prompt;
  const { model, imageLimit, contextLimit, maxOutputTokens, askFirst, thinkingTokens, keepsBeginnings, usualAnswerTokens } = models.first;
  return createPolicy({
    book: settings,
    placeOf,
    bot: {
      questions: 'allowed',
      answersTo: 'mentions',
      followUpMinutes: 10,
      model: modelId,
      persona: systemPrompt,
      maxAnswerTokens: maxTokens,
      footer: 'off',
      privateAnswers: true,
      errorStyle: 'reply',
      scope: config.conversation.scope,
      threads: config.conversation.threads,
      compaction: config.conversation.compaction ? 'on' : 'off',
      guardrail: guardrailText(guardrail),
      ...(config.limits.text === undefined ? {} : { limits: config.limits.text }),
      checks: config.bedrock.checks,
      checksThreshold: DEFAULT_THRESHOLD,
    },
    defaults: { ...config.prompt, historyMs: config.store.historyMs, model, imageLimit, contextLimit, askFirst, thinkingTokens, keepsBeginnings, usualAnswerTokens, compaction: config.conversation.compaction },
    maxOutputTokens,
    openModel: models.open,
    checksFor: (threshold, ofAnswers) => ({ ofAnswers, look: (...what) => contentChecks.check(threshold, ...what) }),
    footerOf: (id, kind) => {
      const known = book.find(id);
      const modelName = known?.name ?? id;
      return (usage) => (kind === 'model' ? { modelName } : { modelName, usage, cost: costOf(known, usage) });
    },
  });
};

export const openRules = (options: OpenRulesOptions): OpenedRules => {
  const { config, discord, stores, bedrock, usage, placeOf, events, monotonicNow, log } = options;
  const { channels, memberships, owners, tellOwners, clock } = discord;
  const { book, priceOf, modelName } = bedrock;
  const { now } = clock;
  const settings = createSettingsBook({ store: stores.settings, now });
  const policy = openPolicy(options, settings);
  const limits = openLimits({ config, settings, policy, placeOf, counts: stores.limits, rolesOf: memberships.rolesOf, priceOf, modelName, now });
  events.listen(limits.heard);
  const budget = createBudgetWatch({ budgets: limits.budgets, tellOwners, claim: stores.claim, keep: stores.keep, log });
  events.listen(onOutcome(budget.heard));
  const overhearing = createOverhearing({ answersTo: createAnswersTo(settings, policy), isOwnThread: channels.isOwnThread, ...config.discord, histories: stores.histories, now, monotonicNow });
  events.listen(overhearing.heard);
  const whoMayAsk = createWhoMayAsk({ policy, operator: config.access, ...config.access, memberships, isOwner: (userId) => isKnownOwner(owners, userId) });

  return {
    settings,
    budget,
    companion: limits.companion,
    onReport: limits.onReport,
    settingsFor: limits.settingsFor,
    admission: createAdmission([whoMayAsk, createPrivateAnswers(policy), limits.check]),
    overhearing,
    rules: {
      isQuiet: (place) => policy.valuesFor(place).errorStyle?.value === 'quiet',
      scopeIn: (place) => policy.valuesFor(place).scope?.value ?? config.conversation.scope,
      threadsIn: (place) => policy.valuesFor(place).threads?.value ?? config.conversation.threads,
      modelNameIn: (place) => book.find(policy.valuesFor(place).model?.value ?? '')?.name,
    },
    admin: {
      book: settings,
      policy,
      whoMayAsk,
      models: bedrock.choices,
      modelName,
      limits: limits.look,
      usage: usage.parts,
      checksProblem: bedrock.contentChecks.problem,
    },
  };
};
