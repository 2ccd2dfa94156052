import { allButLast, createJoinedText, createSum, joinTexts } from '../conversation/growing-list.ts';
import { pagedBytes } from '../conversation/paged-bytes.ts';
import { CACHE_POINT } from './cache-points.ts';
import type { BedrockRuntimeClient, ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { CachePoints } from './cache-points.ts';
import type { ContentBlock } from '../conversation/content.ts';
import type { JoinedText } from '../conversation/growing-list.ts';
import type { Turn } from '../conversation/turn.ts';
import type { Prompt } from '../conversation/prompt.ts';

/** The text of a request, and the bytes that belong into it: each in the place of its mark. */
interface Draft {
  readonly text: string;
  readonly files: readonly Uint8Array[];
}

/** In what people wrote, JSON has a backslash before each quote. */
const markOf = (index: number): string => `"bytes":"#${index}"`;

const wireBlock = (block: ContentBlock, files: Uint8Array[]): unknown => {
  const wireSource = ({ bytes }: { readonly bytes: Uint8Array }) => ({ bytes: `#${files.push(bytes) - 1}` });
  if ('text' in block) return { text: block.text };
  if ('image' in block) return { image: { format: block.image.format, source: wireSource(block.image.source) } };
  const { format, name, source } = block.document;
  return { document: { format, name, source: wireSource(source) } };
};

const turnText = ({ role, content }: Turn, files: Uint8Array[] = []): string =>
  JSON.stringify({ role, content: content.map((block) => wireBlock(block, files)) });

const joinedTurns = createJoinedText<Turn>((turn) => turnText(turn));

const hasFiles = ({ content }: Turn): boolean => content.some((block) => !('text' in block) || block.isFile === true);

const haveFiles = createSum<Turn, boolean>((had = false, turns) => had || turns.some(hasFiles));

/** The turns of a prompt as JSON. What has files in it is not kept in memory. */
const plainTurns = (turns: readonly Turn[], files: Uint8Array[]): JoinedText =>
  haveFiles(turns) ? joinTexts(turns.map((turn) => turnText(turn, files))) : joinedTurns(turns);

/** How the JSON of a turn ends: its last block, its content, itself. */
const END_OF_TURN = ']}';
const CACHE_POINT_TEXT = JSON.stringify(CACHE_POINT);

/** Its parts are not copied here, only by whoever sends them: it may be long. @param endsOfTurns ascending */
const withPointsAt = (text: string, endsOfTurns: readonly number[]): string => {
  let [whole, from] = ['', 0];
  for (const end of endsOfTurns) {
    const at = end - END_OF_TURN.length;
    whole += `${text.slice(from, at)},${CACHE_POINT_TEXT}`;
    from = at;
  }
  return whole + text.slice(from);
};

const turnsText = (turns: readonly Turn[], { afterHistory, afterTurns = 0 }: CachePoints, files: Uint8Array[]): string => {
  const next = turns.at(-1);
  if (!afterHistory || next === undefined) return plainTurns(turns, files).text;
  const { text, ends } = plainTurns(allButLast(turns), files);
  const middle = ends[afterTurns - 1];
  return `${withPointsAt(text, middle === undefined ? [text.length] : [middle, text.length])},${turnText(next, files)}`;
};

/** Bytes that become base64 in one step: a multiple of three, and a string that is soon gone. */
const BASE64_STEP = 48 * 1024;

const base64Length = ({ length }: Uint8Array): number => Math.ceil(length / 3) * 4;

/**
 * The body of a request with files, as bytes: photos as strings, joined to longer ones and encoded again, would take six times
 * their size. Bytes travel as base64. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageSource.html
 */
const bodyOf = ({ text, files }: Draft): string | Uint8Array => {
  if (files.length === 0) return text;
  const rest: string[] = [];
  let from = 0;
  for (const index of files.keys()) {
    const at = text.indexOf(markOf(index), from) + '"bytes":"'.length;
    rest.push(text.slice(from, at));
    from = at + `#${index}`.length;
  }
  const end = text.slice(from);
  const length = [...rest, end].reduce((sum, part) => sum + Buffer.byteLength(part), 0) + files.reduce((sum, file) => sum + base64Length(file), 0);
  const paged = pagedBytes(length);
  const body = Buffer.from(paged.buffer, paged.byteOffset, length);
  let at = 0;
  for (const [index, file] of files.entries()) {
    at += body.write(rest[index] ?? '', at);
    for (let step = 0; step < file.length; step += BASE64_STEP) {
      const part = Buffer.from(file.buffer, file.byteOffset + step, Math.min(BASE64_STEP, file.length - step));
      at += body.write(part.toString('base64'), at, 'latin1');
    }
  }
  body.write(end, at);
  return body;
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
  const files: Uint8Array[] = [];
  const text = `{"messages":[${turnsText(prompt.turns, points, files)}]${separator}${members}}`;
  return withBody(withMessages, bodyOf({ text, files }));
};

/** Lets a client send what {@link attachMessages} made; everything else about a request stays the SDK's. */
export const sendAttachedMessages = (client: BedrockRuntimeClient): void => {
  client.middlewareStack.add(
    (next) => async (args) => {
      const call = attachedCall(args.input);
      if (call !== undefined) (args as unknown as { request: { body: string | Uint8Array } }).request.body = call.body;
      return next(args);
    },
    // Before the SDK counts the bytes.
    { step: 'build', priority: 'high', name: 'sendAttachedMessages' },
  );
};

/** What belongs to a call beside its input, where the middleware of the client finds it. */
export interface AttachedCall {
  /** The whole request body, ready to be sent. */
  readonly body: string | Uint8Array;
  /** Ends the call. */
  readonly signal?: AbortSignal;
}

const calls = new WeakMap<object, AttachedCall>();

export const attachedCall = (input: object): AttachedCall | undefined => calls.get(input);

export const withBody = <Input extends object>(input: Input, body: string | Uint8Array): Input => {
  calls.set(input, { body });
  return input;
};

/** Gives a call its signal. An option of `send` would do the same, but makes the SDK put its middleware together anew. */
export const withSignal = <Input extends object>(input: Input, signal: AbortSignal): Input => {
  const call = calls.get(input);
  if (call === undefined) throw new TypeError('an input gets its body first');
  calls.set(input, { ...call, signal });
  return input;
};
