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
export async function* fromConverseStream(
  stream: AsyncIterable<ConverseEvents>,
  onEvent: () => void,
): AsyncGenerator<ReplyEvent> {
  let stopReason: string | undefined;
  let metadata: ConverseStreamOutput.MetadataMember['metadata'] | undefined;
  try {
    for await (const events of stream) {
      onEvent();
      let text = '';
      for (const event of events) {
        text += event.contentBlockDelta?.delta?.text ?? '';
        if (event.messageStop !== undefined) stopReason = event.messageStop.stopReason ?? 'end_turn';
        if (event.metadata !== undefined) metadata = event.metadata;
      }
      if (text !== '') yield { type: 'text', text };
    }
  } catch (error) {
    if (stopReason === undefined) throw error;
  }
  if (stopReason === undefined) return;
  yield { type: 'end', stopReason, usage: toTokenUsage(metadata?.usage), latencyMs: metadata?.metrics?.latencyMs };
}
