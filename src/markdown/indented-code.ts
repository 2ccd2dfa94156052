import { BLOCK_STRETCH, createGrowingLine, readLines } from './growing-block.ts';
import { CODE_COLUMNS, readIndentation } from './indentation.ts';
import { readSourceLine } from './line-start.ts';
import type { BlockRead, GrowingBlock } from './growing-block.ts';

/** Longer than any fence in the code, which then becomes a file as fenced code does; and than those that are meant for such code. */
const MARKER = '````````';
/** At the end of a line that grows: space that may be all of it, half of a line end. */
const UNDECIDED = ' \t\r';
/** What may be all of a line that shows nothing. */
const NOTHING = ' \t\r>';


/**
 * Shows code that nothing but its indentation marks, of which Discord knows nothing, in a fence, while it grows.
 * @param depth how many quotes it stands in
 * @param around where the text of the list's item begins that it stands in
 */
export const createIndentedCode = (depth: number, around: number): GrowingBlock => {
  const marks = `${depth > 0 ? '> ' : ''}${' '.repeat(around)}`;
  /** Blank lines that are code only if code comes behind them, and where the first of them begins. */
  let blanks = 0;
  let blanksFrom: number | undefined;
  let isOpen = false;
  /** From where on the line that is being read was not shown yet, if some of it was. */
  let rest: number | undefined;
  const starting = createGrowingLine(NOTHING);
  const growing = createGrowingLine(UNDECIDED);

  /** Goes on in a line that was shown in part. */
  const readRest = (text: string, from: number, isFinal: boolean): BlockRead | 'wait' => {
    const { line, next, isWhole } = readSourceLine(text, from, isFinal, growing.lookedTo(from));
    const to = isWhole ? from + line.length : growing.tailOf(text, from, from + line.length);
    if (!isWhole && to === from) return 'wait';
    const shown = `${text.slice(from, to)}${isWhole ? '\n' : ''}`;
    rest = isWhole ? undefined : to;
    return { shown, at: isWhole ? (next ?? text.length) : to, isClosed: false };
  };

  const readLine = (text: string, at: number, isFinal: boolean): BlockRead | 'wait' => {
    if (rest !== undefined) return readRest(text, rest, isFinal);
    const { line, next, isWhole } = readSourceLine(text, at, isFinal, starting.lookedTo(at));
    if (!isWhole && starting.tailOf(text, at, at + line.length) === at) return 'wait';
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
    const from = at + indentation.length;
    const to = isWhole ? at + line.length : growing.tailOf(text, from, at + line.length);
    if (to === from) return 'wait';
    const opening = isOpen ? '' : `${marks}${MARKER}\n`;
    const gap = `${depth > 0 ? '> ' : ''}\n`.repeat(blanks);
    const code = `${marks}${' '.repeat(indentation.columns - around - CODE_COLUMNS)}${text.slice(from, to)}`;
    isOpen = true;
    blanks = 0;
    blanksFrom = undefined;
    rest = isWhole ? undefined : to;
    return { shown: `${opening}${gap}${code}${isWhole ? '\n' : ''}`, at: isWhole ? end : to, isClosed: false };
  };

  return {
    read: (text, from, isFinal) => {
      const block = readLines(from, (at) => at < text.length, (at) => readLine(text, at, isFinal));
      const isCut = block.shown.length >= BLOCK_STRETCH && block.at < text.length;
      if (block.isClosed || isCut || !isFinal || !isOpen) return block;
      return { shown: `${block.shown}${rest === undefined ? '' : '\n'}${marks}${MARKER}\n`, at: text.length, isClosed: true };
    },
  };
};
