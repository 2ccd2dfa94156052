import { cleanText } from './clean-text.ts';
import { createGrowingLine, readLines } from './growing-block.ts';
import { closesFence, closingLine, fenceBody } from './fence.ts';
import { readSourceLine } from './line-start.ts';
import { inlineCode } from './links.ts';
import type { Fence } from './fence.ts';
import type { BlockRead, GrowingBlock } from './growing-block.ts';

/** What may become a closing fence at the end of a line. */
const MAY_CLOSE = '`~ \t\r';
/** So much of a line of code tells whether it is blank. */
const TELLING = 400;
/** A closing fence behind code: for Discord the block ends there. */
const CLOSED_IN_LINE = /[^`]`{3,}[ \t]*$/;

const LANGUAGE = /^[\w+#.-]{0,40}/;
/** A file's name as documentation tools want it. */
const NAMED = /^(?:title|file|filename)=(["']?)(.+)\1$/i;

/** The marks of the quote that a block stands in: Discord knows one quote within another by its marks only, which code would show. */
const shownMarks = (marks: string): string => (marks.includes('>') ? `> ${marks.slice(marks.lastIndexOf('>') + 1).replace(/^[ \t]/, '')}` : marks);

/**
 * The lines to open a block with. Discord takes an info string for a language only if nothing else is in it, and shows
 * it as code otherwise: what is more than a language, mostly a file's name, stands before the block.
 */
const openingOf = ({ marker, info }: Fence, openingLine: string): string => {
  const marks = shownMarks(openingLine.slice(0, openingLine.indexOf(marker)));
  const language = LANGUAGE.exec(info)?.[0] ?? '';
  const more = cleanText(info.slice(language.length)).replace(/^[:,]/, '').trim();
  const title = NAMED.exec(more)?.[2] ?? more;
  if (title === '') return `${marks}${marker}${language}\n`;
  return `${marks}${inlineCode(title)}\n${marks.replace(/[^\s>]/g, ' ')}${marker}${language}\n`;
};

/**
 * Shows a code block as it is while it grows. An empty one is left out, as Discord would take it for something else; one
 * whose end was forgotten, behind code or at the end of a quote, gets it.
 */
export const createCodeBlock = (fence: Fence, openingLine: string): GrowingBlock => {
  const isQuoted = fence.quote !== '';
  const closing = closingLine(isQuoted ? { ...fence, quote: '> ' } : fence);
  let opening = openingOf(fence, openingLine);
  /** Where the line begins that was shown in part. */
  let partly: number | undefined;
  const growing = createGrowingLine(MAY_CLOSE);

  const take = (text: string): string => {
    const shown = `${opening}${text}`;
    opening = '';
    return shown;
  };

  const readLine = (text: string, at: number, isFinal: boolean): BlockRead | 'wait' => {
    const source = readSourceLine(text, partly ?? at, isFinal, growing.lookedTo(partly ?? at));
    const { line, next, isWhole, from } = source;
    const lineEnd = next === undefined ? '' : '\n';
    const behind = next ?? text.length;
    const body = fenceBody(line, fence);
    const slice = (to: number): string =>
      isQuoted && at === from && body !== undefined ? `> ${text.slice(from + line.length - body.length, to)}` : text.slice(at, to);
    if (body === undefined) {
      if (!isWhole && line.trim() === '') return 'wait';
      return { shown: opening === '' ? `${closing}\n` : '', at: from, isClosed: true };
    }
    if (!isWhole) {
      const end = growing.tailOf(text, from, from + line.length);
      const bodyFrom = from + line.length - body.length;
      if (end <= at || end <= bodyFrom || text.slice(bodyFrom, Math.min(end, bodyFrom + TELLING)).trim() === '') return 'wait';
      partly = from;
      return { shown: take(slice(end)), at: end, isClosed: false };
    }
    partly = undefined;
    if (closesFence(line, fence)) {
      return { shown: opening === '' ? `${slice(from + line.length)}${lineEnd}` : '', at: behind, isClosed: true };
    }
    const run = fence.marker === '```' ? line.search(CLOSED_IN_LINE) + 1 : 0;
    const code = run > 0 ? (fenceBody(line.slice(0, run), fence) ?? '') : '';
    if (code.trim() !== '' && !code.includes('```')) {
      return { shown: `${take(slice(from + run))}\n${closing}${lineEnd}`, at: behind, isClosed: true };
    }
    const shown = `${slice(from + line.length)}${lineEnd}`;
    if (opening === '' || body.trim() !== '') return { shown: take(shown), at: behind, isClosed: false };
    opening += shown;
    return { shown: '', at: behind, isClosed: false };
  };

  return {
    read: (text, from, isFinal) => readLines(from, (at) => at < text.length, (at) => readLine(text, at, isFinal)),
  };
};
