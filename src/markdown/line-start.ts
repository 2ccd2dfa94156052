import { isBlank } from './clean-text.ts';
import { openFence } from './fence.ts';
import { readHtmlStart } from './html-start.ts';
import { beginsTable } from './table.ts';
import type { Fence } from './fence.ts';
import type { HtmlStart } from './html-start.ts';

/** What a line turns out to be once enough of it has come; `wait` before that. */
export type LineStart =
  | { readonly kind: 'wait' }
  | { readonly kind: 'blank' }
  | TextStart
  /** An empty line of a quote. */
  | { readonly kind: 'blank-quote'; readonly marks: string }
  | { readonly kind: 'rule'; readonly marks: string }
  | { readonly kind: 'heading'; readonly marks: string; readonly title: string; readonly lineBreak: string }
  /** What makes a heading of the line above, if that is text; else it is text itself. */
  | { readonly kind: 'underline'; readonly asText: TextStart }
  | { readonly kind: 'fence'; readonly fence: Fence }
  | { readonly kind: 'comment'; readonly end: number }
  /** A block of HTML, outside of lists. */
  | { readonly kind: 'html'; readonly html: HtmlStart; readonly asText: TextStart }
  | { readonly kind: 'table'; readonly quote: string; readonly header: string; readonly delimiter: string; readonly end: number };

export interface TextStart {
  readonly kind: 'text';
  /** What stands before the text: a quote, a list's bullet. `length` is how much of the line that was. */
  readonly marks: string;
  readonly length: number;
  readonly lineBreak: string;
  /** The line does not go on with the paragraph above it. */
  readonly begins: boolean;
  /** A heading or small print, to which no other line belongs. */
  readonly isAlone: boolean;
  readonly isHeading: boolean;
}

/** One line of a growing text. */
export interface SourceLine {
  readonly from: number;
  readonly line: string;
  /** Where the next line begins; nothing when there is none. */
  readonly next: number | undefined;
  /** Nothing more will come of this line. */
  readonly isWhole: boolean;
}

const WAIT = { kind: 'wait' } as const;
/** Lines are held back no further than this until it shows what they are; those that begin with a pipe a bit longer. */
const LONGEST_WAIT = 400;
const LONGEST_ROW = 1_000;
/** Marks of quotes and lists beyond this are text. */
export const LONGEST_MARKS = 400;

/** Nothing that begins with a letter begins anything else, which spares most lines the patterns below. */
const BEGINS_TEXT = /^\p{L}/u;
/** As far to the right as a block may begin. */
const MARGIN = /^ {0,3}$/;
const RULE = /^([-*_])(?:[ \t]*\1)*[ \t]*$/;
const LIST_MARKS = /^(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*/;
const HEADING_OR_SMALL = /^(?:#{1,6}(?:[ \t]|$)|-#[ \t])/;
const HEADING_OR_SMALL_MARK = /^(?:#{1,3}|-#)[ \t]+/;
const MAY_BECOME_MARK = /^(?:[-*+]|\d{1,9}[.)]?|#{1,6}[ \t]*|`{1,2}|~{1,2}|<(?:!-?)?|-#[ \t]*)?$/;
const MAY_BECOME_OPENER = /^(?:`{3,}|~{3,})[^`]*$/;

/** @param searched how far the line's end was looked for in vain already */
export const readSourceLine = (text: string, from: number, isFinal: boolean, searched = from): SourceLine => {
  const end = text.indexOf('\n', Math.max(searched, from));
  const to = end < 0 ? text.length : end;
  const line = text.slice(from, text[to - 1] === '\r' && to > from ? to - 1 : to);
  return { from, line, next: end < 0 ? undefined : end + 1, isWhole: end >= 0 || isFinal };
};

/** The quote marks of a line as Discord reads them, each with its space: three without any would quote all of the message. */
export const shownQuote = (quote: string): string => {
  if (!quote.includes('>')) return quote;
  return `${/^[ \t]*/.exec(quote)?.[0] ?? ''}${'> '.repeat(quote.split('>').length - 1)}`;
};

export const splitQuote = (line: string): { readonly quote: string; readonly body: string } => {
  const quote = /^[ \t]*(?:>[ \t]*)*/.exec(line.slice(0, LONGEST_MARKS))?.[0] ?? '';
  return { quote, body: line.slice(quote.length) };
};

const readTable = (text: string, { next }: SourceLine, quote: string, header: string, isFinal: boolean): LineStart | undefined => {
  if (next === undefined) return undefined;
  const below = readSourceLine(text, next, isFinal);
  const under = splitQuote(below.line);
  if (!below.isWhole) return below.line.length <= LONGEST_WAIT && /^[\s|:>-]*$/.test(below.line) ? WAIT : undefined;
  if (under.quote.includes('>') !== quote.includes('>') || !beginsTable(header, under.body)) return undefined;
  return { kind: 'table', quote: quote.includes('>') ? '> ' : quote, header, delimiter: under.body, end: below.next ?? text.length };
};

/** Reads what a line is: from its first characters if possible, and the same however much of the text has come. */
export const readLineStart = (text: string, source: SourceLine, isFinal: boolean): LineStart => {
  const { line, isWhole, from } = source;
  if (isBlank(line)) return isWhole ? { kind: 'blank' } : WAIT;
  const { quote, body } = splitQuote(line);
  if (isBlank(body)) return isWhole ? { kind: 'blank-quote', marks: shownQuote(quote) } : WAIT;
  // A backslash breaks the line that it ends: one alone leaves nothing else of it.
  if (body === '\\' && !quote.includes('>') && (!isWhole || source.next !== undefined)) return isWhole ? { kind: 'blank' } : WAIT;
  const quoteMarks = shownQuote(quote);
  if (BEGINS_TEXT.test(body)) return { kind: 'text', marks: quoteMarks, length: quote.length, lineBreak: `\n${quoteMarks}`, begins: false, isAlone: false, isHeading: false };
  const lists = body.length <= LONGEST_WAIT && RULE.test(body) ? '' : (LIST_MARKS.exec(body.slice(0, LONGEST_MARKS))?.[0] ?? '');
  const rest = body.slice(lists.length);
  const isAlone = HEADING_OR_SMALL.test(rest);
  // Discord's headings stand at the start of their line.
  const isHeading = isAlone && /^#{1,3}[ \t]/.test(rest);
  const marks = isHeading && lists === '' && MARGIN.test(quote) ? '' : `${quoteMarks}${lists}`;
  const alone = isAlone ? (HEADING_OR_SMALL_MARK.exec(rest.slice(0, LONGEST_MARKS))?.[0] ?? '') : '';
  const lineBreak = `\n${quoteMarks}${' '.repeat(lists.length)}`;
  const isShort = rest.length <= LONGEST_WAIT;
  const asText = { kind: 'text', marks: `${marks}${alone}`, length: quote.length + lists.length + alone.length, lineBreak, begins: lists !== '' || isAlone, isAlone, isHeading } as const;
  if (isShort && lists === '' && /^=+[ \t]*$/.test(rest)) return isWhole ? { kind: 'underline', asText } : WAIT;
  if (!isWhole && isShort && MAY_BECOME_MARK.test(rest)) return WAIT;
  if (isShort && RULE.test(rest)) {
    if (!isWhole) return WAIT;
    if (rest.replace(/[ \t]/g, '').length >= 3) return { kind: 'rule', marks };
  }
  if (isShort && MAY_BECOME_OPENER.test(rest)) {
    const fence = openFence(line);
    if (!isWhole) return WAIT;
    if (fence !== undefined) return { kind: 'fence', fence };
  }
  if (isShort && /^#{4,6}[ \t]/.test(rest)) {
    const title = rest.replace(/^#+/, '').replace(/[ \t]#+[ \t]*$/, '').trim();
    return isWhole ? { kind: 'heading', marks, title, lineBreak } : WAIT;
  }
  if (rest.startsWith('<!--') && marks.trim() === '') {
    const begin = from + line.indexOf('<!--');
    const close = text.slice(begin, begin + LONGEST_WAIT + 3).indexOf('-->', 4);
    if (close >= 0) return { kind: 'comment', end: begin + close + 3 };
    if (close < 0 && !isFinal && text.length - begin <= LONGEST_WAIT) return WAIT;
  }
  const html = lists === '' && MARGIN.test(quote) ? readHtmlStart(rest, isWhole) : undefined;
  if (html !== undefined) return html === 'wait' ? WAIT : { kind: 'html', html, asText };
  if (lists !== '' || !rest.startsWith('|') || rest.length > LONGEST_ROW) return asText;
  return isWhole ? (readTable(text, source, quote, rest, isFinal) ?? asText) : WAIT;
};
