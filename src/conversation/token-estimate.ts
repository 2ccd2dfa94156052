import type { ContentBlock, DocumentFormat } from './content.ts';
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

/** What an image of full size costs, in tokens; smaller ones cost less. @see https://docs.claude.com/en/docs/build-with-claude/vision */
const TOKENS_PER_IMAGE = 1_600;
/** Text formats are mostly ASCII; the others are compressed, or hold pictures of their pages. */
const BYTES_PER_TOKEN = { text: 4, binary: 40 };
const TEXT_FORMATS = new Set<DocumentFormat>(['txt', 'md', 'csv', 'html']);

const estimateBlockTokens = (block: ContentBlock): number => {
  if ('text' in block) return estimateTextTokens(block.text);
  if ('image' in block) return TOKENS_PER_IMAGE;
  const { format, source } = block.document;
  return Math.ceil(source.bytes.length / BYTES_PER_TOKEN[TEXT_FORMATS.has(format) ? 'text' : 'binary']);
};

/** A turn never changes, and is looked at again with each question that follows it. */
const estimates = new WeakMap<Turn, number>();

export const estimateTurnTokens = (turn: Turn): number => {
  const known = estimates.get(turn);
  if (known !== undefined) return known;
  const estimate = turn.content.reduce((sum, block) => sum + estimateBlockTokens(block), TOKENS_PER_TURN);
  estimates.set(turn, estimate);
  return estimate;
};
