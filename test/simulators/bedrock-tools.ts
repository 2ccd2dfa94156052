// Which tool blocks belong together.
// https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use-inference-call.html
import { refuse } from './bedrock-errors.ts';
import type { ResolvedModel } from './bedrock-models.ts';
import { isObject } from './bedrock-shapes.ts';
import type { ConverseBody, ConverseOperation, WireMessage, WireToolConfig } from './bedrock-types.ts';

export function checkTools(body: ConverseBody, model: ResolvedModel, operation: ConverseOperation): void {
  checkBlocks(body.messages);
  checkPairs(body.messages);
  if (body.toolConfig !== undefined) checkToolConfig(body.toolConfig, model, operation);
  else if (body.messages.some(hasToolBlocks)) {
    refuse('The toolConfig field must be defined when using toolUse and toolResult content blocks.');
  }
}

function hasToolBlocks({ content }: WireMessage): boolean {
  return content.some((block) => block.toolUse !== undefined || block.toolResult !== undefined);
}

function checkBlocks(messages: readonly WireMessage[]): void {
  for (const [index, { content }] of messages.entries()) {
    for (const [position, { toolUse, toolResult }] of content.entries()) {
      const place = `messages.${index}.content.${position}`;
      if (toolUse !== undefined && !isObject(toolUse.input)) refuseValue(`${place}.toolUse.input`);
      for (const [inner, part] of (toolResult?.content ?? []).entries()) {
        if (part.json !== undefined && !isObject(part.json)) refuseValue(`${place}.toolResult.content.${inner}.json`);
      }
    }
  }
}

function refuseValue(place: string): never {
  refuse(`The format of the value at ${place} is invalid. Provide a json object for the field and try again.`);
}

/** All results of an assistant's turn stand in the one message that follows it, and no others. */
function checkPairs(messages: readonly WireMessage[]): void {
  let asked: readonly string[] = [];
  for (const [index, message] of messages.entries()) {
    const place = `messages.${index}.content`;
    const answered = message.content.flatMap(({ toolResult }) => (toolResult === undefined ? [] : [toolResult.toolUseId]));
    if (answered.length > asked.length) {
      refuse(`The number of toolResult blocks at ${place} exceeds the number of toolUse blocks of previous turn.`);
    }
    const missing = asked.filter((id) => !answered.includes(id));
    if (missing.length > 0) refuseMissing(place, missing);
    asked = message.content.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [toolUse.toolUseId]));
    if (new Set(asked).size < asked.length) {
      refuse(`The toolUse blocks at ${place} contain duplicate Ids: ${asked.join(', ')}`);
    }
  }
  if (asked.length > 0) refuseMissing(`messages.${messages.length}.content`, asked);
}

function refuseMissing(place: string, ids: readonly string[]): never {
  refuse(`Expected toolResult blocks at ${place} for the following Ids: ${ids.join(', ')}`);
}

function checkToolConfig({ tools, toolChoice }: WireToolConfig, model: ResolvedModel, operation: ConverseOperation): void {
  if (!model.tools) refuse("This model doesn't support tool use.");
  if (operation === 'ConverseStream' && !model.streamingTools) refuse("This model doesn't support tool use in streaming mode.");
  for (const [index, { toolSpec }] of tools.entries()) checkSchema(toolSpec?.inputSchema.json, toolSpec !== undefined, index);
  const names = tools.flatMap(({ toolSpec }) => (toolSpec === undefined ? [] : [toolSpec.name]));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) refuse(`The tool list contains duplicate tool names: ${twice}`);
  const forced = toolChoice?.tool !== undefined ? 'tool' : toolChoice?.any !== undefined ? 'any' : undefined;
  if (forced !== undefined && !model.forcedToolChoice) {
    const field = `toolConfig.toolChoice.${forced}`;
    refuse(`This model doesn't support the ${field} field. Remove ${field} and try again.`);
  }
  const wanted = toolChoice?.tool?.name;
  if (wanted !== undefined && !names.includes(wanted)) {
    refuse(`The tool ${wanted} in toolConfig.toolChoice.tool is not in toolConfig.tools.`);
  }
}

function checkSchema(schema: unknown, expected: boolean, index: number): void {
  if (!expected) return;
  const place = `toolConfig.tools.${index}.toolSpec.inputSchema.json`;
  if (!isObject(schema)) return refuseValue(place);
  if (schema['type'] !== 'object') refuse(`The value at ${place}.type must be one of the following: object.`);
}
