import { cleanText } from './clean-text.ts';
import { createInlineReader } from './inline-reader.ts';
import { createInlineWriter } from './inline-writer.ts';
import { SOFT } from './marks.ts';
import type { WriterOptions } from './inline-writer.ts';

export interface InlineText {
  /** Another text begins. */
  begin(options: WriterOptions): void;
  /**
   * Takes the line as far as it has come, and gives what there is to show of it beyond what was given before.
   * @param isWhole nothing more will come of this line
   */
  feed(line: string, isWhole: boolean): string;
  /** The text goes on in a new line, before which this is shown. */
  breakLine(shown: string): void;
  /** Nothing more will come: the rest of what there is to show. */
  end(): string;
  /** Whether something waits for what the next lines bring. */
  readonly isHeld: boolean;
  /** Whether it is a formula that waits, whose lines are no lists, whatever they begin with. */
  readonly isInFormula: boolean;
  /** Where in a whole line a code block opens that does not stand on a line of its own. */
  readonly fenceAt: number | undefined;
}

/** Reads a growing paragraph of running text and makes it safe and fit to show. What was shown stays. */
export const createInlineText = (mayOpenBlock: boolean): InlineText => {
  const reader = createInlineReader(mayOpenBlock);
  const writer = createInlineWriter();
  return {
    begin: (options) => {
      reader.begin(options.lineBreak);
      writer.begin(options);
    },
    feed: (line, isWhole) => {
      reader.line(line, isWhole);
      const items = reader.take();
      // At the end of a line nothing grows on but what the reader holds.
      return writer.write(items, reader.ahead(), isWhole && !reader.isHeld);
    },
    breakLine: (shown) => reader.breakLine(shown),
    end: () => {
      reader.end();
      return writer.write(reader.take(), [], true);
    },
    get isHeld() {
      return reader.isHeld || writer.isHeld;
    },
    get isInFormula() {
      return reader.isInFormula;
    },
    get fenceAt() {
      return reader.fenceAt;
    },
  };
};

const NOT_PLAIN = /[\\`*_~<&[\]$@\p{C}\p{M}]|\|\||https?:|:\/\/|[.。．｡](?:gg|com)[\\/]/iu;

/** A whole line as it is shown if nothing in it is anything but characters that mean themselves: most lines are such. */
export const plainLine = (line: string): string | undefined => {
  if (NOT_PLAIN.test(line) || cleanText(line) !== line) return undefined;
  return line.includes('|') ? line.replaceAll('|', `${SOFT}|`) : line;
};

const wholeLine = createInlineText(false);

/** A whole line of running text, made safe to show. */
export const inlineText = (line: string, options: WriterOptions): string => {
  const plain = plainLine(line);
  if (plain !== undefined) return plain;
  wholeLine.begin(options);
  return `${wholeLine.feed(line, true)}${wholeLine.end()}`;
};

/** The same in bold, where it has nothing in it that would end that. */
export const boldLine = (line: string, options: WriterOptions): string => {
  const bold = inlineText(line, { ...options, inside: '**' }).trim();
  return bold === '' || bold.includes('**') ? bold : `**${bold}**`;
};
