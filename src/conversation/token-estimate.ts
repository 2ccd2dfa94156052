import { isTextFile, sizeOf } from './content.ts';
import type { ContentBlock, FileSource } from './content.ts';
import type { Turn } from './turn.ts';

/** What the frame of a message costs beside its text, in tokens: roles and separators. */
const TOKENS_PER_TURN = 4;
const ASCII_CHARACTERS_PER_TOKEN = 4;

/**
 * A rough count of tokens without a tokenizer: four ASCII characters, or one other character, are a token.
 * It errs on the high side for most scripts; Bedrock's own figure comes with each reply.
 */
export const estimateTextTokens = (text: string): number => {
  let ascii = 0;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) < 128) ascii += 1;
  return Math.ceil(ascii / ASCII_CHARACTERS_PER_TOKEN) + (text.length - ascii);
};

/**
 * What an image costs in tokens, guessed by its bytes: its pixels count, up to a full size.
 * @see https://docs.claude.com/en/docs/build-with-claude/vision
 */
const IMAGE_TOKENS = { min: 50, max: 1_600, bytesPerToken: 50 };
/** Text formats are mostly ASCII; the others are compressed, or hold pictures of their pages. */
const BYTES_PER_TOKEN = { text: 4, binary: 40 };

export const estimateBlockTokens = (block: ContentBlock<FileSource>): number => {
  if ('text' in block) return estimateTextTokens(block.text);
  if ('image' in block) {
    const { min, max, bytesPerToken } = IMAGE_TOKENS;
    return Math.min(max, Math.max(min, Math.ceil(sizeOf(block.image.source) / bytesPerToken)));
  }
  return Math.ceil(sizeOf(block.document.source) / BYTES_PER_TOKEN[isTextFile(block) ? 'text' : 'binary']);
};

/** A turn never changes, and is looked at again with each question that follows it. */
const estimates = new WeakMap<Turn<FileSource>, { readonly text: number; readonly files: number }>();

const estimate = (turn: Turn<FileSource>): { readonly text: number; readonly files: number } => {
  const known = estimates.get(turn);
  if (known !== undefined) return known;
  const sum = { text: TOKENS_PER_TURN, files: 0 };
  for (const block of turn.content) sum['text' in block ? 'text' : 'files'] += estimateBlockTokens(block);
  estimates.set(turn, sum);
  return sum;
};

export const estimateTurnTokens = (turn: Turn<FileSource>): number => {
  const { text, files } = estimate(turn);
  return text + files;
};

/** Whether files are in it whose bytes say little of their tokens. */
export const hasDoubtfulFiles = ({ content }: Turn<FileSource>): boolean => content.some((block) => !('text' in block) && !isTextFile(block));

/** Without the files, whose share of a prompt has limits of its own. */
export const estimateTurnTextTokens = (turn: Turn<FileSource>): number => estimate(turn).text;
