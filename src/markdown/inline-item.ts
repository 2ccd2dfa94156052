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
