import type { ContentBlock, ConverseCommandOutput, ConverseStreamOutput, TokenUsage as ReportedUsage } from '@aws-sdk/client-bedrock-runtime';
import type { ConverseEvents } from './converse-events.ts';
import type { ReplyEvent, TokenUsage } from '../conversation/reply.ts';

const toTokenUsage = (usage: ReportedUsage | undefined): TokenUsage | undefined =>
  usage?.inputTokens === undefined || usage.outputTokens === undefined
    ? undefined
    : {
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        ...(usage.cacheReadInputTokens === undefined ? {} : { cacheReadInputTokens: usage.cacheReadInputTokens }),
        ...(usage.cacheWriteInputTokens === undefined ? {} : { cacheWriteInputTokens: usage.cacheWriteInputTokens }),
      };

const blockText = (block: ContentBlock): string => block.text ?? '';

/** A whole Converse answer as events. Only text is for people: reasoning is the model's own. */
export const fromConverseOutput = (output: ConverseCommandOutput): ReplyEvent[] => {
  const text = (output.output?.message?.content ?? []).map(blockText).join('');
  const end: ReplyEvent = {
    type: 'end',
    stopReason: output.stopReason ?? 'end_turn',
    usage: toTokenUsage(output.usage),
    latencyMs: output.metrics?.latencyMs,
  };
  return text === '' ? [end] : [{ type: 'text', text }, end];
};

/**
 * Reads a ConverseStream. It is whole only when `messageStop` came: without it nothing is said of an end, and the caller
 * has to take it for a break. What goes wrong after `messageStop` costs the usage figures, not the answer.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export class StreamReader {
  #stopReason: string | undefined;
  #metadata: ConverseStreamOutput.MetadataMember['metadata'] | undefined;

  /** The text of events that came together. */
  read(events: ConverseEvents): string {
    let text = '';
    for (const event of events) {
      text += event.contentBlockDelta?.delta?.text ?? '';
      if (event.messageStop !== undefined) this.#stopReason = event.messageStop.stopReason ?? 'end_turn';
      if (event.metadata !== undefined) this.#metadata = event.metadata;
    }
    return text;
  }

  /** What the model said of its end; undefined as long as it has not. */
  get end(): ReplyEvent | undefined {
    if (this.#stopReason === undefined) return undefined;
    return { type: 'end', stopReason: this.#stopReason, usage: toTokenUsage(this.#metadata?.usage), latencyMs: this.#metadata?.metrics?.latencyMs };
  }
}
