import { createCodeBlock } from './code-block.ts';
import { openFence } from './fence.ts';
import { createInlineText, inlineText } from './inline-text.ts';
import { readLineStart, readSourceLine, splitQuote } from './line-start.ts';
import { showTable } from './table.ts';
import type { CodeBlock } from './code-block.ts';
import type { InlineText } from './inline-text.ts';
import type { LineStart, SourceLine } from './line-start.ts';

export interface DisplayOptions {
  /** The users whose mentions stay mentions. All others become text, so that an answer names nobody. */
  readonly allowedUserIds?: Iterable<string>;
}

export interface Display {
  /** What can be shown of a text that only ever grows. It only ever grows too: what is undecided is held back. */
  update(markdown: string): string;
  /** All of the whole text. */
  finish(markdown: string): string;
}

const RULE = '⎯⎯⎯';
/** Two blank lines are enough anywhere. */
const MOST_LINE_ENDS = 3;

interface OpenTable {
  readonly quote: string;
  readonly header: string;
  readonly delimiter: string;
  readonly rows: string[];
}

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
  /** The line of running text that is being shown, and where its text begins. */
  let running: { readonly text: InlineText; readonly from: number } | undefined;
  let code: CodeBlock | undefined;
  let table: OpenTable | undefined;
  let isAfterComment = false;

  const put = (text: string): void => {
    if (text === '') return;
    shown += text;
    let trailing = 0;
    while (trailing < text.length && text[text.length - 1 - trailing] === '\n') trailing += 1;
    lineEnds = trailing === text.length ? lineEnds + trailing : trailing;
  };

  const endLine = (text: string, { next }: SourceLine): void => {
    if (next !== undefined) put('\n');
    at = next ?? text.length;
  };

  const readCode = (text: string, block: CodeBlock, isFinal: boolean): boolean => {
    const read = block.read(text, at, isFinal);
    put(read.shown);
    at = read.at;
    if (read.isClosed) code = undefined;
    return read.isClosed;
  };

  /** Reads on in running text. False when the line goes on behind what has come. */
  const readRunning = (text: string, { text: inline, from }: { readonly text: InlineText; readonly from: number }, isFinal: boolean): boolean => {
    const source = readSourceLine(text, from, isFinal);
    put(inline.feed(source.line, source.isWhole));
    if (!source.isWhole) return false;
    const opener = inline.fenceAt === undefined ? '' : source.line.slice(inline.fenceAt);
    const fence = openFence(opener);
    endLine(text, source);
    running = undefined;
    if (fence === undefined) return true;
    code = createCodeBlock(fence, opener);
    return true;
  };

  const readTable = (text: string, open: OpenTable, isFinal: boolean): boolean => {
    const source = readSourceLine(text, at, isFinal);
    const { quote, body } = splitQuote(source.line);
    const isFramed = open.header.trimStart().startsWith('|');
    const isInQuote = quote.includes('>') === open.quote.includes('>');
    if (!source.isWhole && (body === '' || (isInQuote && (!isFramed || body.startsWith('|'))))) return false;
    if (at < text.length && isInQuote && (isFramed ? body.startsWith('|') : body.includes('|'))) {
      open.rows.push(body);
      at = source.next ?? text.length;
      return true;
    }
    const lines = showTable(open, optionsFor(`\n${open.quote}`));
    put(lines.map((line) => `${open.quote}${line}\n`).join(''));
    table = undefined;
    return true;
  };

  const showLine = (text: string, source: SourceLine, start: Exclude<LineStart, { readonly kind: 'wait' }>): void => {
    switch (start.kind) {
      case 'blank':
        if (source.next !== undefined && lineEnds < MOST_LINE_ENDS && !isAfterComment) put('\n');
        at = source.next ?? text.length;
        break;
      case 'rule':
        put(`${start.marks}${RULE}`);
        endLine(text, source);
        break;
      case 'heading': {
        const title = inlineText(start.title.replaceAll('**', ''), optionsFor(' ')).trim();
        put(`${start.marks}${title === '' ? '' : `**${title}**`}`);
        endLine(text, source);
        break;
      }
      case 'fence':
        code = createCodeBlock(start.fence, source.line);
        at = source.next ?? text.length;
        break;
      case 'comment':
        at = start.end;
        break;
      case 'table':
        table = { ...start, rows: [] };
        at = start.end;
        break;
      default:
        put(start.marks);
        running = { text: createInlineText(optionsFor(start.lineBreak), true), from: source.from + start.length };
    }
    isAfterComment = start.kind === 'comment';
  };

  /** Reads on. False when nothing more is decided. */
  const step = (text: string, isFinal: boolean): boolean => {
    if (code !== undefined) return readCode(text, code, isFinal);
    if (running !== undefined) return readRunning(text, running, isFinal);
    if (table !== undefined) return (isFinal || at < text.length) && readTable(text, table, isFinal);
    if (at >= text.length) return false;
    const source = readSourceLine(text, at, isFinal);
    const start = readLineStart(text, source, isFinal);
    if (start.kind === 'wait') return false;
    showLine(text, source, start);
    return true;
  };

  const read = (text: string, isFinal: boolean): string => {
    if (at === 0 && text.startsWith('\uFEFF')) at = 1;
    while (step(text, isFinal));
    return shown;
  };

  return {
    update: (markdown) => read(markdown, false),
    finish: (markdown) => read(markdown, true),
  };
};

/** What can be shown of a text: all of it if it is final, else what no text behind it can change. */
export const toDisplayText = (markdown: string, { final, ...options }: { readonly final: boolean } & DisplayOptions): string => {
  const display = createDisplay(options);
  return final ? display.finish(markdown) : display.update(markdown);
};
