import { isBlank } from './clean-text.ts';
import { createCodeBlock } from './code-block.ts';
import { openFence } from './fence.ts';
import { createGrowingTable } from './growing-table.ts';
import { createHtmlBlock } from './html-block.ts';
import { CODE_COLUMNS, createNesting, readIndentation } from './indentation.ts';
import { createIndentedCode } from './indented-code.ts';
import { boldLine, createInlineText, plainLine } from './inline-text.ts';
import { LONGEST_MARKS, readLineStart, readSourceLine, shownQuote, splitQuote } from './line-start.ts';
import type { GrowingBlock } from './growing-block.ts';
import type { GrowingTable } from './growing-table.ts';
import type { InlineText } from './inline-text.ts';
import type { LineStart, SourceLine } from './line-start.ts';

export interface DisplayOptions {
  /** The users whose mentions stay mentions. All others become text, so that an answer names nobody. */
  readonly allowedUserIds?: Iterable<string>;
}

export interface Display {
  /**
   * What can be shown of a text that only ever grows. It only ever grows too: what is undecided is held back.
   * @param enough nothing is read on for now when so many characters are there; fewer are all there are
   */
  update(markdown: string, enough?: number): string;
  /** The same of the whole text: all of it, unless that is more than enough. */
  finish(markdown: string, enough?: number): string;
}

const RULE = '⎯⎯⎯';
/** Two blank lines are enough anywhere. */
const MOST_LINE_ENDS = 3;
/** How much of a line is read in one go, before it is seen whether that is enough. */
const STRETCH = 1_000;

/** A paragraph, and its line that is read. */
interface Running {
  readonly inline: InlineText;
  readonly from: number;
  /** How far it was read, and how far its end was looked for. */
  readonly readTo: number;
  readonly searched: number;
  /** What stands before the text and was not shown yet. */
  readonly marks: string;
  /** The marks of the quote that it stands in. */
  readonly quote: string;
  /** No other line belongs to it. */
  readonly isAlone: boolean;
  readonly isHeading: boolean;
}

const isQuoted = (line: string): boolean => /^[ \t]*>/.test(line);

const LIST_ITEM = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]/;
const MAY_BECOME_ITEM = /^[ \t>]*(?:[-*+]|\d{1,9}[.)]?)?$/;
/** Fences stay fences however far to the right they stand. */
const MAY_BE_FENCE = /^[ \t>]*(?:`{1,3}|~{1,3})/;

/** A heading may end in the marks that it begins with, which Discord would show. */
const withoutClosing = (line: string): string => {
  const end = line.trimEnd();
  let marks = end.length;
  while (end[marks - 1] === '#') marks -= 1;
  return marks === 0 || ' \t'.includes(end.charAt(marks - 1)) ? line.slice(0, marks).trimEnd() : end;
};

/** What ends a formula that nothing has closed. */
const NO_FORMULA: ReadonlySet<LineStart['kind']> = new Set(['blank', 'blank-quote', 'fence']);

/** Where the lines end that are the same as this one: what shows nothing once shows nothing however often it comes. */
const endOfSame = (text: string, { from, next }: SourceLine): number => {
  if (next === undefined) return text.length;
  const same = text.slice(from, next);
  let end = next;
  while (text.startsWith(same, end)) end += same.length;
  return end;
};

const depthOf = (quote: string): number => (quote === '' ? 0 : quote.split('>').length - 1);

/**
 * Turns a model's Markdown into text that is safe and pleasant on Discord, while it grows, with work in proportion to
 * what was added. Code stays as it is.
 */
export const createDisplay = ({ allowedUserIds = [] }: DisplayOptions = {}): Display => {
  const users = new Set(allowedUserIds);
  const optionsFor = (lineBreak: string) => ({ allowedUserIds: users, lineBreak });
  let shown = '';
  let lineEnds = MOST_LINE_ENDS;
  let at = 0;
  /** Reads one paragraph after the other, from the first one that is more than plain words. */
  let inline: InlineText | undefined;
  /** The line of running text that is being shown, and where its text begins. */
  let running: Running | undefined;
  /** The paragraph that something in it waits for: the next line may go on with it. */
  let held: Running | undefined;
  let code: GrowingBlock | undefined;
  let table: GrowingTable | undefined;
  /** How far the next line was seen to be without an end, and to be blank. */
  const ahead = { endless: 0, blank: 0 };
  let isAfterComment = false;
  let isAfterText = false;
  const nesting = createNesting();
  /** Empty lines of a quote, which show nothing but their mark unless the quote goes on behind them. */
  let quoteGap: string[] = [];
  let isInQuote = false;

  const put = (text: string): void => {
    if (text === '') return;
    shown += `${quoteGap.join('')}${text}`;
    if (quoteGap.length > 0) quoteGap = [];
    let trailing = 0;
    while (trailing < text.length && text[text.length - 1 - trailing] === '\n') trailing += 1;
    lineEnds = trailing === text.length ? lineEnds + trailing : trailing;
  };

  const endLine = (text: string, { next }: SourceLine): void => {
    if (next !== undefined) put('\n');
    at = next ?? text.length;
  };

  const readCode = (text: string, block: GrowingBlock, isFinal: boolean): boolean => {
    const read = block.read(text, at, isFinal);
    put(read.shown);
    const hasMoved = read.at > at;
    at = read.at;
    if (read.isClosed) code = undefined;
    return read.isClosed || hasMoved;
  };

  /** Reads on in running text. False when the line goes on behind what has come. */
  const readRunning = (text: string, open: Running, isFinal: boolean): boolean => {
    const { inline, from } = open;
    const all = readSourceLine(text, from, isFinal, open.searched);
    const readTo = Math.min(open.readTo + STRETCH, from + all.line.length);
    const isRest = readTo === from + all.line.length;
    const source = isRest ? all : { ...all, line: text.slice(from, readTo), isWhole: false };
    const shown = inline.feed(open.isHeading ? withoutClosing(source.line) : source.line, source.isWhole);
    // Alone, the marks at the beginning of a line would be seen as such.
    if (shown !== '') put(`${open.marks}${shown}`);
    const rest = { ...open, marks: shown === '' ? open.marks : '', readTo, searched: all.next === undefined ? text.length : from };
    running = rest;
    if (!source.isWhole) return !isRest;
    running = undefined;
    if (inline.isHeld && inline.fenceAt === undefined && !open.isAlone && source.next !== undefined) {
      held = rest;
      at = source.next;
      return true;
    }
    const opener = inline.fenceAt === undefined ? '' : source.line.slice(inline.fenceAt);
    const fence = openFence(opener);
    put(`${rest.marks}${inline.end()}`);
    endLine(text, source);
    if (fence === undefined) return true;
    code = createCodeBlock(fence, opener);
    return true;
  };

  /** The line at `at`. Its end is looked for once, however it comes. */
  const lineAt = (text: string, isFinal: boolean): SourceLine => {
    const source = readSourceLine(text, at, isFinal, ahead.endless);
    ahead.endless = source.next === undefined ? text.length : source.next - 1;
    return source;
  };

  /** The same, or nothing while it is unknown whether anything will be seen of it. */
  const nextLine = (text: string, isFinal: boolean): SourceLine | undefined => {
    const source = lineAt(text, isFinal);
    if (source.isWhole) return source;
    const isBlankYet = isBlank(text, Math.max(ahead.blank, at));
    if (isBlankYet) ahead.blank = text.length - 1;
    return isBlankYet ? undefined : source;
  };

  /** Goes on with a paragraph in its next line, or ends it before that. False when it is not known yet which. */
  const readHeld = (text: string, open: Running, isFinal: boolean): boolean => {
    const source = nextLine(text, isFinal);
    if (source === undefined) return false;
    const start = readLineStart(text, source, isFinal);
    if (start.kind === 'wait') return false;
    held = undefined;
    const { inline } = open;
    // In a formula it means greater than.
    const isGreater = inline.isInFormula && open.quote === '';
    const { quote } = splitQuote(isGreater ? source.line.replace(/>.*/s, '') : source.line);
    const depth = depthOf(quote);
    const isInFormula = inline.isInFormula && depth === depthOf(open.quote) && !NO_FORMULA.has(start.kind);
    if (isInFormula || (start.kind === 'text' && !start.begins && depth <= depthOf(open.quote))) {
      const isText = start.kind === 'text' && !isInFormula;
      inline.breakLine(`\n${depth === depthOf(open.quote) ? (isText ? start.marks : shownQuote(quote)) : open.quote}`);
      const from = source.from + (isText ? start.length : quote.length);
      running = { ...open, from, readTo: from, searched: from };
      return true;
    }
    put(`${open.marks}${inline.end()}\n`);
    return true;
  };

  const readTable = (text: string, open: GrowingTable, isFinal: boolean): boolean => {
    const source = lineAt(text, isFinal);
    const read = open.read(source, at >= text.length);
    if (read === 'wait') return false;
    put(read.shown);
    if (read.isRow) at = source.next ?? text.length;
    if (read.isClosed) table = undefined;
    return true;
  };

  const showLine = (text: string, source: SourceLine, start: Exclude<LineStart, { readonly kind: 'wait' }>): void => {
    const isUnderText = isAfterText;
    isAfterText = start.kind === 'text' && !start.isAlone;
    switch (start.kind) {
      case 'blank':
        if (source.next !== undefined && lineEnds < MOST_LINE_ENDS && !isAfterComment) put('\n');
        at = lineEnds < MOST_LINE_ENDS ? (source.next ?? text.length) : endOfSame(text, source);
        break;
      case 'blank-quote':
        if (isInQuote && quoteGap.length < MOST_LINE_ENDS - 1) {
          quoteGap.push(`${start.marks}\n`);
          at = source.next ?? text.length;
        } else at = endOfSame(text, source);
        break;
      case 'rule':
        put(`${start.marks}${RULE}`);
        endLine(text, source);
        break;
      case 'heading': {
        put(`${start.marks}${boldLine(start.title, optionsFor(' '))}`);
        endLine(text, source);
        break;
      }
      case 'fence':
        code = createCodeBlock(start.fence, source.line);
        at = source.next ?? text.length;
        break;
      case 'underline':
        if (isUnderText) at = source.next ?? text.length;
        else showLine(text, source, start.asText);
        break;
      case 'comment':
        at = start.end;
        break;
      case 'html':
        if (nesting.columnsAround(readIndentation(source.line)) > 0) showLine(text, source, start.asText);
        else code = createHtmlBlock(start.html, optionsFor('\n'));
        break;
      case 'table':
        table = createGrowingTable(start, optionsFor(`\n${start.quote}`));
        at = start.end;
        break;
      default: {
        const rest = source.line.slice(start.length);
        const plain = source.isWhole && !start.isHeading && rest.length <= STRETCH ? plainLine(rest) : undefined;
        if (plain !== undefined) {
          put(`${start.marks}${plain}`);
          endLine(text, source);
          break;
        }
        const from = source.from + start.length;
        inline ??= createInlineText(true);
        inline.begin(optionsFor(start.lineBreak));
        running = {
          inline,
          marks: start.marks,
          from,
          readTo: from,
          searched: from,
          quote: start.marks.includes('>') ? start.marks.replace(/[^>]*$/, ' ') : '',
          isAlone: start.isAlone,
          isHeading: start.isHeading,
        };
      }
    }
    isAfterComment = start.kind === 'comment';
  };

  /** Whether code begins with the line that nothing but its indentation marks; undefined when that is not known yet. */
  const opensIndentedCode = ({ line, isWhole }: SourceLine): boolean | undefined => {
    if (isAfterText || !/^[ \t>]/.test(line)) return false;
    if (MAY_BECOME_ITEM.test(line.slice(0, LONGEST_MARKS)) && !isWhole && line.length <= LONGEST_MARKS) return undefined;
    if (/^[ \t>]*$/.test(line.slice(0, LONGEST_MARKS))) return false;
    const indentation = readIndentation(line);
    if (indentation.length === line.length) return isWhole ? false : undefined;
    const around = nesting.columnsAround(indentation);
    if (indentation.columns < around + CODE_COLUMNS || (around > 0 && LIST_ITEM.test(line)) || MAY_BE_FENCE.test(line)) return false;
    code = createIndentedCode(indentation.depth, around);
    return true;
  };

  /** Reads on. False when nothing more is decided. */
  const step = (text: string, isFinal: boolean): boolean => {
    if (code !== undefined) return readCode(text, code, isFinal);
    if (running !== undefined) return readRunning(text, running, isFinal);
    if (held !== undefined) return readHeld(text, held, isFinal);
    if (table !== undefined) return (isFinal || at < text.length) && readTable(text, table, isFinal);
    if (at >= text.length) return false;
    const source = nextLine(text, isFinal);
    if (source === undefined) return false;
    const isCode = opensIndentedCode(source);
    if (isCode === undefined) return false;
    const start = isCode ? undefined : readLineStart(text, source, isFinal);
    if (start?.kind === 'wait') return false;
    if (start?.kind !== 'blank-quote') {
      isInQuote = isQuoted(source.line);
      if (!isInQuote) quoteGap = [];
    }
    if (start === undefined) return true;
    if (start.kind !== 'blank' && start.kind !== 'blank-quote' && (!isAfterText || start.kind !== 'text' || start.begins)) nesting.enter(source.line);
    showLine(text, source, start);
    return true;
  };

  const read = (text: string, isFinal: boolean, enough = Number.POSITIVE_INFINITY): string => {
    if (at === 0 && text.startsWith('\uFEFF')) at = 1;
    while (shown.length < enough && step(text, isFinal));
    return shown;
  };

  return {
    update: (markdown, enough) => read(markdown, false, enough),
    finish: (markdown, enough) => read(markdown, true, enough),
  };
};

/** What can be shown of a text: all of it if it is final, else what no text behind it can change. */
export const toDisplayText = (markdown: string, { final, ...options }: { readonly final: boolean } & DisplayOptions): string => {
  const display = createDisplay(options);
  return final ? display.finish(markdown) : display.update(markdown);
};
