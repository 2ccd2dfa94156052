import { cleanText } from './clean-text.ts';
import { ENDS_IN_WORD } from './inline-item.ts';
import { inlineCode, LONGEST_URL, shownTarget } from './links.ts';
import type { Read } from './inline-item.ts';

/** Punctuation of Chinese and Japanese ends a URL, which has no space before the next word. */
export const URL_RUN = /https?:\/\/(?:(?!\]\()[^\s<>\u3000-\u303F\uFF01\uFF08\uFF09\uFF0C\uFF1A\uFF1B\uFF1F]){1,1801}/iy;

const TRAILING = /[.,:;!?"'*_~|)\]}]/;
const countOf = (text: string, character: string): number => text.split(character).length - 1;

/** How much of what looks like a URL in running text belongs to it: not the punctuation and the marks behind it. */
export const bareUrl = (text: string): string => {
  let end = text.length;
  /** How many brackets of each kind are closed without having been opened. */
  let [round, square] = [countOf(text, ')') - countOf(text, '('), countOf(text, ']') - countOf(text, '[')];
  for (; end > 0 && TRAILING.test(text.charAt(end - 1)); end -= 1) {
    const last = text[end - 1];
    if (last === ')' && round-- <= 0) break;
    if (last === ']' && square-- <= 0) break;
  }
  return text.slice(0, end);
};

/**
 * Reads a URL in running text: `wait` when it may go on.
 * @param before the character before it
 */
export const readUrl = (text: string, at: number, scheme: string, before: string, isLineDone: boolean): Read | 'wait' => {
  if (ENDS_IN_WORD.test(before)) return { kind: 'text', text: scheme.slice(0, -3), end: at + scheme.length - 3 };
  URL_RUN.lastIndex = at;
  const run = URL_RUN.exec(text)?.[0] ?? scheme;
  // What follows may be `](`, of which the bracket is not part of the URL.
  if (at + run.length >= text.length - 1 && run.length <= LONGEST_URL && !isLineDone) return 'wait';
  if (run.length > LONGEST_URL) return { kind: 'shown', text: inlineCode(cleanText(run.slice(0, LONGEST_URL))), end: at + LONGEST_URL };
  const url = bareUrl(run);
  if (url.length <= scheme.length) return { kind: 'shown', text: inlineCode(scheme), end: at + scheme.length };
  return { kind: 'shown', text: shownTarget(cleanText(url)), end: at + url.length };
};
