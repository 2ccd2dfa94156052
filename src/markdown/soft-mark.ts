/**
 * Stands before a character of Markdown that is meant as itself. Whether it needs a backslash depends on what else stands
 * in its message, which is known when that is put together (`settle-marks.ts`): a character that no text is meant to hold.
 */
export const SOFT = '\uFDD1';

/** The marks whose meaning depends on what else stands in the message. */
export type MarkCharacter = '*' | '_' | '~' | '|';
