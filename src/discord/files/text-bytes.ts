import { isUtf8 } from 'node:buffer';
import { hasVisibleText } from '../../conversation/question.ts';
import { SkipFile } from './skip-file.ts';

/** About what fits beside a conversation into a model's context. */
export const MAX_TEXT_CHARACTERS = 400_000;

const BYTE_ORDER_MARKS = [
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

const decoded = (bytes: Uint8Array): string | undefined => {
  const encoding = BYTE_ORDER_MARKS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte))?.encoding;
  if (encoding === undefined) return isUtf8(bytes) ? new TextDecoder().decode(bytes) : undefined;
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/**
 * A text as UTF-8 without a byte order mark; undefined when the bytes are no text.
 * @throws SkipFile when there is too much to read in it, or nothing
 */
export const textBytes = (bytes: Uint8Array): Uint8Array | undefined => {
  const text = decoded(bytes);
  if (text === undefined || text.includes('\0')) return undefined;
  if (text.length > MAX_TEXT_CHARACTERS) {
    throw new SkipFile(`it is longer than ${MAX_TEXT_CHARACTERS.toLocaleString('en')} characters`);
  }
  if (!hasVisibleText(text)) throw new SkipFile('it is empty');
  return new TextEncoder().encode(text);
};
