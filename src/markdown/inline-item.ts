import type { Run } from './delimiters.ts';

/** Running text, read: what it says, with the marks that it is said with. */
export type Item =
  /** Characters that mean themselves. */
  | { readonly kind: 'text'; readonly text: string }
  /** What Discord is to see as it stands here: code, addresses. */
  | { readonly kind: 'shown'; readonly text: string }
  /** A character behind a backslash. */
  | { readonly kind: 'escape'; readonly text: string }
  | { readonly kind: 'break'; readonly text: string }
  | BracketItem
  | Run;

/** What may be the bracket before a link's text: `joint` when it is. */
export interface BracketItem {
  kind: 'bracket' | 'joint';
  readonly text: string;
}

/** How many items behind a mark decide on how it is written. */
export const LOOK_AHEAD = 4;

/** What was read, and where it ends in the text. */
export interface Read {
  readonly end: number;
  readonly kind: 'text' | 'shown' | 'escape';
  readonly text: string;
}

/** Punctuation of ASCII: what a backslash escapes. */
export const PUNCTUATION = /^[!-/:-@[-`{-~]/;
export const ENDS_IN_WORD = /[\p{L}\p{N}_]$/u;

/** A line in which no mark is one. Discord would take what it begins with for the mark of a list, a heading or a quote; one of nothing else shows nothing. */
export const literalLine = (line: string): Pick<Read, 'kind' | 'text'>[] => {
  const [mark, number = ''] = /^(?:(\d{1,9})?[-*#>.](?=[\s#>])|>$)/.exec(line) ?? [];
  if (mark === undefined || (number === '') === mark.endsWith('.')) return [{ kind: 'text', text: line }];
  return [
    { kind: 'text', text: number },
    { kind: 'escape', text: `\\${mark.slice(-1)}` },
    { kind: 'text', text: line.slice(mark.length) },
  ];
};
