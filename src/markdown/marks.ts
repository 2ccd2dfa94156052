/** How many marks of each kind stand in what was read so far and cannot be escaped: code, addresses. */
export interface FixedMarks {
  readonly star: number;
  readonly doubleStar: number;
  readonly underscore: number;
  readonly tildes: number;
  readonly pipes: number;
}

export const NO_MARKS: FixedMarks = { star: 0, doubleStar: 0, underscore: 0, tildes: 0, pipes: 0 };

const countOf = (text: string, part: string): number => text.split(part).length - 1;

/** The same with those in what comes behind. */
export const withMarksOf = (fixed: FixedMarks, shown: string): FixedMarks => {
  if (!/[*_~|]/.test(shown)) return fixed;
  return {
    star: fixed.star + countOf(shown, '*'),
    doubleStar: fixed.doubleStar + countOf(shown, '**'),
    underscore: fixed.underscore + countOf(shown, '_'),
    tildes: fixed.tildes + countOf(shown, '~~'),
    pipes: fixed.pipes + countOf(shown, '||'),
  };
};

/**
 * Stands before a character of Markdown that is meant as itself. Whether it needs a backslash depends on what else stands
 * in its message, which is known when that is put together (`settle-marks.ts`): a character that no text is meant to hold.
 */
export const SOFT = '\uFDD1';

/** The marks whose meaning depends on what else stands in the message. */
export type MarkCharacter = '*' | '_' | '~' | '|';
