import { createJoinedText } from '../conversation/growing-list.ts';
import { attachedCall, withBody } from './attached-call.ts';
import { CACHE_POINT } from './cache-points.ts';
import type { BedrockRuntimeClient, ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { CachePoints } from './cache-points.ts';
import type { ContentBlock } from '../conversation/content.ts';
import type { Turn } from '../conversation/turn.ts';
import type { Prompt } from '../conversation/prompt.ts';

/** Bytes travel as base64. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageSource.html */
const wireSource = ({ bytes }: { readonly bytes: Uint8Array }) => ({
  bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
});

const wireBlock = (block: ContentBlock): unknown => {
  if ('text' in block) return { text: block.text };
  if ('image' in block) return { image: { format: block.image.format, source: wireSource(block.image.source) } };
  const { format, name, source } = block.document;
  return { document: { format, name, source: wireSource(source) } };
};

const turnText = ({ role, content }: Turn): string => JSON.stringify({ role, content: content.map(wireBlock) });

const joinedText = createJoinedText(turnText);

/** A loop, because all blocks of a long history are looked at. */
const haveFiles = (turns: readonly Turn[]): boolean => {
  for (const { content } of turns) for (const block of content) if (!('text' in block)) return true;
  return false;
};

/** The turns of a prompt as JSON. What has files in it is not kept in memory. */
const plainTurnsText = (turns: readonly Turn[]): string => (haveFiles(turns) ? turns.map(turnText).join(',') : joinedText(turns));

/** How the JSON of a turn ends: its last block, its content, itself. */
const END_OF_TURN = ']}';
const CACHE_POINT_TEXT = JSON.stringify(CACHE_POINT);

const turnsText = (turns: readonly Turn[], { afterHistory }: CachePoints): string => {
  const next = turns.at(-1);
  if (!afterHistory || next === undefined) return plainTurnsText(turns);
  const history = plainTurnsText(turns.slice(0, -1)).slice(0, -END_OF_TURN.length);
  return `${history},${CACHE_POINT_TEXT}${END_OF_TURN},${turnText(next)}`;
};

/**
 * Gives an input its messages as text. The SDK's own serializer walks every block of every turn by its schema, which
 * takes longer than all the rest of a question with a long history; the wire form of a turn is JSON that we have already.
 */
export const attachMessages = <Input extends Omit<ConverseCommandInput, 'messages'>>(
  input: Input,
  prompt: Prompt,
  points: CachePoints,
): Input & { messages: [] } => {
  const { modelId: _inPath, ...rest } = input;
  const withMessages = { ...input, messages: [] as [] };
  const members = JSON.stringify(rest).slice(1, -1);
  const separator = members === '' ? '' : ',';
  const body = `{"messages":[${turnsText(prompt.turns, points)}]${separator}${members}}`;
  return withBody(withMessages, body);
};

/** Lets a client send what {@link attachMessages} made; everything else about a request stays the SDK's. */
export const sendAttachedMessages = (client: BedrockRuntimeClient): void => {
  client.middlewareStack.add(
    (next) => async (args) => {
      const call = attachedCall(args.input);
      if (call !== undefined) (args as unknown as { request: { body: string } }).request.body = call.body;
      return next(args);
    },
    // Before the SDK counts the bytes.
    { step: 'build', priority: 'high', name: 'sendAttachedMessages' },
  );
};
