import { commonMarkReading } from './reference-readings.ts';
import type { Reading } from './reference-readings.ts';

const FENCE = /^[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d+[.)])[ \t]+)*(`{3,}|~{3,})/;
const DELIMITERS = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$/;

export interface ModelTable {
  readonly rows: readonly string[];
}

/** The tables of a text, which CommonMark does not know, and the text without them. */
export const splitTables = (markdown: string): { readonly text: string; readonly tables: readonly ModelTable[] } => {
  const tables: { rows: string[] }[] = [];
  const kept: string[] = [];
  let fence = '';
  let open: { rows: string[] } | undefined;
  const lines = markdown.split('\n');
  for (const [index, line] of lines.entries()) {
    const marker = FENCE.exec(line)?.[1] ?? '';
    if (fence === '' && marker !== '') fence = marker;
    else if (fence !== '' && marker.startsWith(fence)) fence = '';
    if (fence === '' && open === undefined && line.includes('|') && DELIMITERS.test(lines[index + 1] ?? '')) {
      open = { rows: [] };
      tables.push(open);
    }
    if (open !== undefined && !line.includes('|')) open = undefined;
    if (open === undefined) kept.push(line);
    else if (!DELIMITERS.test(line)) open.rows.push(line);
  }
  return { text: kept.join('\n'), tables };
};

/** Code, which is passed over; formulas of LaTeX, shrugs, spoilers, mentions, line breaks. */
const APART =
  /^(?:> ?|[ \t]*)*(`{3,}|~{3,})[^]*?^[ \t>]*\1|(?<!`)(`+)(?!`)[^]*?(?<!`)\2(?!`)|\$\$[^]+?\$\$|\\\[(?=\s)[^]+?\\\]|\\\([^]+?\\\)|\$(?=\S)(?:[^$\n`]*[\\^_=><][^$\n`]*|\w)(?<=\S)\$(?!\d)|¯\\_\(ツ\)_\/¯|\|\|(?=\S)[^|`]+(?<=\S)\|\||<@[&!]?\w+>|<br>/gm;

const literal = (text: string): string => text.replace(/[!-/:-@[-`{-~]/g, '\\$&');

/** Formulas and shrugs stay as they are: for CommonMark each of their marks is escaped. A spoiler is its words, a mention becomes code. */
const forCommonMark = (markdown: string, spoilers: string[]): string =>
  markdown.replace(APART, (found) => {
    if (/^(?:[$\\]|¯)/.test(found)) return literal(found);
    if (found.startsWith('<@')) return `\`${found}\``;
    if (found === '<br>') return '\n';
    if (!found.startsWith('||')) return found;
    spoilers.push(found.slice(2, -2).replace(/\s/g, ''));
    return found.slice(2, -2);
  });

const STRUCK = /~~(?!\s)([^]*?)~~/g;
const CODE = /\u2063[^]*?\u2064/g;

/** What a model meant: CommonMark's reading, with the marks of Discord that it knows of. */
export const modelReading = (markdown: string): Reading => {
  const hidden: string[] = [];
  const reading = commonMarkReading(forCommonMark(markdown, hidden));
  const codes: string[] = [];
  const apart = reading.words.replace(CODE, (code) => `\uE001${codes.push(code) - 1}\uE002`);
  const whole = (text: string): string => text.replace(/\uE001(\d+)\uE002/g, (_, index: string) => codes[Number(index)] ?? '');
  return { ...reading, words: whole(apart.replace(STRUCK, '$1')), hidden };
};
