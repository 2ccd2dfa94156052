import { cleanLines } from './question.ts';
import type { TextBlock } from './content.ts';

const MIN_FENCE = 3;

/** A code fence that nothing in a text can close: it is longer than any at the beginning of one of its lines. */
const fenceAround = (text: string): string => {
  let longest = MIN_FENCE - 1;
  for (const [, run = ''] of text.matchAll(/^[ \t]*(`{3,})/gmu)) longest = Math.max(longest, run.length);
  return '`'.repeat(longest + 1);
};

/**
 * A text file as the model reads it: its name as JSON, and what it says between fences. Neither the name nor the text can
 * end what it stands in. Every model reads text, and as much of it as it likes, where few take documents, and five at most.
 */
export const textOfFile = (name: string, bytes: Uint8Array): TextBlock => {
  const text = cleanLines(new TextDecoder().decode(bytes)).trimEnd();
  const fence = fenceAround(text);
  return { text: `${JSON.stringify({ file: name })}\n${fence}\n${text}\n${fence}`, isFile: true };
};
