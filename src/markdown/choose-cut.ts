import { mapCuts } from './cut-map.ts';
import { closingLine, quotePrefix } from './fence.ts';
import { cutsBetweenCharacters, cutsBetweenGraphemes } from './graphemes.ts';
import { EMPHASIS, NEVER, UNFINISHED } from './inline-elements.ts';
import type { CutMap, Line } from './cut-map.ts';
import type { Fence } from './fence.ts';

export interface CutRequest {
  /** What has come of the text, up to the first character that does not fit. A cut depends on nothing else. */
  readonly text: string;
  /** The fence that is open at its start, and the quote marks of the cut line in which it begins. */
  readonly fence: Fence | undefined;
  readonly prefix: string;
  /** The most that fits, a closing fence included; and from where on a cut leaves too little unused to be bad. */
  readonly room: number;
  readonly enough: number;
  /** Code blocks are not cut. */
  readonly wholeBlocks: boolean;
}

export interface Cut {
  readonly at: number;
  /** The fence that is open there, and the quote marks that the rest of the line needs. */
  readonly fence: Fence | undefined;
  readonly prefix: string;
}

/** From the best place to the worst. */
const PARAGRAPH = 0;
const LINE = 1;
const SENTENCE = 2;
const WORD = 3;
const KINDS = [PARAGRAPH, LINE, SENTENCE, WORD] as const;
type Kind = (typeof KINDS)[number];

interface Candidate {
  readonly at: number;
  readonly kind: Kind;
  readonly flags: number;
  readonly isEnough: boolean;
}

const BLANK_LINE_AHEAD = /\n[ \t>]*(?:\n|$)/y;
const HEADING_AHEAD = /\n[ \t>]*#{1,6}[ \t]/y;
const SENTENCE_END = /[.!?…。！？｡]["'”’)\]*_~|»」』）]{0,4}$/;
/** Chinese and Japanese are broken between any two of these. */
const IDEOGRAPH = /[\u3041-\u3096\u309D-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF]/;
const OPENING_BRACKET = /[「『（【〈《〔〖]/;
/** What would turn into a list, a heading, a quote or a fence at the start of a line. */
const WOULD_BEGIN_BLOCK = /\s*(?:`{3}|~{3}|#{1,6}(?:\s|$)|-#|[-*+](?:\s|$)|>|\d{1,9}[.)](?:\s|$)|\|)/y;
const WOULD_JOIN = /\s*(?:\p{M}|\u{200D})/uy;

const matchesAt = (pattern: RegExp, text: string, at: number): boolean => {
  pattern.lastIndex = at;
  return pattern.test(text);
};

const kindAt = (text: string, at: number, line: Line, next: Line | undefined): Kind | undefined => {
  if (at === line.to) {
    if (text.slice(line.from, at).trim() === '') return undefined;
    if (line.kind === 'code') return LINE;
    const isEdge = line.kind === 'closer' || next?.kind === 'opener';
    return isEdge || matchesAt(BLANK_LINE_AHEAD, text, at) || matchesAt(HEADING_AHEAD, text, at) ? PARAGRAPH : LINE;
  }
  if (text.slice(at - 1, at).trim() === '') return undefined;
  const here = text.charAt(at);
  const isSpace = here.trim() === '';
  if (line.kind === 'code') return isSpace ? WORD : undefined;
  if (!isSpace && (!IDEOGRAPH.test(here) || OPENING_BRACKET.test(text.charAt(at - 1)))) return undefined;
  if (matchesAt(WOULD_BEGIN_BLOCK, text, at) || matchesAt(WOULD_JOIN, text, at)) return undefined;
  return SENTENCE_END.test(text.slice(Math.max(at - 6, 0), at)) ? SENTENCE : WORD;
};

/** Whether the text up to a place fits there, with the closing fence that a cut inside of code needs. */
const fits = (at: number, line: Line, room: number): boolean =>
  at + (line.kind === 'code' && line.fence !== undefined ? closingLine(line.fence).length + 1 : 0) <= room;

const candidates = function* ({ text, room, enough, wholeBlocks }: CutRequest, { lines, flags }: CutMap): Generator<Candidate> {
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index];
    if (line === undefined || (wholeBlocks && line.kind === 'code') || line.from > room) continue;
    for (let at = Math.min(line.to, text.length - 1, room); at > line.from; at -= 1) {
      const flag = flags[at] ?? 0;
      if ((flag & NEVER) !== 0 || !fits(at, line, room)) continue;
      const kind = kindAt(text, at, line, lines[index + 1]);
      if (kind !== undefined) yield { at, kind, flags: flag, isEnough: at >= enough };
    }
  }
};

/** The last line that begins before an offset. */
const lineAt = (lines: readonly Line[], at: number): Line | undefined => {
  let [from, to] = [0, lines.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((lines[middle]?.from ?? at) < at) from = middle + 1;
    else to = middle;
  }
  return lines[from - 1];
};

const graphemeCut = (request: CutRequest, map: CutMap, ignored: number, least: number): number | undefined => {
  for (const at of cutsBetweenGraphemes(request.text.slice(0, request.room + 1))) {
    if (at < least) return undefined;
    const line = lineAt(map.lines, at);
    const isBad = request.text.slice(at - 1, at).trim() === '' || ((ignored & NEVER) === 0 && matchesAt(WOULD_BEGIN_BLOCK, request.text, at));
    if (line !== undefined && !isBad && ((map.flags[at] ?? 0) & ~ignored) === 0 && fits(at, line, request.room)) return at;
  }
  return undefined;
};

const anyCut = ({ text, room }: CutRequest, { lines }: CutMap): number => {
  for (const at of cutsBetweenCharacters(text.slice(0, room + 1))) {
    const line = lineAt(lines, at);
    if (line !== undefined && fits(at, line, room)) return at;
  }
  return 1;
};

const choose = (request: CutRequest, map: CutMap): number => {
  const sure: Candidate[] = [];
  const unsure: Candidate[] = [];
  const best = (from: readonly Candidate[], flags: number): number | undefined => {
    const good = from.filter((one) => one.isEnough && one.flags === flags);
    for (const kind of KINDS) {
      const found = good.find((one) => one.kind === kind);
      if (found !== undefined) return found.at;
    }
    return undefined;
  };
  for (const one of candidates(request, map)) {
    if (one.at < request.enough / 2 && sure.some(({ isEnough }) => isEnough)) break;
    ((one.flags & UNFINISHED) === 0 ? sure : unsure).push(one);
    if (one.kind === PARAGRAPH && one.flags === 0 && one.isEnough) return one.at;
  }
  const { enough } = request;
  return (
    best(sure, 0) ??
    best(sure, EMPHASIS) ??
    graphemeCut(request, map, EMPHASIS, enough) ??
    sure[0]?.at ??
    graphemeCut(request, map, EMPHASIS, 1) ??
    best(unsure, UNFINISHED) ??
    best(unsure, UNFINISHED | EMPHASIS) ??
    graphemeCut(request, map, EMPHASIS | UNFINISHED, 1) ??
    graphemeCut(request, map, EMPHASIS | UNFINISHED | NEVER, 1) ??
    anyCut(request, map)
  );
};

/** Where a text that does not fit is best cut: between paragraphs, lines, sentences, words, and never inside of an element that fits a part. */
export const chooseCut = (request: CutRequest): Cut => {
  const map = mapCuts(request.text, request.fence, request.prefix);
  const at = choose(request, map);
  const line = lineAt(map.lines, at);
  const fence = line?.kind === 'code' ? line.fence : undefined;
  if (line === undefined || at === line.to) return { at, fence, prefix: '' };
  const start = `${line.from === 0 ? request.prefix : ''}${request.text.slice(line.from, line.to)}`;
  return { at, fence, prefix: fence?.quote ?? quotePrefix(start) };
};
