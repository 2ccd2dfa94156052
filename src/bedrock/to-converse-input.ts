import { CACHE_POINT, cachePointsOf } from './cache-points.ts';
import { attachMessages } from './converse-body.ts';
import type { ConverseCommandInput, ConverseStreamCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { CachePoints } from './cache-points.ts';
import type { Guardrail, Prompt } from '../conversation/prompt.ts';

/** A JSON value, as `additionalModelRequestFields` takes it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What is the same in each Converse request. */
export interface ConverseSettings {
  /** A model id, an inference profile's id, or an ARN of either. */
  readonly modelId: string;
  readonly maxTokens: number;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly requestFields?: { [key: string]: Json } | undefined;
  /** The model keeps beginnings of prompts from so many tokens on. Absent: no cache point is sent. */
  readonly cachePoint?: { readonly fromTokens: number } | undefined;
  /** False: the model takes none, so their text stands at the head of the first turn. */
  readonly hasSystemPrompts?: boolean | undefined;
  readonly guardrail?: Guardrail | undefined;
  /** The model can be asked for less, where nobody waits for the answer. */
  readonly hasFlexTier?: boolean | undefined;
}

const guardrailConfig = (guardrail: Prompt['guardrail']): Pick<ConverseCommandInput & ConverseStreamCommandInput, 'guardrailConfig'> =>
  guardrail === undefined || guardrail === 'off'
    ? {}
    : {
        guardrailConfig: {
          guardrailIdentifier: guardrail.id,
          guardrailVersion: guardrail.version as `${number}`,
          // Nothing else tells an answer that was only masked from one that was blocked.
          trace: 'enabled',
        },
      };

/**
 * `maxTokens` always goes along, because Bedrock reserves quota by it; sampling fields only where the admin set them,
 * because newer models refuse them.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
const requestOf = (
  settings: ConverseSettings,
  { system, answerTokens = settings.maxTokens, guardrail = settings.guardrail, isUnhurried = false }: Prompt,
  { afterSystem }: CachePoints,
): Omit<ConverseCommandInput & ConverseStreamCommandInput, 'messages'> => ({
  modelId: settings.modelId,
  ...(system.length === 0 ? {} : { system: [...system.map((text) => ({ text })), ...(afterSystem ? [CACHE_POINT] : [])] }),
  inferenceConfig: {
    maxTokens: answerTokens,
    ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
    ...(settings.topP === undefined ? {} : { topP: settings.topP }),
  },
  ...(settings.requestFields === undefined ? {} : { additionalModelRequestFields: settings.requestFields }),
  ...(isUnhurried && settings.hasFlexTier === true ? { serviceTier: { type: 'flex' as const } } : {}),
  ...guardrailConfig(guardrail),
});

const withSystemInTurn = ({ system, turns: [first, ...later], ...rest }: Prompt): Prompt => {
  if (first === undefined) return { system: [], turns: [] };
  return { ...rest, system: [], turns: [{ role: first.role, content: [...system.map((text) => ({ text })), ...first.content] }, ...later] };
};

export const toConverseInput = (settings: ConverseSettings, asked: Prompt): ConverseCommandInput & ConverseStreamCommandInput => {
  const prompt = settings.hasSystemPrompts === false ? withSystemInTurn(asked) : asked;
  const points = cachePointsOf(prompt, settings.cachePoint?.fromTokens);
  return attachMessages(requestOf(settings, prompt, points), prompt, points);
};
