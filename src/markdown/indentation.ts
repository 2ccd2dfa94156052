/** What stands before the text of a line. */
export interface Indentation {
  /** How many quotes the line stands in. */
  readonly depth: number;
  /** How far right its text begins behind their marks; a tab goes on to the next of every four columns. */
  readonly columns: number;
  /** How many characters of the line all of that is. */
  readonly length: number;
}

const QUOTES = /^(?: {0,3}> ?)*/;
const ITEM = /(?:[-*+]|\d{1,9}[.)])([ \t]+)(?=\S)/y;
/** Of code that nothing but its indentation marks, beyond the item that it stands in. https://spec.commonmark.org/0.31.2/#indented-code-blocks */
export const CODE_COLUMNS = 4;

export const readIndentation = (line: string): Indentation => {
  const quotes = QUOTES.exec(line)?.[0] ?? '';
  let length = quotes.length;
  let columns = 0;
  for (; line[length] === ' ' || line[length] === '\t'; length += 1) columns += line[length] === ' ' ? 1 : 4 - (columns % 4);
  return { depth: quotes.split('>').length - 1, columns, length };
};

export interface Nesting {
  /** A line begins that does not go on with the paragraph above it. */
  enter(line: string): void;
  /** Where the text of the innermost item of a list begins that such a line would stand in. */
  columnsAround(indentation: Indentation): number;
}

/** Follows how lists are nested in each other, by where the text of their items begins. */
export const createNesting = (): Nesting => {
  let depthNow = 0;
  let items: number[] = [];
  const around = ({ depth, columns }: Indentation): number[] => (depth === depthNow ? items.filter((from) => from <= columns) : []);
  return {
    enter: (line) => {
      const indentation = readIndentation(line);
      items = around(indentation);
      depthNow = indentation.depth;
      let { columns, length: at } = indentation;
      for (;;) {
        ITEM.lastIndex = at;
        const [marker, space = ''] = ITEM.exec(line) ?? [];
        if (marker === undefined) return;
        columns += marker.length - (space.length > CODE_COLUMNS ? space.length - 1 : 0);
        items.push(columns);
        at += marker.length;
      }
    },
    columnsAround: (indentation) => around(indentation).at(-1) ?? 0,
  };
};
