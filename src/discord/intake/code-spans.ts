/** A piece of a message, and whether Discord shows it as code. */
export interface Piece {
  readonly text: string;
  readonly isCode: boolean;
}

interface Run {
  readonly start: number;
  readonly end: number;
  /** By the number of backticks: where the next run is that ends code which began with so many. */
  readonly next: readonly [one: number, two: number, block: number];
}

const kindOf = (length: number): 0 | 1 | 2 => (length === 1 ? 0 : length === 2 ? 1 : 2);

/** Where backticks stand together. */
const runsOf = (content: string): Run[] => {
  const runs: Run[] = [];
  const next: [number, number, number] = [-1, -1, -1];
  const found = Array.from(content.matchAll(/`+/gu), ({ 0: text, index }) => ({ start: index, end: index + text.length }));
  for (let index = found.length - 1; index >= 0; index -= 1) {
    const { start, end } = found[index] ?? { start: 0, end: 0 };
    runs.push({ start, end, next: [...next] });
    next[kindOf(end - start)] = index;
  }
  return runs.reverse();
};

/** A backslash before a backtick makes it ordinary, unless another one makes the backslash so. */
const isEscaped = (content: string, at: number): boolean => {
  let first = at;
  while (content[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
};

/**
 * A message's text in pieces, code and the rest by turns. Code ends at the next run of as many backticks, a block at the
 * next of three or more; what has no end is none. The work grows with the text.
 */
export const piecesOf = (content: string): Piece[] => {
  const runs = content.includes('`') ? runsOf(content) : [];
  const pieces: Piece[] = [];
  let from = 0;
  for (let index = 0; index < runs.length; index += 1) {
    const opening = runs[index];
    if (opening === undefined) continue;
    const start = isEscaped(content, opening.start) ? opening.start + 1 : opening.start;
    const closingIndex = start === opening.end ? -1 : opening.next[kindOf(opening.end - start)];
    const closing = runs[closingIndex];
    if (closing === undefined) continue;
    if (start > from) pieces.push({ text: content.slice(from, start), isCode: false });
    pieces.push({ text: content.slice(start, closing.end), isCode: true });
    from = closing.end;
    index = closingIndex;
  }
  if (from < content.length) pieces.push({ text: content.slice(from), isCode: false });
  return pieces;
};
