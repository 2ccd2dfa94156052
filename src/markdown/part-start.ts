import { closesFence, fenceBody, isEmptyQuote, markerRun, openFence, reopening } from './fence.ts';
import type { Fence } from './fence.ts';

/** What a part begins with besides its own text. */
export interface Beginning {
  /** Lines of our own, each with its line end. */
  readonly notes?: string;
  /** The code block that it continues. */
  readonly fence?: Fence | undefined;
  /** What stands for the lines that open the block again. */
  readonly opening?: string;
  /** The text begins in the middle of a line, which had these quote marks. */
  readonly isInLine?: boolean;
  readonly prefix?: string;
  /** The marks that were open there, which begin again. */
  readonly marks?: readonly string[];
}

/** The characters that stand before a part's own text. */
export const headOf = ({ notes = '', fence, opening, prefix = '', isInLine = false, marks = [] }: Beginning, limit: number): string => {
  let reopened = fence === undefined ? '' : reopening(fence);
  // An info string that leaves hardly any room for code is not repeated.
  if (fence !== undefined && reopened.length > limit / 3) reopened = reopening({ ...fence, info: '' });
  return `${notes}${opening ?? reopened}${prefix}${isInLine ? marks.join('') : ''}`;
};

/**
 * Blank lines do not begin a part, nor does the end of a code block that the part before closed already.
 * @returns where the part may begin instead; nothing when it begins here, and `wait` when that is not to be known yet
 */
export const skipLine = (text: string, at: number, begun: Beginning, isFirst: boolean): (Beginning & { readonly at: number }) | 'wait' | undefined => {
  const end = text.indexOf('\n', at);
  const own = end < 0 ? text.slice(at) : text.slice(at, end);
  const { notes = '', fence } = begun;
  const over = end < 0 ? ('wait' as const) : { ...begun, at: end + 1, prefix: '', isInLine: false };
  if (own.trim() === '') return over;
  const line = `${begun.prefix ?? ''}${own}`;
  if (fence !== undefined) {
    const body = fenceBody(line, fence);
    if (body === undefined) return { at, notes };
    if (body.trim() === '') return over;
    if (markerRun(body, fence) === '') return undefined;
    if (end < 0) return 'wait';
    return closesFence(line, fence) ? { at: end + 1, notes } : undefined;
  }
  if (!isFirst && isEmptyQuote(own)) return over;
  const spaces = own.length - own.trimStart().length;
  if (begun.isInLine !== true && (begun.marks ?? []).length > 0 && openFence(own) === undefined) {
    // The marks that begin again stand behind those of its quote.
    const prefix = /^[ \t>]*/.exec(own)?.[0] ?? '';
    return prefix === own ? 'wait' : { ...begun, at: at + prefix.length, prefix, isInLine: true };
  }
  return begun.isInLine === true && spaces > 0 ? { ...begun, at: at + spaces } : undefined;
};
