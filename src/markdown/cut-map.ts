import { closesFence, fenceBody, openFence } from './fence.ts';
import { markElements, NEVER, UNFINISHED } from './inline-elements.ts';
import type { Fence } from './fence.ts';

export type LineKind = 'prose' | 'opener' | 'code' | 'closer';

/** One line of a text to be cut: `text.slice(from, to)`, without its line end. */
export interface Line {
  readonly from: number;
  readonly to: number;
  readonly kind: LineKind;
  /** The fence that is open behind this line. */
  readonly fence: Fence | undefined;
}

export interface CutMap {
  readonly lines: readonly Line[];
  /** For each offset what speaks against a cut there: NEVER, UNFINISHED, EMPHASIS. */
  readonly flags: Uint8Array;
}

/** What a line has before its text: quote marks, a list marker with its box, the mark of a heading or of small text. */
const LINE_MARKS = /[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|#{1,6}[ \t]+|-#[ \t]+)?/y;
/** A line that begins something of its own, so that no inline element goes on into it. */
const BLOCK_START = /^[ \t]*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|-#|>|\|)/;

/** What would open a code block if the line ended there. */
const ALMOST_OPENER = /^[^`~\n]{0,99}(?:`{3,}|~{3,})[^`]*/;

const kindOf = (line: string, fence: Fence | undefined): LineKind => {
  if (fence === undefined || fenceBody(line, fence) === undefined) return openFence(line) === undefined ? 'prose' : 'opener';
  return closesFence(line, fence) ? 'closer' : 'code';
};

const readLines = (text: string, start: Fence | undefined, prefix: string): Line[] => {
  const lines: Line[] = [];
  let fence = start;
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    const line = `${from === 0 ? prefix : ''}${text.slice(from, to)}`;
    const kind = kindOf(line, fence);
    if (kind === 'opener') fence = openFence(line);
    else if (kind !== 'code') fence = undefined;
    lines.push({ from, to, kind, fence });
    from = to + 1;
  }
  return lines;
};

/**
 * Reads the text before a cut.
 * @param fence the fence that is open at the start of the text
 * @param prefix what the cut line in which the text begins had before its text
 */
export const mapCuts = (text: string, fence: Fence | undefined, prefix: string): CutMap => {
  const lines = readLines(text, fence, prefix);
  const flags = new Uint8Array(text.length + 2);
  const mark = (from: number, to: number, flag: number): void => {
    for (let at = from + 1; at < to; at += 1) flags[at] = (flags[at] ?? 0) | flag;
  };
  let paragraph = -1;
  let hasCode = true;
  const endParagraph = (to: number): void => {
    if (paragraph < 0) return;
    const from = paragraph;
    markElements(text.slice(from, to), to === text.length, (a, b, flag) => mark(from + a, from + b, flag));
    paragraph = -1;
  };
  for (const [index, { from, to, kind }] of lines.entries()) {
    const line = text.slice(from, to);
    const isBlank = line.trim() === '';
    if (kind !== 'prose' || isBlank || BLOCK_START.test(line)) endParagraph(Math.max(from - 1, 0));
    if (kind === 'prose' && !isBlank) {
      if (paragraph < 0) paragraph = from;
      LINE_MARKS.lastIndex = from;
      if (index > 0 || prefix === '') LINE_MARKS.test(text);
      mark(from, LINE_MARKS.lastIndex + 1, NEVER);
      const almost = ALMOST_OPENER.exec(line)?.[0] ?? '';
      if (openFence(almost) !== undefined) mark(from, from + almost.length + 1, NEVER);
    } else if (kind === 'opener') {
      hasCode = false;
      mark(from, to + 2, NEVER);
    } else if (kind === 'closer') {
      mark(from, to, NEVER);
    } else if (kind === 'code') {
      // Half a line of code is worse than any room unused: it counts like what may be an element.
      mark(from, to, UNFINISHED);
    }
    if (kind === 'code' && !hasCode) {
      // A part that ended here would show a fence around nothing.
      const first = text.slice(from, to).search(/[^\s>]/);
      mark(from - 1, first < 0 ? to + 2 : from + first + 1, NEVER);
      hasCode = first >= 0;
    }
  }
  endParagraph(text.length);
  return { lines, flags };
};
