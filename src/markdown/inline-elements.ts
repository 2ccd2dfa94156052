/** Where a text may be cut: never here. */
export const NEVER = 1;
/** Inside of an element that nothing has closed yet: it may turn out to be no element. */
export const UNFINISHED = 2;
/** Inside of emphasis or a spoiler, whose marks would stand alone on both sides. */
export const EMPHASIS = 4;

/** Told of each element: a cut strictly between `from` and `to` would break it. */
export type Mark = (from: number, to: number, flag: number) => void;

/** What stands before a character that means itself belongs to it. */
const TOKEN = /[\\\uFDD1].|`+|!?\[|\]|<|https?:\/\/|\*+|_+|~+|\|+/gis;
const ESCAPED = /^[\\\uFDD1]/;
/** The first space is taken as a whole, or not at all: else each part of it would be tried against the space behind. */
const DESTINATION = /\((?=(?<space>\s*))\k<space>(?:<[^<>\n]*>|(?:\\.|[^\s()\\]|\([^\s()]*\))*)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
/** A mention, emoji, timestamp, command (which may hold spaces) or URL; at the end of the text also the beginning of one. */
const ANGLE = /<(?:\/[^<>\n]{0,99}|[^\s<>]*)(?:>|$)/y;
const URL_REST = /(?:(?!\]\()[^\s<>])*/y;
const WORD = /[\p{L}\p{N}]/u;

const endOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
};

/** The end of the run of backticks that closes a code span: exactly as long as the one that opened it. */
export const codeSpanEnd = (text: string, run: string, from: number, to = text.length): number => {
  for (let at = text.indexOf(run, from); at >= 0 && at < to; ) {
    let end = at + run.length;
    while (text[end] === '`') end += 1;
    if (end - at === run.length) return end <= to ? end : -1;
    at = text.indexOf(run, end);
  }
  return -1;
};

interface OpenEmphasis {
  readonly run: string;
  readonly at: number;
}

/** Emphasis is paired roughly: it is only a wish not to cut there. */
const scanEmphasis = (text: string, run: string, at: number, open: OpenEmphasis[], mark: Mark): void => {
  const end = at + run.length;
  const before = text[at - 1] ?? ' ';
  const after = text[end] ?? ' ';
  const isDouble = run.startsWith('|') || run.startsWith('~');
  if ((isDouble && run.length !== 2) || (run.startsWith('_') && WORD.test(before) && WORD.test(after))) return;
  const opener = before.trim() === '' ? -1 : open.findLastIndex((one) => one.run === run);
  if (opener >= 0) {
    mark(open[opener]?.at ?? at, end, EMPHASIS);
    open.length = opener;
  } else if (after.trim() !== '') {
    open.push({ run, at });
  }
};

/**
 * Marks the elements of one paragraph that a cut would break.
 * @param isOpen the paragraph may go on after this text, so that elements without an end may still get one
 */
export const markElements = (text: string, isOpen: boolean, mark: Mark): void => {
  const brackets: number[] = [];
  const emphasis: OpenEmphasis[] = [];
  const beyond = text.length + 1;
  const lastRound = text.lastIndexOf(')');
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
    const token = found[0];
    const at = found.index;
    let end = at + token.length;
    if (token.startsWith('`')) {
      const close = codeSpanEnd(text, token, end);
      mark(at, close < 0 ? end : close, NEVER);
      if (close >= 0) end = close;
      else if (isOpen) mark(at, beyond, UNFINISHED);
    } else if (token.endsWith('[') && !ESCAPED.test(token)) {
      brackets.push(at);
    } else if (token === ']') {
      const open = brackets.pop();
      const close = text[end] === '(' ? endOf(DESTINATION, text, end) : -1;
      if (open !== undefined && close >= 0) {
        mark(open, close, NEVER);
        end = close;
      } else if (open !== undefined && isOpen && (end === text.length || (text[end] === '(' && lastRound < end))) {
        mark(open, beyond, UNFINISHED);
      }
    } else if (token === '<') {
      const close = endOf(ANGLE, text, at);
      if (close >= 0) {
        mark(at, close === text.length && isOpen ? beyond : close, NEVER);
        end = close;
      }
    } else if (/^https?:/i.test(token)) {
      end = endOf(URL_REST, text, at);
      mark(at, end === text.length && isOpen ? beyond : end, NEVER);
    } else {
      if (token.length > 1) mark(at, end, NEVER);
      if (!ESCAPED.test(token)) scanEmphasis(text, token, at, emphasis, mark);
    }
    TOKEN.lastIndex = end;
  }
  const [bracket] = brackets;
  if (isOpen && bracket !== undefined) mark(bracket, beyond, UNFINISHED);
  const [first] = emphasis;
  if (isOpen && first !== undefined) mark(first.at, beyond, EMPHASIS);
};
