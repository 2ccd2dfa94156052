import { isPlaceholder } from './content.ts';
import { isHeader } from './turn.ts';
import type { ContentBlock, FileOrigin, FileSource } from './content.ts';
import type { QuotedContent, QuotedMessage } from './question.ts';

export interface WithFiles {
  readonly files?: readonly string[];
}

export interface Header extends WithFiles {
  readonly in_reply_to?: QuotedMessage & WithFiles;
  readonly forwarded?: QuotedContent & WithFiles;
  readonly also?: readonly string[];
  readonly locale?: string;
}

/** In a direct message its author may write anything, also what looks like a header: then it is their text. */
export const headerOf = ([first, ...others]: readonly ContentBlock<FileSource>[]): Header | undefined => {
  if (first === undefined || !('text' in first) || !isHeader(first)) return undefined;
  try {
    const header = JSON.parse(first.text) as Header;
    const quotes = typeof header.in_reply_to?.author.id === 'string' || typeof header.forwarded?.text === 'string' || Array.isArray(header.also);
    return others.length > 0 || quotes ? header : undefined;
  } catch {
    return undefined;
  }
};

export interface NamedFile {
  readonly name: string;
  readonly origin: FileOrigin | undefined;
}

/** The names of the files behind a header, in their order. */
const namesIn = ({ in_reply_to: repliedTo, forwarded, files }: Header): NamedFile[] => [
  ...(repliedTo?.files ?? []).map((name) => ({ name, origin: 'in_reply_to' as const })),
  ...(forwarded?.files ?? []).map((name) => ({ name, origin: 'forwarded' as const })),
  ...(files ?? []).map((name) => ({ name, origin: undefined })),
];

/** For each block of a question's turn, what is known of the file that it is, or that it stands for. */
export const namedFiles = (content: readonly ContentBlock<FileSource>[]): (NamedFile | undefined)[] => {
  const header = headerOf(content);
  const names = header === undefined ? [] : namesIn(header);
  let next = 0;
  return content.map((block, index) => {
    if (header !== undefined && index === 0) return undefined;
    const isFile = !('text' in block) || (names[next] !== undefined && isPlaceholder(block.text));
    return isFile ? names[next++] : undefined;
  });
};
