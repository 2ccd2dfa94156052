/** A code fence, as its opening line gives it. */
export interface Fence {
  /** The block quote around it: `> ` for each level. */
  readonly quote: string;
  readonly marker: string;
  readonly info: string;
  /** Columns between the quote and the marker: the indentation of a list, for instance. */
  readonly indent: number;
}

/** White space of Markdown. There is more in Unicode, but a fence with a no-break space behind it is none. */
export const isSpaceAt = (text: string, at: number): boolean => ' \t\r\n'.includes(text.charAt(at));

/** Without the white space at its end. */
export const withoutTrailingSpace = (text: string): string => {
  let end = text.length;
  while (end > 0 && isSpaceAt(text, end - 1)) end -= 1;
  return text.slice(0, end);
};

/** Longer runs and deeper quotes are no fences here: what opens a part again must leave room for text in the smallest part. */
const MAX_MARKER = 12;
const MAX_QUOTES = 3;

/** A quote's marks at the start of a line. Each space belongs to exactly one repetition: no backtracking. */
const QUOTE_MARKS = /^[ \t]*(?:>[ \t]*)+/;

// Any indentation counts, as it does for Discord: fences inside of nested lists stand far to the right.
const OPENER = /^([ \t]*(?:>[ \t]*)*)((?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}|~{3,})(.*)$/s;
const RUN = /^[ \t]*(`+|~+)[ \t\r]*$/;

/** More quote marks than anybody means show something. */
const LONGEST_EMPTY = 100;

/** A line of nothing but quote marks. */
export const isEmptyQuote = (line: string): boolean => line.length <= LONGEST_EMPTY && /^[ \t]*(?:>[ \t]*)+$/.test(line);

const plainMarks = (marks: string): string => '> '.repeat(Math.min(marks.split('>').length - 1, MAX_QUOTES));

/** The `> ` marks to put before a line that goes on where this one was cut. */
export const quotePrefix = (line: string): string => plainMarks(QUOTE_MARKS.exec(line)?.[0] ?? '');

/** The fence that this line opens, if it opens one. */
export const openFence = (line: string): Fence | undefined => {
  if (!line.includes('```') && !line.includes('~~~')) return undefined;
  const [, quotes = '', lists = '', marker = '', info = ''] = OPENER.exec(line) ?? [];
  // CommonMark has backticks behind tildes. Discord, which knows no tildes, would see code end there.
  if (marker === '' || marker.length > MAX_MARKER || info.includes('`')) return undefined;
  const indent = quotes.length - quotes.trimEnd().length - (quotes.includes('>') ? 1 : 0) + lists.length;
  return { quote: plainMarks(quotes), marker, info: info.trim(), indent: Math.max(indent, 0) };
};

/** Whether backticks in the middle of a line are meant to open a code block, as in `Like this: ` and three of them with a language. */
export const opensInLine = (line: string, at: number, run: number): boolean => {
  const info = line.slice(at + run).trimEnd();
  const isMeant = /^[\w+#.-]+$/.test(info) || (info === '' && line.slice(0, at).trimEnd().endsWith(':'));
  return isMeant && openFence(line.slice(at)) !== undefined;
};

/** A line inside of the fence without its quote marks; undefined when the line has left the quote, which ends the fence too. */
export const fenceBody = (line: string, { quote }: Fence): string | undefined => {
  let body = line;
  for (let level = 0; level < quote.length / 2; level += 1) {
    const inner = /^[ \t]*> ?/.exec(body);
    if (inner === null) return level === 0 ? undefined : body;
    body = body.slice(inner[0].length);
  }
  return body;
};

/** The run of marker characters that such a line consists of: a closing fence, or the beginning of one. */
export const markerRun = (body: string, { marker }: Fence): string => {
  const run = RUN.exec(body)?.[1] ?? '';
  return run.startsWith(marker.charAt(0)) ? run : '';
};

/** Whether the line closes the fence. */
export const closesFence = (line: string, fence: Fence): boolean => {
  const body = fenceBody(line, fence);
  return body !== undefined && markerRun(body, fence).length >= fence.marker.length;
};

/**
 * How much of a line of code shows that it has three backticks in it that do not close the fence; nothing when it has none,
 * or may close it still.
 */
export const fenceInCode = (line: string, fence: Fence, isWhole: boolean): number | undefined => {
  const at = line.indexOf('```');
  const body = at < 0 ? undefined : fenceBody(line, fence);
  if (body === undefined) return undefined;
  const run = markerRun(body, fence);
  if (run !== '') return isWhole && run.length < fence.marker.length ? line.length + 1 : undefined;
  const [closing = ''] = (fence.marker.startsWith('`') ? /^[ \t]*`+[ \t\r]*/ : /^[ \t]*~+[ \t\r]*/).exec(body) ?? [];
  return Math.max(at + 3, line.length - body.length + closing.length + 1);
};

/** The fence that is open after a whole line. */
export const fenceAfter = (fence: Fence | undefined, line: string): Fence | undefined => {
  if (fence === undefined || fenceBody(line, fence) === undefined) return openFence(line);
  return closesFence(line, fence) ? undefined : fence;
};

/** The line that closes the fence. */
export const closingLine = ({ quote, marker }: Fence): string => `${quote}${marker}`;

/** The lines that open it again in the next part. */
export const reopening = ({ quote, marker, info }: Fence): string => `${quote}${marker}${info}\n`;

/** What makes a text whole that ends with this line, a closing fence half written included. */
export const closingAfter = (fence: Fence | undefined, line: string): string => {
  const body = fence === undefined ? undefined : fenceBody(line, fence);
  if (fence === undefined || body === undefined) {
    const opened = openFence(line);
    return opened === undefined ? '' : `\n${closingLine(opened)}`;
  }
  const run = markerRun(body, fence);
  return run === '' ? `\n${closingLine(fence)}` : fence.marker.slice(run.length);
};
