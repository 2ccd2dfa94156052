import { splitQuote } from './line-start.ts';
import { showTable } from './table.ts';
import type { TokenOptions } from './inline-tokens.ts';
import type { SourceLine } from './line-start.ts';

/** Longer tables go on as another one with the same header: a growing text must not be held up by all of its rows. */
const LONGEST_TABLE = 8_000;

/** Longer lines are none of its rows, as nothing is shown of one before its end. */
const LONGEST_ROW = 4_000;

export interface TableRead {
  readonly shown: string;
  /** The line is a row of the table. */
  readonly isRow: boolean;
  readonly isClosed: boolean;
}

export interface GrowingTable {
  /**
   * Reads the next line, or what there is where the text ends.
   * @param isOver there is none
   */
  read(source: SourceLine, isOver: boolean): TableRead | 'wait';
}

/** Shows a table when all of its rows have come, as their widths depend on each other. */
export const createGrowingTable = (
  { quote, header, delimiter }: { readonly quote: string; readonly header: string; readonly delimiter: string },
  options: TokenOptions,
): GrowingTable => {
  const isFramed = header.trimStart().startsWith('|');
  let rows: string[] = [];
  /** How long they are, and whether others were shown before them. */
  let length = 0;
  let isRest = false;

  const show = (): string => {
    const lines = isRest && rows.length === 0 ? [] : showTable({ header, delimiter, rows }, options);
    return lines.map((line) => `${quote}${line}\n`).join('');
  };

  return {
    read: (source, isOver) => {
      const { quote: marks, body } = splitQuote(source.line);
      const isShort = source.line.length <= LONGEST_ROW;
      const isInQuote = marks.includes('>') === quote.includes('>');
      if (!source.isWhole && isShort && (body === '' || (isInQuote && (!isFramed || body.startsWith('|'))))) return 'wait';
      const isRow = !isOver && isShort && isInQuote && (isFramed ? body.startsWith('|') : body.includes('|'));
      if (!isRow) return { shown: show(), isRow, isClosed: true };
      rows.push(body);
      length += body.length;
      if (length < LONGEST_TABLE) return { shown: '', isRow, isClosed: false };
      const shown = show();
      rows = [];
      length = 0;
      isRest = true;
      return { shown, isRow, isClosed: false };
    },
  };
};
