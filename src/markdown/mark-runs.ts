import type { MarkCharacter } from './marks.ts';

/** Longer runs of one mark are none. */
const LONGEST_RUN = 64;

const SPACE = 1;
const PUNCTUATION = 2;
const LETTER = 3;
const OTHER = 4;
type Kind = typeof SPACE | typeof PUNCTUATION | typeof LETTER | typeof OTHER;

const readKind = (character: string): Kind => {
  if (/^\s?$/u.test(character)) return SPACE;
  if (/^[\p{P}\p{S}]/u.test(character)) return PUNCTUATION;
  return /^[\p{L}\p{N}]/u.test(character) ? LETTER : OTHER;
};
const ASCII: readonly Kind[] = Array.from({ length: 128 }, (_, code) => readKind(String.fromCharCode(code)));
const kindOf = (character: string): Kind => ASCII[character.length === 1 ? character.charCodeAt(0) : 128] ?? readKind(character);

/** What a run of marks may do. */
export interface Flanks {
  readonly canOpen: boolean;
  readonly canClose: boolean;
}

/**
 * What a run may do by the characters on both sides of it (blank for none). Spoilers, which CommonMark does not know, must
 * be tight and not stand within a word.
 * @see https://spec.commonmark.org/0.31.2/#delimiter-run
 */
const flanks = (char: MarkCharacter, before: string, after: string): Flanks => {
  const [left, right] = [kindOf(before), kindOf(after)];
  const isLeft = right !== SPACE && (right !== PUNCTUATION || left <= PUNCTUATION);
  const isRight = left !== SPACE && (left !== PUNCTUATION || right <= PUNCTUATION);
  if (char === '_') return { canOpen: isLeft && (!isRight || left === PUNCTUATION), canClose: isRight && (!isLeft || right === PUNCTUATION) };
  if (char === '|') {
    const isInWord = left === LETTER && right === LETTER;
    return { canOpen: right !== SPACE && !isInWord, canClose: left !== SPACE && !isInWord };
  }
  return { canOpen: isLeft, canClose: isRight };
};

/**
 * Where the run of one mark ends that begins at `at`.
 * @returns `wait` when it may go on, or its sides are not known yet
 */
export const runEnd = (text: string, at: number, char: MarkCharacter, isLineDone: boolean): number | 'wait' => {
  let end = at + 1;
  while (text[end] === char && end - at < LONGEST_RUN) end += 1;
  return end === text.length && end - at < LONGEST_RUN && !isLineDone ? 'wait' : end;
};

/** What such a run may do; nothing when its characters mean themselves. */
export const runFlanks = (text: string, at: number, end: number, char: MarkCharacter, before: string): Flanks | undefined => {
  const total = end - at;
  if (total >= LONGEST_RUN || (total !== 2 && (char === '~' || char === '|'))) return undefined;
  const flank = flanks(char, before, String.fromCodePoint(text.codePointAt(end) ?? 0x20));
  return flank.canOpen || flank.canClose ? flank : undefined;
};
