import { readFileSync } from 'node:fs';

const encodingOf = ([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | 'utf-8' => {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
};

/**
 * The text of a file that an admin wrote: UTF-8, or UTF-16 as Windows' tools save it, which the mark at its beginning tells.
 * The mark is no part of the text.
 * @throws {NodeJS.ErrnoException} when the file cannot be read
 */
export const readTextFile = (path: string): string => {
  const bytes = readFileSync(path);
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
};
