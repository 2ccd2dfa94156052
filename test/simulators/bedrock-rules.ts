// What Converse demands of a conversation beyond its shape, and what one model demands beyond Converse.
// https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html
import { createHash } from 'node:crypto';

import { checkCachePoints } from './bedrock-cache.ts';
import { bedrockErrors, Refusal, refuse, refuseByModel } from './bedrock-errors.ts';
import { checkDocuments, checkImages } from './bedrock-media.ts';
import type { ResolvedModel } from './bedrock-models.ts';
import { isObject } from './bedrock-shapes.ts';
import { checkTools } from './bedrock-tools.ts';
import type { ConverseBody, ConverseOperation, WireMessage, WireReasoning } from './bedrock-types.ts';

export type RuleContext = {
  readonly model: ResolvedModel;
  readonly operation: ConverseOperation;
  /** The guardrails that exist; left out, any does. */
  readonly guardrails: readonly string[] | undefined;
};

export function checkRules(body: ConverseBody, { model, operation, guardrails }: RuleContext): void {
  if (operation === 'ConverseStream' && !model.streaming) refuse('The model is unsupported for streaming.');
  checkSystem(body, model);
  checkContents(body.messages);
  checkBlockKinds(body.messages, model);
  checkRoles(body.messages);
  checkDocuments(body, model);
  checkTools(body, model, operation);
  checkCachePoints(body, model);
  checkFields(body, guardrails);
  checkMaxTokens(body, model);
  checkTier(body, model);
  checkModel(body, model);
}

/** The order in which the live service finds the faults of a model's own request is not documented. */
function checkModel(body: ConverseBody, model: ResolvedModel): void {
  checkSampling(body, model);
  checkThinking(body, model);
  checkReasoning(body.messages, model);
  checkLastMessage(body.messages, model);
  checkImages(body, model);
  checkWords(body, model);
}

/** Refusals by what is said, as models give them without a word of where. */
function checkWords({ messages }: ConverseBody, { refuses }: ResolvedModel): void {
  if (refuses === undefined) return;
  const isSaid = messages.some(({ content }) => content.some(({ text }) => text !== undefined && refuses.says.test(text)));
  if (isSaid) refuse(refuses.words);
}

function checkSystem({ system = [] }: ConverseBody, model: ResolvedModel): void {
  if (system.length > 0 && !model.systemPrompt) refuseSystem();
  for (const [index, { text }] of system.entries()) {
    if (text !== undefined && isBlank(text)) refuseBlank('SystemContentBlock', `system.${index}`);
  }
}

function refuseSystem(): never {
  refuse(
    "This model doesn't support system messages. Try again without a system message or use a model that supports system " +
      'messages.',
  );
}

function checkContents(messages: readonly WireMessage[]): void {
  for (const [index, { content }] of messages.entries()) {
    if (content.length === 0) {
      refuse(
        `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content ` +
          'field and try again.',
      );
    }
    for (const [position, block] of content.entries()) {
      const place = `messages.${index}.content.${position}`;
      if (block.text !== undefined && isBlank(block.text)) refuseBlank('ContentBlock', place);
      for (const [inner, { text }] of (block.toolResult?.content ?? []).entries()) {
        if (text !== undefined && isBlank(text)) refuseBlank('ToolResultContentBlock', `${place}.toolResult.content.${inner}`);
      }
    }
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function refuseBlank(name: string, place: string): never {
  refuse(`The text field in the ${name} object at ${place} is blank. Add text to the text field, and try again.`);
}

const USER_ONLY = ['image', 'document', 'video', 'audio', 'toolResult', 'guardContent', 'searchResult'] as const;
const ASSISTANT_ONLY = ['toolUse', 'reasoningContent', 'citationsContent'] as const;

function checkBlockKinds(messages: readonly WireMessage[], model: ResolvedModel): void {
  const unsupported = [
    ...(model.images ? [] : (['image'] as const)),
    ...(model.documents ? [] : (['document'] as const)),
    ...(model.family === 'nova' && model.images ? [] : (['video'] as const)),
    'audio' as const,
  ];
  for (const { role, content } of messages) {
    const wrong = [...unsupported, ...(role === 'user' ? ASSISTANT_ONLY : USER_ONLY)];
    const found = wrong.find((kind) => content.some((block) => block[kind] !== undefined));
    if (found !== undefined) refuse(`This model doesn't support the ${found} field for ${role} messages.`);
  }
}

function checkRoles(messages: readonly WireMessage[]): void {
  if (messages.some(({ role }) => role === 'system')) refuseSystem();
  if (messages[0]?.role !== 'user') {
    refuse('A conversation must start with a user message. Try again with a conversation that starts with a user message.');
  }
  if (messages.some(({ role }, index) => role === messages[index - 1]?.role)) {
    refuse(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between ' +
        'user and assistant roles and try again.',
    );
  }
}

// https://datatracker.ietf.org/doc/html/rfc6901
const JSON_POINTER = /^(?:\/(?:[^~/]|~[01])+)+$/;

function checkFields(body: ConverseBody, guardrails: readonly string[] | undefined): void {
  for (const path of body.additionalModelResponseFieldPaths ?? []) {
    if (JSON_POINTER.test(path)) continue;
    refuse(`The JSON Pointer ${path} in additionalModelResponseFieldPaths is invalid.`);
  }
  const guardrail = body.guardrailConfig;
  if (guardrail === undefined) return;
  const { guardrailIdentifier: identifier = '', guardrailVersion: version = '' } = guardrail;
  if (identifier === '' || version === '') {
    refuse('The guardrailConfig field must have both guardrailIdentifier and guardrailVersion.');
  }
  const id = identifier.replace(/^.*\//, '');
  if (guardrails !== undefined && !guardrails.includes(id)) {
    refuse('The guardrail identifier or version provided in the request does not exist.');
  }
}

/** The exact words are nowhere documented; that it is a validation error is. https://github.com/maximhq/bifrost/pull/7266 */
function checkTier({ serviceTier }: ConverseBody, { tiers }: ResolvedModel): void {
  if (serviceTier === undefined || serviceTier.type === 'default') return;
  if (serviceTier.type === 'reserved') refuse('Reservation not found.');
  if (!tiers) refuse('The provided service tier is not supported for this model.');
}

function checkMaxTokens({ inferenceConfig }: ConverseBody, { maxOutputTokens: limit }: ResolvedModel): void {
  if ((inferenceConfig?.maxTokens ?? 1) > limit) {
    refuse(
      `The maximum tokens you requested exceeds the model limit of ${limit}. Try again with a maximum tokens value that is ` +
        `lower than ${limit}.`,
    );
  }
}

function checkSampling({ inferenceConfig = {} }: ConverseBody, { sampling }: ResolvedModel): void {
  const { temperature, topP, stopSequences = [] } = inferenceConfig;
  if (sampling === 'none') {
    if (temperature !== undefined) throw new Refusal(bedrockErrors.temperatureDeprecated());
    if (topP !== undefined) refuseByModel('`top_p` is deprecated for this model.');
  }
  if (sampling === 'one' && temperature !== undefined && topP !== undefined) {
    refuseByModel('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
  if (stopSequences.some(isBlank)) refuseByModel('stop_sequences: each stop sequence must contain non-whitespace');
}

function checkThinking({ additionalModelRequestFields: fields, inferenceConfig }: ConverseBody, model: ResolvedModel): void {
  const thinking = fields?.['thinking'];
  if (!isObject(thinking)) return;
  const { type, budget_tokens: budget } = thinking as { readonly type?: unknown; readonly budget_tokens?: unknown };
  if (model.thinking === 'none') refuseByModel('thinking: this model does not support thinking.');
  if (type === 'disabled' && model.thinking === 'always') {
    refuseByModel('thinking: thinking cannot be disabled for this model.');
  }
  if (typeof budget !== 'number') return;
  if (model.thinking !== 'optional') refuseByModel('thinking.budget_tokens: Extra inputs are not permitted');
  if (budget < 1024) refuseByModel('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  const { maxTokens = Infinity } = inferenceConfig ?? {};
  if (budget >= maxTokens) refuseByModel('`max_tokens` must be greater than `thinking.budget_tokens`.');
}

/** The simulator signs what it thinks, so it knows its own signature when it comes back. */
export function signReasoning(text: string): string {
  return createHash('sha256').update(`reasoning ${text}`).digest('base64');
}

function checkReasoning(messages: readonly WireMessage[], model: ResolvedModel): void {
  for (const [index, { content }] of messages.entries()) {
    for (const [position, { reasoningContent }] of content.entries()) {
      if (reasoningContent !== undefined) checkReasoningBlock(reasoningContent, `messages.${index}.content.${position}`, model);
    }
  }
}

function checkReasoningBlock({ reasoningText }: WireReasoning, place: string, { family }: ResolvedModel): void {
  if (reasoningText === undefined) return;
  const { text, signature } = reasoningText;
  if (family !== 'claude') {
    if (signature === undefined) return;
    const field = 'reasoningContent.reasoningText.signature';
    refuse(`This model doesn't support the ${field} field. Remove ${field} and try again.`);
  }
  if (signature === undefined) refuseByModel(`${place}.thinking.signature: Field required`);
  if (signature !== signReasoning(text)) refuseByModel(`${place}: Invalid \`signature\` in \`thinking\` block`);
}

function checkLastMessage(messages: readonly WireMessage[], { prefill, family }: ResolvedModel): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return;
  if (!prefill && family === 'claude') {
    refuseByModel('This model does not support assistant message prefill. The conversation must end with a user message.');
  }
  if (!prefill) {
    refuse('A conversation must end with a user message. Try again with a conversation that ends with a user message.');
  }
  const text = last.content.at(-1)?.text;
  if (family === 'claude' && text !== undefined && text !== text.trimEnd()) {
    refuseByModel('messages: final assistant content cannot end with trailing whitespace');
  }
}
