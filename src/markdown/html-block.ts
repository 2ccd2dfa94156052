import { isBlank, undecidedTail } from './clean-text.ts';
import { openFence } from './fence.ts';
import { readLines } from './growing-block.ts';
import { createInlineWriter } from './inline-writer.ts';
import { readSourceLine } from './line-start.ts';
import { literalLine } from './inline-item.ts';
import type { BlockRead, GrowingBlock } from './growing-block.ts';
import type { HtmlStart } from './html-start.ts';
import type { TokenOptions } from './inline-tokens.ts';

/** How much of a line is read in one go. */
const STRETCH = 1_000;
/** Two blank lines are enough. */
const MOST_BLANKS = 2;
/** Longer lines are not blank, and none is held back any further until it shows what it begins with. */
const LONGEST_START = 400;
const MAY_BECOME_MARK = /^(?:\d{1,9}\.?|[-*#>]+)?$/;
const MAY_BECOME_FENCE = /^(?:`+|~+)[^`]*$/;

/** Shows a block of HTML while it grows: its tags and all of its text as they are, without any mark. */
export const createHtmlBlock = ({ end }: HtmlStart, options: TokenOptions): GrowingBlock => {
  const writer = createInlineWriter();
  /** How far the line was read that was shown in part, where it begins, and how far its end was looked for. */
  let partly: { readonly from: number; readonly to: number; readonly searched: number } | undefined;
  let blanks = 0;

  const readLine = (text: string, at: number, isFinal: boolean): BlockRead | 'wait' => {
    const { from, to: readTo, searched } = partly ?? { from: at, to: at, searched: at };
    const source = readSourceLine(text, from, isFinal, searched);
    const { line, next, isWhole } = source;
    const lineEnd = from + line.length;
    const start = /^[ \t]*/.exec(line.slice(0, LONGEST_START))?.[0].length ?? 0;
    if (readTo === from) {
      const near = line.slice(start, LONGEST_START);
      const isShort = line.length <= LONGEST_START;
      const isEmpty = isShort && isBlank(near);
      const mayBeFence = isShort && end === undefined && MAY_BECOME_FENCE.test(near);
      if (!isWhole && (mayBeFence || isEmpty || (isShort && MAY_BECOME_MARK.test(near)))) return 'wait';
      if (isEmpty) {
        blanks += 1;
        if (end === undefined) return { shown: '', at: from, isClosed: true };
        return { shown: blanks > MOST_BLANKS || next === undefined ? '' : '\n', at: next ?? text.length, isClosed: false };
      }
      // Who opens one within tags means code.
      if (mayBeFence && openFence(line) !== undefined) return { shown: '', at: from, isClosed: true };
      writer.begin(options);
    }
    blanks = 0;
    let to = Math.min(readTo + STRETCH, lineEnd);
    const isRest = isWhole && to === lineEnd;
    if (!isRest) to -= undecidedTail(text.slice(Math.max(from, to - STRETCH), to));
    if (to <= readTo && !isRest) return 'wait';
    const piece = text.slice(readTo, to);
    const items = readTo === from ? [{ kind: 'text', text: piece.slice(0, start) } as const, ...literalLine(piece.slice(start))] : [{ kind: 'text', text: piece } as const];
    const shown = writer.write(items, [], isRest);
    if (!isRest) {
      partly = { from, to, searched: next === undefined ? text.length : from };
      return { shown, at: to, isClosed: false };
    }
    partly = undefined;
    return { shown: next === undefined ? shown : `${shown}\n`, at: next ?? text.length, isClosed: end?.test(line) === true };
  };

  // At the end, some of the last line may be held back still.
  return {
    read: (text, from, isFinal) => readLines(from, (at) => at < text.length || (isFinal && partly !== undefined), (at) => readLine(text, at, isFinal)),
  };
};
