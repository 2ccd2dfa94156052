import { cleanText } from './clean-text.ts';
import { createCodeSpans } from './code-spans.ts';
import { boldLine, inlineText } from './inline-text.ts';
import { defanged, hasInvite, readLink } from './links.ts';
import { splitRow, ticksEnd } from './table-row.ts';
import type { TokenOptions } from './inline-tokens.ts';

/** What a phone shows in one line of a code block. */
const WIDEST_LINE = 56;
const GAP = '  ';
/** More have no room in such a line, each of at least one character. */
const MOST_COLUMNS = Math.floor((WIDEST_LINE + GAP.length) / (GAP.length + 1));
/** Nothing longer becomes so short without its marks that it fits. */
const LONGEST_CELL = 200;
/** A longer table is shown as several code blocks, each with its header: one block cannot be split over messages. */
const LONGEST_BLOCK = 1_500;

/** Each space belongs to exactly one repetition: no backtracking. */
const DELIMITER = /^[ \t]*(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/;

type Alignment = 'left' | 'right' | 'center';

/** A table as its lines give it, without the marks of a quote before them. */
export interface Table {
  readonly header: string;
  readonly delimiter: string;
  readonly rows: readonly string[];
}

/** Whether two lines are the header of a table and the line under it. */
export const beginsTable = (header: string, delimiter: string): boolean => {
  if (!DELIMITER.test(delimiter) || !/[|:]/.test(delimiter)) return false;
  const isFramed = header.trimStart().startsWith('|');
  return isFramed || splitRow(header, false).length === splitRow(delimiter, false).length;
};

const readAlignment = (mark: string): Alignment => {
  if (!mark.endsWith(':')) return 'left';
  return mark.startsWith(':') ? 'center' : 'right';
};

const PAIRED_MARKS = /(\*\*|__|~~|\|\|)(?=\S)(.+?)(?<=\S)\1/g;
const SINGLE_MARKS = /(?<![\p{L}\p{N}*_\\])([*_])(?=[^\s*_])([^*_]*[^\s*_])\1(?![\p{L}\p{N}*_])/gu;

const plainProse = (text: string): string => {
  let plain = '';
  for (let at = 0; at < text.length; ) {
    const open = text.slice(at).search(/!?\[/);
    const link = open < 0 ? undefined : readLink(text, text.indexOf('[', at + open), true);
    const next = open < 0 ? text.length : at + open;
    plain += text.slice(at, next);
    if (link === undefined || link === 'wait') {
      plain += text.slice(next, next + 1);
      at = next + 1;
    } else {
      plain += link.text === link.target || link.text === '' ? link.target : `${link.text} (${link.target})`;
      at = link.end;
    }
  }
  const bare = plain.replace(/<br\s*\/?>/gi, '; ').replace(/<!--.*?-->/g, '').replace(/<(https?:\/\/[^\s<>]+)>/gi, '$1');
  return bare.replace(PAIRED_MARKS, '$2').replace(PAIRED_MARKS, '$2').replace(SINGLE_MARKS, '$2').replace(/\\([!-/:-@[-`{-~])/g, '$1');
};

/** A cell as it stands in a code block: there marks would be seen, and nothing is a link or a mention. */
export const plainCell = (cell: string): string => {
  const spans = createCodeSpans();
  let plain = '';
  let from = 0;
  for (let at = cell.indexOf('`'); at >= 0; at = cell.indexOf('`', at)) {
    const inside = ticksEnd(cell, at);
    const end = spans.endOf(cell, at, inside - at, true);
    if (typeof end === 'number') {
      plain += plainProse(cleanText(cell.slice(from, at))) + cleanText(cell.slice(inside, end));
      from = end + inside - at;
    }
    at = Math.max(inside, from);
  }
  plain += plainProse(cleanText(cell.slice(from)));
  const safe = hasInvite(plain) ? defanged(plain).slice(1, -1) : plain;
  return safe.replace(/@(?=everyone|here)/gi, '@\u200B').replace(/\s+/g, ' ').trim();
};

const pad = (text: string, width: number, alignment: Alignment): string => {
  const missing = Math.max(width - displayWidth(text), 0);
  const before = { left: 0, right: missing, center: Math.floor(missing / 2) }[alignment];
  return `${' '.repeat(before)}${text}${' '.repeat(missing - before)}`;
};

/** The table as aligned columns in code blocks; nothing when it is too wide for that. */
const showAligned = (names: readonly string[], cells: readonly (readonly string[])[], alignments: readonly Alignment[]): string[] | undefined => {
  const isHopeless = (row: readonly string[]): boolean => row.some((cell) => cell.length > LONGEST_CELL);
  if (names.length > MOST_COLUMNS || isHopeless(names) || cells.some(isHopeless)) return undefined;
  const [header, rows] = [names.map(plainCell), cells.map((row) => row.map(plainCell))];
  const widths = header.map((_, column) => [header, ...rows].reduce((most, row) => Math.max(most, displayWidth(row[column] ?? '')), 1));
  const isTooWide = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) > WIDEST_LINE;
  if (isTooWide || [header, ...rows].some((row) => row.some((cell) => cell.includes('```')))) return undefined;
  const draw = (row: readonly string[]): string =>
    widths.map((width, column) => pad(row[column] ?? '', width, alignments[column] ?? 'left')).join(GAP).trimEnd();
  const top = ['```', draw(header), widths.map((width) => '-'.repeat(width)).join(GAP)];
  const lines = [...top];
  let length = 0;
  for (const row of rows) {
    const line = draw(row);
    length += line.length + 1;
    if (length > LONGEST_BLOCK) lines.push('```', ...top);
    if (length > LONGEST_BLOCK) length = line.length + 1;
    lines.push(line === '' ? ' ' : line);
  }
  return [...lines, '```'];
};

/** Each row as a list of its fields, the rows apart. */
const showAsList = (header: readonly string[], rows: readonly (readonly string[])[], options: TokenOptions): string[] => {
  const inCell: TokenOptions = { ...options, lineBreak: `${options.lineBreak}  ` };
  const names = header.map((name) => boldLine(name, inCell));
  const field = (cell: string, column: number): string => {
    const name = names[column] ?? '';
    return `- ${name === '' ? '' : `${name}: `}${inlineText(cell, inCell).trim()}`;
  };
  if (rows.length === 0) return names.filter((name) => name !== '').map((name) => `- ${name}`);
  const fields = rows.map((row) => row.flatMap((cell, column) => (cell === '' ? [] : [field(cell, column)])));
  const shown = fields.filter((one) => one.length > 0).map((one) => one.join('\n'));
  return shown.join('\n\n').split('\n');
};

/** The lines to show for a table, which Discord does not know: columns when they fit the screen of a phone, else lists. */
export const showTable = ({ header, delimiter, rows }: Table, options: TokenOptions): string[] => {
  const names = splitRow(header, true);
  const marks = splitRow(delimiter, false);
  const columns = Math.max(names.length, marks.length);
  const read = (line: string): string[] => {
    const cells = splitRow(line, false);
    return cells.length > columns ? splitRow(line, true) : cells;
  };
  const cells = rows.map(read);
  const width = cells.reduce((most, row) => Math.max(most, row.length), columns);
  const allNames = Array.from({ length: width }, (_, column) => names[column] ?? '');
  return showAligned(allNames, cells, marks.map(readAlignment)) ?? showAsList(allNames, cells, options);
};

/** One emoji of any number of characters: a flag, a keycap, a family, a hand with its skin tone. */
const EMOJI =
  /\p{Regional_Indicator}{2}|(?:\p{Emoji_Presentation}|\p{Emoji}(?:\uFE0F|\p{Emoji_Modifier}|(?=\u200D\p{Extended_Pictographic})))[\p{Emoji_Modifier}\uFE0F\u20E3\u{E0020}-\u{E007F}]*(?:\u200D\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]*)*/gu;
/** Characters two columns wide (East Asian Width W and F), emoji excepted. https://www.unicode.org/reports/tr11/ */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18CFF}\u{1AFF0}-\u{1B2FF}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}]/gu;
/** Characters without a column of their own: marks, joiners, controls, the middle and last letters of Hangul syllables. */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11FF\uD7B0-\uD7FB]/gu;
const PAIR = /[\u{10000}-\u{10FFFF}]/gu;
const ONLY_ASCII = /^[ -~]*$/;

/** How many columns a text takes in a fixed-width font, as its grapheme clusters are drawn. */
export const displayWidth = (text: string): number => {
  if (ONLY_ASCII.test(text)) return text.length;
  return text.replace(EMOJI, '  ').replace(ZERO, '').replace(WIDE, '  ').replace(PAIR, ' ').length;
};
