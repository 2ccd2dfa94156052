import { isPlaceholder } from './history-files.ts';
import { isHeader } from './turn.ts';
import type { ContentBlock, FileBlock, FileOrigin, FileSource } from './content.ts';
import type { QuotedContent, QuotedMessage } from './question.ts';
import type { Turn } from './turn.ts';

/** A file of a question, and the message that it came with. */
interface RememberedFile {
  readonly name: string;
  readonly origin?: FileOrigin | undefined;
  readonly block: FileBlock<FileSource>;
}

/** What a remembered turn asked, as it came in. */
export interface AskedBefore {
  readonly text: string;
  readonly repliedTo?: QuotedMessage;
  readonly forwarded?: QuotedContent;
  readonly files: readonly RememberedFile[];
  /** Names of the files that are not remembered any more. */
  readonly lostFiles: readonly string[];
}

interface WithFiles {
  readonly files?: readonly string[];
}

interface Header extends WithFiles {
  readonly in_reply_to?: QuotedMessage & WithFiles;
  readonly forwarded?: QuotedContent & WithFiles;
}

/** In a direct message its author may write anything, also what looks like a header: then it is their text. */
const headerOf = ([first, ...others]: readonly ContentBlock<FileSource>[]): Header | undefined => {
  if (first === undefined || !('text' in first) || !isHeader(first)) return undefined;
  try {
    const header = JSON.parse(first.text) as Header;
    const quotes = typeof header.in_reply_to?.author.id === 'string' || typeof header.forwarded?.text === 'string';
    return others.length > 0 || quotes ? header : undefined;
  } catch {
    return undefined;
  }
};

const withoutFiles = <Quoted extends WithFiles>({ files: _files, ...quoted }: Quoted): Omit<Quoted, 'files'> => quoted;

/** The names of the files behind a header, in their order. */
const namesIn = ({ in_reply_to: repliedTo, forwarded, files }: Header): { readonly name: string; readonly origin: FileOrigin | undefined }[] => [
  ...(repliedTo?.files ?? []).map((name) => ({ name, origin: 'in_reply_to' as const })),
  ...(forwarded?.files ?? []).map((name) => ({ name, origin: 'forwarded' as const })),
  ...(files ?? []).map((name) => ({ name, origin: undefined })),
];

/** The way back from a question's turn to what was asked, for asking it again. */
export const askedBefore = ({ content }: Turn<FileSource>): AskedBefore => {
  const header = headerOf(content);
  const named = namesIn(header ?? {});
  const files: RememberedFile[] = [];
  const lostFiles: string[] = [];
  const texts: string[] = [];
  for (const block of header === undefined ? content : content.slice(1)) {
    const file = named[files.length + lostFiles.length];
    if (!('text' in block)) files.push({ name: file?.name ?? 'file', origin: file?.origin, block });
    else if (file !== undefined && isPlaceholder(block.text)) lostFiles.push(file.name);
    else texts.push(block.text);
  }
  return {
    text: texts.join('\n'),
    ...(header?.in_reply_to === undefined ? {} : { repliedTo: withoutFiles(header.in_reply_to) }),
    ...(header?.forwarded === undefined ? {} : { forwarded: withoutFiles(header.forwarded) }),
    files,
    lostFiles,
  };
};
