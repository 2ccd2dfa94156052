import { hasVisibleText } from './question.ts';

/**
 * Some models think aloud without saying so at the beginning, because their prompt has said it already: only the mark tells that
 * ends it, at the end of a line outside of code. Then all before it was thinking; until it comes, nobody can tell.
 */
const ANYWHERE = /<\/think(?:ing)?>/iu;
/** All but the last character of the longest mark. */
const TAIL_LENGTH = '</thinking>'.length - 1;
const ENDS = /^[^`]*<\/think(?:ing)?>[ \t]*$/iu;
const OPENS = /<think(?:ing)?>/iu;
const FENCE = /^\s*(?:```|~~~)/u;

/** Tells with each piece of a text whether there is such a mark by then. Only what is new is looked at: a long text comes in many pieces. */
export const watchForThinkingsEnd = (): ((piece: string) => boolean) => {
  let tail = '';
  let isThere = false;
  return (piece) => {
    if (isThere) return true;
    const newest = tail + piece;
    isThere = ANYWHERE.test(newest);
    tail = newest.slice(-TAIL_LENGTH);
    return isThere;
  };
};

/**
 * A model's text without such thinking.
 * @param isWhole whether no more of it comes: then thinking without anything behind it is all that there is
 */
export const withoutUnopenedThinking = (text: string, isWhole: boolean): string => {
  if (!ANYWHERE.test(text)) return text;
  const lines = text.split('\n');
  let isCode = false;
  const end = lines.findIndex((line) => {
    if (FENCE.test(line)) isCode = !isCode;
    return !isCode && ENDS.test(line);
  });
  // Whoever writes both marks writes about them.
  if (end === -1 || OPENS.test(lines.slice(0, end + 1).join('\n'))) return text;
  const rest = lines.slice(end + 1).join('\n').trimStart();
  return isWhole && !hasVisibleText(rest) ? text : rest;
};
