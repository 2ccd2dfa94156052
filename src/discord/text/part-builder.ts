import { chooseCut } from './choose-cut.ts';
import { closesFence, closingLine, fenceAfter, fenceBody, fenceInCode, isSpaceAt, withoutTrailingSpace } from './fence.ts';
import { firstOverflow, showOpenPart } from './overflow.ts';
import { besideMarks, MOST_MARKS, openMarks } from './open-marks.ts';
import { headOf, skipLine } from './part-start.ts';
import type { Fence } from './fence.ts';
import type { Overflow } from './overflow.ts';
import type { Beginning } from './part-start.ts';

/** Below this a part has no room for the marks of what it continues. */
const SMALLEST_LIMIT = 50;

const HAS_MARKS = /[*_]|~~|\|\|/;

/** A code block that stands in no part: where its content is in the text. */
export interface BlockSetAside {
  readonly fence: Fence;
  readonly from: number;
  readonly to: number;
}

export interface PartBuilderOptions {
  readonly limit: number;
  /** Emphasis, strikethrough and spoilers end with a part and begin again with the next one: in a text whose other marks cannot be taken for such. */
  readonly carriesMarks?: boolean;
  /** Keeps code blocks whole: one that cannot be shown in a part is set aside, and this line stands in its place. `index` counts them. */
  readonly blockNote?: (fence: Fence, index: number) => string;
  /** After so many parts the rest of the text is left out, and `restNote` ends the last one. */
  readonly maxParts?: number;
  readonly restNote?: string;
}

export interface PartsRead {
  readonly parts: readonly string[];
  readonly setAside: readonly BlockSetAside[];
  /** Whether text was left out behind the last part. */
  readonly isCutOff: boolean;
}

/**
 * The state machine behind splitting. It reads a growing text line by line, and cuts at the first character with which
 * the part, its code block closed, is too long. By that rule a cut never depends on what comes later.
 */
export const createPartBuilder = (options: PartBuilderOptions): { read(text: string, isFinal: boolean): PartsRead } => {
  const { limit, carriesMarks = false, blockNote, maxParts = Number.POSITIVE_INFINITY, restNote = '' } = options;
  if (!(limit >= SMALLEST_LIMIT)) throw new RangeError(`A part needs room for at least ${SMALLEST_LIMIT} characters.`);
  const done: string[] = [];
  const setAside: BlockSetAside[] = [];
  let isCutOff = false;
  let start = 0;
  let begun: Beginning = {};
  let head = '';
  /** Nothing but blank lines came since `start`. */
  let isFresh = true;
  /** The line that was not read to its end yet, the fence that is open before it, and the line that opened that fence. */
  let lineStart = 0;
  let fence: Fence | undefined;
  let opener: number | undefined;
  /** How far no line ended behind `lineStart`. */
  let endless = 0;
  /** How far the text was looked at for what is no space, and where the last such character ended. */
  let looked = 0;
  let seen = 0;
  /** How far the line that begins at `at` was seen to show nothing. */
  let waiting = { at: -1, to: 0 };
  let aside: { readonly fence: Fence; readonly from: number } | undefined;

  const begin = (at: number, next: Beginning): void => {
    start = at;
    lineStart = at;
    begun = next;
    isFresh = true;
    endless = at;
    fence = next.fence;
    opener = undefined;
    head = headOf(next, limit);
  };

  const openLine = (): { from: number; prefix: string; fence: Fence | undefined } => ({
    from: lineStart,
    prefix: lineStart === start ? (begun.prefix ?? '') : '',
    fence,
  });

  const endOfLine = (text: string): number => {
    const end = text.indexOf('\n', Math.max(lineStart, endless));
    endless = end < 0 ? text.length : end;
    return end;
  };

  const lookFor = (text: string): void => {
    let end = text.length;
    while (end > looked && isSpaceAt(text, end - 1)) end -= 1;
    if (end > looked) seen = end;
    looked = text.length;
  };

  /** Ends the part with a text that is whole, or else is cut where that is best. */
  const endPart = (text: string, isWhole: boolean): void => {
    const isLast = done.length === maxParts - 1;
    const room = limit - head.length - (isLast ? restNote.length + 1 : 0);
    const length = withoutTrailingSpace(text).length;
    let cut: Beginning & { readonly at: number } = { at: length };
    if (!isWhole || length > room) {
      const enough = limit / 2 - head.length;
      const hasMarks = carriesMarks && HAS_MARKS.test(`${head}${text}`);
      const choose = (most: number): Beginning & { readonly at: number } => {
        const chosen = chooseCut({ text, fence: begun.fence, prefix: begun.prefix ?? '', room: most, enough, wholeBlocks: blockNote !== undefined });
        const at = hasMarks ? besideMarks(head, text, chosen.at) : chosen.at;
        return { ...chosen, at, marks: hasMarks ? openMarks(`${head}${text.slice(0, at)}`) : [], isInLine: text[at] !== '\n' };
      };
      cut = choose(room);
      // The marks that are open there need room, too.
      if (cut.at + (cut.marks ?? []).join('').length > room) cut = choose(room - MOST_MARKS);
    }
    const closing = cut.fence === undefined ? '' : `\n${closingLine(cut.fence)}`;
    const part = withoutTrailingSpace(`${head}${text.slice(0, cut.at)}`) + (cut.marks ?? []).toReversed().join('') + closing + (isLast ? `\n${restNote}` : '');
    if (part.trim() !== '') done.push(part);
    isCutOff = isLast;
    const at = start + cut.at;
    begin(at, cut);
  };

  /** Takes the open code block out of the part: the note stands in its place, and what follows the block behind that. */
  const takeAside = (text: string, open: Fence, noteFor: (fence: Fence, index: number) => string): void => {
    const note = noteFor(open, setAside.length);
    const at = opener ?? start;
    const from = opener === undefined ? start : text.indexOf('\n', opener) + 1;
    const before = withoutTrailingSpace(opener === undefined ? (begun.notes ?? '') : `${head}${text.slice(start, at)}`);
    const isFitting = before.length + note.length <= limit * 0.75;
    if (!isFitting) endPart(text.slice(start, at), true);
    if (isCutOff) return;
    begin(at, { notes: `${isFitting && before !== '' ? `${before}\n` : ''}${note}\n` });
    lineStart = from;
    aside = { fence: open, from };
  };

  const onOverflow = (text: string, { at, longOpener }: Overflow): void => {
    const edge = longOpener === undefined ? opener : lineStart;
    const hasTextBefore = edge !== undefined && `${begun.notes ?? ''}${text.slice(start, edge)}`.trim() !== '';
    if (longOpener !== undefined) {
      const code = text.indexOf(longOpener.marker, lineStart) + longOpener.marker.length;
      // Its info string is shown as what it must be: code.
      const opening = `${openLine().prefix}${text.slice(lineStart, code)}\n`;
      if (hasTextBefore) endPart(text.slice(start, edge), true);
      if (!isCutOff) begin(code, { fence: { ...longOpener, info: '' }, opening, prefix: longOpener.quote, isInLine: true });
    } else if (blockNote === undefined || fence === undefined) {
      endPart(text.slice(start, at), false);
    } else if (hasTextBefore) {
      endPart(text.slice(start, edge), true);
    } else {
      takeAside(text, fence, blockNote);
    }
  };

  /** Reads the lines of a block that is set aside. False when its end has not come. */
  const passAside = (text: string, open: { readonly fence: Fence; readonly from: number }, isFinal: boolean): boolean => {
    for (;;) {
      const end = endOfLine(text);
      if (end < 0 && !isFinal) return false;
      const line = end < 0 ? text.slice(lineStart) : text.slice(lineStart, end);
      const isClosed = closesFence(line, open.fence);
      const hasLeft = fenceBody(line, open.fence) === undefined;
      if (isClosed || hasLeft || end < 0) {
        setAside.push({ fence: open.fence, from: open.from, to: isClosed || hasLeft ? lineStart : text.length });
        aside = undefined;
        const next = end < 0 ? text.length : end + 1;
        begin(hasLeft ? lineStart : next, { notes: begun.notes ?? '' });
        return true;
      }
      lineStart = end + 1;
    }
  };

  /** Whether nothing but space has come of a line since it was seen to show nothing. */
  const isBlankStill = (text: string): boolean => start === waiting.at && /^[ \t\r]*$/.test(text.slice(waiting.to));

  /** Reads on. False when nothing more can be said before more comes. */
  const step = (text: string, isFinal: boolean): boolean => {
    if (isCutOff) return false;
    if (aside !== undefined) return passAside(text, aside, isFinal);
    if (isFresh) {
      if (isBlankStill(text)) waiting.to = text.length;
      if (start === waiting.at && waiting.to === text.length) return false;
      const skipped = skipLine(text, start, begun, done.length === 0);
      if (skipped === 'wait') {
        waiting = { at: start, to: text.length };
        return false;
      }
      isFresh = skipped !== undefined;
      if (skipped !== undefined) begin(skipped.at, skipped);
      return true;
    }
    const found = endOfLine(text);
    const end = found < 0 ? text.length : found;
    const open = openLine();
    const overflow = firstOverflow(text, { end, seen }, open, head.length - start, limit);
    const isLineWhole = found >= 0 || isFinal;
    const line = isLineWhole || fence !== undefined ? `${open.prefix}${text.slice(lineStart, end)}` : '';
    // Discord ends a code block at the first three backticks, wherever they stand.
    const endAt = blockNote === undefined || fence === undefined ? undefined : fenceInCode(line, fence, isLineWhole);
    if (blockNote !== undefined && fence !== undefined && endAt !== undefined && lineStart + endAt - open.prefix.length < (overflow?.at ?? Number.POSITIVE_INFINITY)) {
      takeAside(text, fence, blockNote);
      return true;
    }
    if (overflow !== undefined) {
      onOverflow(text, overflow);
      return true;
    }
    if (found < 0) return false;
    const next = fenceAfter(fence, line);
    if (next !== undefined && next !== fence) opener = lineStart;
    fence = next;
    lineStart = end + 1;
    return true;
  };

  return {
    read: (text, isFinal) => {
      lookFor(text);
      while (step(text, isFinal));
      const last = isFresh ? '' : showOpenPart(text.slice(0, seen), start, openLine(), opener, isFinal, blockNote !== undefined);
      const shown = isCutOff ? '' : withoutTrailingSpace(`${last === '' ? (begun.notes ?? '') : head}${last}`);
      return { parts: shown === '' ? [...done] : [...done, shown], setAside, isCutOff };
    },
  };
};
