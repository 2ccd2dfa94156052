import { closesFence, closingAfter, closingLine, fenceBody, isEmptyQuote, isSpaceAt, openFence, withoutTrailingSpace } from './fence.ts';
import type { Fence } from './fence.ts';

/** No closing fence is longer, its line end included. */
const LONGEST_CLOSING = 20;

/** Mostly there is a fence in the code behind such a one, with which it becomes a file: that is known at its end. */
const MEANT_FOR_FENCES = /^(?:~+|`{4,7})$/;

/** The line that is being read: all of the text from `from` on belongs to it. */
export interface OpenLine {
  readonly from: number;
  /** The quote marks that a line cut in two had before its first half. */
  readonly prefix: string;
  /** The fence that is open before it. */
  readonly fence: Fence | undefined;
}

/** Where the line ends, or the text for now; and where in the text the last character ends that is no space. */
export interface LineEnd {
  readonly end: number;
  readonly seen: number;
}

export interface Overflow {
  /** The end of the shortest text that does not fit. */
  readonly at: number;
  /** The fence whose opening line is so long that there is hardly room for code beside it. */
  readonly longOpener?: Fence;
}

const openedBy = (line: string, fence: Fence | undefined): Fence | undefined =>
  fence === undefined || fenceBody(line, fence) === undefined ? openFence(line) : undefined;

/** Whether the part is too long once its line has ended: marks too few to close the block were completed before, and now a whole line has to close it. */
const overflowsBehind = (text: string, end: number, { from, prefix, fence }: OpenLine, used: number, limit: number): boolean => {
  if (fence === undefined || text[end] !== '\n' || used + end + closingLine(fence).length + 1 <= limit) return false;
  const line = withoutTrailingSpace(`${prefix}${text.slice(from, end)}`);
  if (line.trim() === '' || isEmptyQuote(line) || fenceBody(line, fence) === undefined || closesFence(line, fence)) return false;
  return used + from + line.length - prefix.length + closingLine(fence).length + 1 > limit;
};

/**
 * The first character with which the part is too long, its code block closed.
 * @param used the length of the part before the text, less the offset of the text's start
 */
export const firstOverflow = (text: string, { end, seen }: LineEnd, line: OpenLine, used: number, limit: number): Overflow | undefined => {
  const { from, prefix, fence } = line;
  const last = Math.min(end, seen);
  const mayBeOpen = fence !== undefined || /`{3}|~{3}/.test(text.slice(from, last));
  const longAt = from + Math.floor(limit / 2) + 1;
  let at = Math.max(from, limit - used - (mayBeOpen ? LONGEST_CLOSING : 0)) + 1;
  for (; at <= last; at += 1) {
    if (mayBeOpen && at > longAt) break;
    if (isSpaceAt(text, at - 1)) continue;
    const sofar = `${prefix}${text.slice(from, at)}`;
    // The mark of a quote alone shows nothing yet.
    if (fence !== undefined && fence.quote !== '' && isEmptyQuote(sofar)) continue;
    if (used + at + (mayBeOpen ? closingAfter(fence, sofar).length : 0) > limit) return { at };
  }
  const behind = overflowsBehind(text, end, line, used, limit) ? { at: end + 1 } : undefined;
  if (!mayBeOpen || end < longAt) return behind;
  const longOpener = openedBy(`${prefix}${text.slice(from, longAt)}`, fence);
  if (longOpener !== undefined) return { at: longAt, longOpener };
  for (; at <= last; at += 1) {
    if (!isSpaceAt(text, at - 1) && used + at + closingAfter(fence, `${prefix}${text.slice(from, at)}`).length > limit) return { at };
  }
  return behind;
};

/** Without the lines at its end that have nothing in them but the marks of a quote. */
const withoutEmptyQuotes = (body: string): string => {
  let end = body.length;
  for (let at = end - 1; at >= 0 && ' \t\r\n>'.includes(body.charAt(at)); at -= 1) if (body[at] === '\n') end = at;
  return withoutTrailingSpace(body.slice(0, end));
};

/**
 * How the growing part is shown: its code block closed. While more may come, a block without any code in it waits.
 * @param opener where the line is that opened the block, if that is in this part
 * @param areBlocksWhole whether a block that cannot be shown becomes a file
 */
export const showOpenPart = (text: string, start: number, line: OpenLine, opener: number | undefined, isFinal: boolean, areBlocksWhole: boolean): string => {
  const last = `${line.prefix}${text.slice(line.from)}`;
  const body = withoutTrailingSpace(text.slice(start));
  const opened = openedBy(last, line.fence);
  if (opened !== undefined) return isFinal ? `${body}\n${closingLine(opened)}` : withoutTrailingSpace(text.slice(start, line.from));
  const { fence } = line;
  const isEmpty = last.trim() === '' || isEmptyQuote(last);
  if (fence === undefined || (!isEmpty && fenceBody(last, fence) === undefined)) return body;
  const codeFrom = opener === undefined ? -1 : text.indexOf('\n', opener);
  const code = codeFrom < 0 ? '' : text.slice(codeFrom + 1);
  const mayBecomeFile = areBlocksWhole && MEANT_FOR_FENCES.test(fence.marker);
  if (!isFinal && opener !== undefined && (mayBecomeFile || !/[^\s>`~]/.test(code))) return withoutTrailingSpace(text.slice(start, opener));
  if (!isEmpty) return `${body}${closingAfter(fence, withoutTrailingSpace(last))}`;
  return `${fence.quote === '' ? body : withoutEmptyQuotes(body)}\n${closingLine(fence)}`;
};
