import { createCodeSpans } from './code-spans.ts';
import type { CodeSpans } from './code-spans.ts';

const NO_MARKS = /[^\\|`]+/y;
const NO_PIPES = /[^\\|]+/y;

/** The end of the run of backticks that begins there. */
export const ticksEnd = (text: string, at: number): number => {
  let end = at + 1;
  while (text[end] === '`') end += 1;
  return end;
};

const pieceEnd = (text: string, at: number, spans: CodeSpans | undefined): number => {
  const first = text[at];
  if (first === '|') return at + 1;
  if (first === '\\') return Math.min(at + 2, text.length);
  if (first === '`' && spans !== undefined) {
    const inside = ticksEnd(text, at);
    const end = spans.endOf(text, at, inside - at, true);
    return typeof end === 'number' ? end + inside - at : inside;
  }
  const pattern = spans === undefined ? NO_PIPES : NO_MARKS;
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at + 1;
};

/** Splits at the pipes that are not escaped, nor in a code span if `areSpansWhole`. */
export const splitRow = (line: string, areSpansWhole: boolean): string[] => {
  const text = line.trim();
  const spans = areSpansWhole && text.includes('`') ? createCodeSpans() : undefined;
  const cells: string[] = [];
  let cell = '';
  for (let at = 0; at < text.length; ) {
    const end = pieceEnd(text, at, spans);
    const piece = text.slice(at, end);
    at = end;
    if (piece === '|') {
      cells.push(cell.trim());
      cell = '';
    } else {
      cell += piece.includes('\\') ? piece.replaceAll('\\|', '|') : piece;
    }
  }
  if (cell.trim() !== '') cells.push(cell.trim());
  if (text.startsWith('|')) cells.shift();
  return cells;
};
