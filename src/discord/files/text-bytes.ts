import { hasVisibleText } from '../../conversation/question.ts';
import { SkipFile } from './skip-file.ts';

/** About what fits beside a conversation into a model's context. */
export const MAX_TEXT_CHARACTERS = 400_000;

/**
 * A text as UTF-8 without a byte order mark.
 * @throws SkipFile when there is too much to read in it, or nothing
 */
export const textBytes = (decoded: string): Uint8Array => {
  const text = decoded.replaceAll('\0', '');
  if (text.length > MAX_TEXT_CHARACTERS) {
    throw new SkipFile(`it is longer than ${MAX_TEXT_CHARACTERS.toLocaleString('en')} characters`);
  }
  if (!hasVisibleText(text)) throw new SkipFile('it is empty');
  return new TextEncoder().encode(text);
};
