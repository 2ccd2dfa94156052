import { costOf } from './bedrock/answer-cost.ts';
import { guardrailText } from './policy/guardrail.ts';
import { DEFAULT_THRESHOLD, createPolicy } from './policy/settings-for.ts';
import type { CheckContent } from './bedrock/content-checks.ts';
import type { ModelBook } from './bedrock/model-facts.ts';
import type { PlaceOfChannel } from './discord/gateway/channel-place.ts';
import type { PlaceModels } from './place-models.ts';
import type { SettingsBook } from './policy/settings-book.ts';
import type { Policy } from './policy/settings-for.ts';
import type { Config } from './settings/config.ts';

export interface OpenPolicyOptions {
  readonly config: Pick<Config, 'bedrock' | 'conversation' | 'prompt' | 'limits'>;
  readonly settings: SettingsBook;
  readonly models: PlaceModels;
  readonly checkContent: CheckContent;
  readonly book: ModelBook;
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
  readonly placeOf: PlaceOfChannel;
}

/** What admins have decided, over what the environment says. */
export const openPolicy = ({ config, settings, models, checkContent, book, historyMs, placeOf }: OpenPolicyOptions): Policy => {
  const { modelId, maxTokens, guardrail } = config.bedrock.settings;
  const { systemPrompt } = config.prompt;
  const { model, imageLimit, contextLimit, maxOutputTokens, askFirst, thinkingTokens, usualAnswerTokens } = models.first;
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
      guardrail: guardrailText(guardrail),
      ...(config.limits.text === undefined ? {} : { limits: config.limits.text }),
      checks: config.bedrock.checks,
      checksThreshold: DEFAULT_THRESHOLD,
    },
    defaults: { ...config.prompt, historyMs, model, imageLimit, contextLimit, askFirst, thinkingTokens, usualAnswerTokens },
    maxOutputTokens,
    openModel: models.open,
    checksFor: (threshold, ofAnswers) => ({ ofAnswers, look: (...what) => checkContent(threshold, ...what) }),
    footerOf: (id, kind) => {
      const known = book.find(id);
      const modelName = known?.name ?? id;
      return (usage) => (kind === 'model' ? { modelName } : { modelName, usage, cost: costOf(known, usage) });
    },
  });
};
