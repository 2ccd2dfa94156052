import { CODE_COLUMNS, readIndentation } from './indentation.ts';
import { readSourceLine } from './line-start.ts';
import type { CodeBlock, CodeRead } from './code-block.ts';

/** Longer than any fence in the code, which then becomes a file as fenced code does; and than those that are meant for such code. */
const MARKER = '````````';
/** At the end of a line that grows: space that may be all of it, half of a line end. */
const UNDECIDED = /[ \t\r]*$/;

/** A line without its first columns, of which a tab may be some. */
const without = (columns: number, line: string): string => {
  let column = 0;
  let at = 0;
  for (; column < columns; at += 1) column += line[at] === '\t' ? 4 - (column % 4) : 1;
  return `${' '.repeat(column - columns)}${line.slice(at)}`;
};

/**
 * Shows code that nothing but its indentation marks, of which Discord knows nothing, in a fence, while it grows.
 * @param depth how many quotes it stands in
 * @param around where the text of the list's item begins that it stands in
 */
export const createIndentedCode = (depth: number, around: number): CodeBlock => {
  const marks = `${depth > 0 ? '> ' : ''}${' '.repeat(around)}`;
  /** Blank lines that are code only if code comes behind them, and where the first of them begins. */
  let blanks = 0;
  let blanksFrom: number | undefined;
  let isOpen = false;
  /** How much of the line that is being read was shown. */
  let taken = 0;

  const readLine = (text: string, at: number, isFinal: boolean): CodeRead | 'wait' => {
    const { line, next, isWhole } = readSourceLine(text, at, isFinal);
    const indentation = readIndentation(line);
    const end = next ?? text.length;
    const isBlank = indentation.length >= line.length;
    if (isBlank && !isWhole) return 'wait';
    if (isBlank && indentation.depth === depth && next !== undefined) {
      blanksFrom ??= at;
      blanks += 1;
      return { shown: '', at: end, isClosed: false };
    }
    if (isBlank || indentation.depth !== depth || indentation.columns < around + CODE_COLUMNS) return { shown: `${marks}${MARKER}\n`, at: blanksFrom ?? at, isClosed: true };
    const behind = line.slice(indentation.length);
    const code = `${marks}${without(around + CODE_COLUMNS, `${' '.repeat(indentation.columns)}${behind}`)}`;
    const sofar = isWhole ? code : code.replace(UNDECIDED, '');
    const opening = isOpen ? '' : `${marks}${MARKER}\n`;
    const shown = `${opening}${`${depth > 0 ? '> ' : ''}\n`.repeat(blanks)}${sofar.slice(taken)}${isWhole ? '\n' : ''}`;
    isOpen = true;
    blanks = 0;
    blanksFrom = undefined;
    taken = isWhole ? 0 : sofar.length;
    return { shown, at: isWhole ? end : at, isClosed: false };
  };

  return {
    read: (text, from, isFinal) => {
      let shown = '';
      let at = from;
      while (at < text.length) {
        const read = readLine(text, at, isFinal);
        if (read === 'wait') break;
        shown += read.shown;
        const isStill = read.at === at && !read.isClosed;
        at = read.at;
        if (read.isClosed) return { shown, at, isClosed: true };
        if (isStill) break;
      }
      if (isFinal && isOpen) return { shown: `${shown}${marks}${MARKER}\n`, at: text.length, isClosed: true };
      return { shown, at, isClosed: false };
    },
  };
};
