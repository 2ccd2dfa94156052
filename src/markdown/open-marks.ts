import { codeSpanEnd } from './inline-elements.ts';
import { SOFT } from './marks.ts';

/** The most characters that marks take which are open in one place: one of each kind. */
export const MOST_MARKS = '***~~||'.length;

/** From left to right: what is escaped, code, what stands in angle brackets, the end of a paragraph or the item of a list, runs of marks. */
const TOKEN = new RegExp(`[\\\\${SOFT}][^]|(?:^|\\n)[ \\t>]*~{3,}[^]*?(?:\\n[ \\t>]*~{3,}|$)|\`+|<[^\\s<>${SOFT}]+>|(?:^|\\n)[ \\t>]*(?:(?=\\n)|(?:(?:[-*+]|\\d{1,9}[.)])[ \\t]+)+)|\\*+|_+|~~|\\|\\|`, 'g');
const RUN = /\*+|_+|~~|\|\|/y;
const IS_EDGE = /^\n?[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|$)/;
const LAST_RUN = /(?:\*+|_+|~~|\|\|)$/;

const endOfCode = (text: string, inside: number, ticks: string): number => {
  if (ticks.length < 3) return Math.max(codeSpanEnd(text, ticks, inside), inside);
  const end = text.indexOf('```', inside);
  return end < 0 ? text.length : end + 3;
};

const BOTH_STARS: readonly string[] = ['**', '*'];

/** Whether a token is a run of marks: what else begins with one ends in space, and a fence is longer. */
const isRun = (token: string): boolean => {
  const last = token.charAt(token.length - 1);
  return last === '*' || last === '_' ? token.startsWith(last) : token === '~~' || token === '||';
};

/** The marks that are open at the end of a text for Discord, from the outside in. What is no mark has its backslash, or stands behind the character for it. */
export const openMarks = (text: string): readonly string[] => {
  const open: string[] = [];
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
    const [token] = found;
    // A blank line at the beginning has nothing in it that a search would go on behind.
    if (token === '') TOKEN.lastIndex += 1;
    if (isRun(token)) {
      const isBeforeSpace = text.charAt(TOKEN.lastIndex).trim() === '';
      const mayOpen = !isBeforeSpace || TOKEN.lastIndex === text.length;
      // A run of stars may be two marks, of which none nests in its like.
      for (const mark of token.length > 2 && token.startsWith('*') ? BOTH_STARS : [token]) {
        const at = open.indexOf(mark);
        if (at >= 0) open.splice(at, 1);
        else if (mayOpen) open.push(mark);
      }
    } else if (token.startsWith('`')) TOKEN.lastIndex = endOfCode(text, TOKEN.lastIndex, token);
    else if (IS_EDGE.test(token)) open.length = 0;
  }
  return open;
};

/** Where to cut instead of right behind a mark that begins something, or right before one that ends it. @param head what stands before the text */
export const besideMarks = (head: string, text: string, at: number): number => {
  const openAt = (to: number): number => openMarks(`${head}${text.slice(0, to)}`).length;
  let [place, open] = [at, openAt(at)];
  for (;;) {
    RUN.lastIndex = place;
    const end = open > 0 && RUN.test(text) ? RUN.lastIndex : 0;
    const after = end > 0 ? openAt(end) : open;
    if (after >= open) break;
    place = end;
    open = after;
  }
  for (;;) {
    const run = LAST_RUN.exec(text.slice(0, place))?.[0] ?? '';
    const before = place - run.length;
    const without = run !== '' && before > 0 ? openAt(before) : open;
    if (without >= open) return place;
    place = before;
    open = without;
  }
};
