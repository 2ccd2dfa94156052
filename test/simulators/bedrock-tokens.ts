// A rough, repeatable count of tokens: four bytes of UTF-8 are one.
import { readImage } from './bedrock-media.ts';
import type { ConverseBody, WireBlock, WireCachePoint, WireDocument, WireImage, WireToolResult } from './bedrock-types.ts';

const BYTES_PER_TOKEN = 4;
/** Files are mostly packing: far fewer tokens than bytes. */
const FILE_BYTES_PER_TOKEN = 40;
/** https://docs.anthropic.com/en/docs/build-with-claude/vision */
const PIXELS_PER_TOKEN = 750;
const TEXT_FORMATS = new Set(['csv', 'html', 'txt', 'md']);

/** One part of the prompt, in the order in which a model caches it: tools, system, messages. */
export type Segment = {
  readonly tokens: number;
  /** Whose it is and what it says: what makes two prefixes the same. */
  readonly label: string;
  readonly block: object;
  /** A cache point stands behind this part. */
  readonly cachePoint?: WireCachePoint;
};

export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

export function segmentsOf(body: Pick<ConverseBody, 'messages' | 'system' | 'toolConfig'>): Segment[] {
  const segments: Segment[] = [];
  for (const tool of body.toolConfig?.tools ?? []) append(segments, tool, () => estimateTokens(JSON.stringify(tool)), 'tool');
  for (const block of body.system ?? []) {
    append(segments, block, () => estimateTokens(block.text ?? JSON.stringify(block.guardContent)), 'system');
  }
  for (const { role, content } of body.messages ?? []) {
    for (const block of content) append(segments, block, () => tokensOfBlock(block), role);
  }
  return segments;
}

export function totalTokens(segments: readonly Segment[]): number {
  return segments.reduce((sum, { tokens }) => sum + tokens, 0);
}

type Cacheable = { readonly cachePoint?: WireCachePoint };

function append(segments: Segment[], block: Cacheable, count: () => number, label: string): void {
  const last = segments.at(-1);
  if (block.cachePoint === undefined) segments.push({ tokens: count(), label, block });
  else if (last !== undefined) segments[segments.length - 1] = { ...last, cachePoint: block.cachePoint };
}

function tokensOfBlock(block: WireBlock): number {
  if (block.text !== undefined) return estimateTokens(block.text);
  if (block.image !== undefined) return tokensOfImage(block.image);
  if (block.document !== undefined) return tokensOfDocument(block.document);
  if (block.toolResult !== undefined) return tokensOfToolResult(block.toolResult);
  return estimateTokens(JSON.stringify(block));
}

function tokensOfImage({ source }: WireImage): number {
  const facts = source.bytes === undefined ? undefined : readImage(Buffer.from(source.bytes, 'base64'));
  return facts === undefined ? 1 : Math.ceil((facts.width * facts.height) / PIXELS_PER_TOKEN);
}

function tokensOfDocument({ format, source, name }: WireDocument): number {
  const bytes = Buffer.byteLength(source.bytes ?? '', 'base64');
  const perToken = TEXT_FORMATS.has(format ?? 'txt') ? BYTES_PER_TOKEN : FILE_BYTES_PER_TOKEN;
  const texts = [source.text ?? '', ...(source.content ?? []).map(({ text }) => text ?? '')];
  return estimateTokens(name) + Math.ceil(bytes / perToken) + estimateTokens(texts.join(''));
}

function tokensOfToolResult({ content }: WireToolResult): number {
  return content.reduce((sum, { text, json, image, document }) => {
    if (image !== undefined) return sum + tokensOfImage(image);
    if (document !== undefined) return sum + tokensOfDocument(document);
    return sum + estimateTokens(text ?? JSON.stringify(json));
  }, 0);
}
