import { isTextFile, isDocument } from './content.ts';
import type { FileBlock, FileSource, TextBlock } from './content.ts';

const nameFor = (block: FileBlock<FileSource>): string => {
  if (isTextFile(block)) return 'a text file that';
  return isDocument(block) ? `${block.document.name}, which` : 'an image that';
};

/** What stands in a turn for a file that is not sent. */
export const placeholder = (block: FileBlock<FileSource>): TextBlock => ({ text: `[${nameFor(block)} is no longer sent]` });

/** Whether a text may stand for a file; where no file was, somebody may have written it. */
export const isPlaceholder = (text: string): boolean => /^\[(?:document-\d+, which|an image that|a text file that) is no longer sent\]$/u.test(text);
