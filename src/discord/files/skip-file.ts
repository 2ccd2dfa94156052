import { tooLargeText } from '../texts/file-texts.ts';

/** Thrown where a file turns out not to be sendable. The message is the reason, a short phrase for people: "it is empty". */
export class SkipFile extends Error {
  override readonly name = 'SkipFile';
}

/** @param bytes the limit that the file is above */
export const tooLarge = (bytes: number): SkipFile => new SkipFile(tooLargeText(bytes));
