import { headerOf, namedFiles } from './turn-header.ts';
import type { FileBlock, FileOrigin, FileSource } from './content.ts';
import type { LinkedMessage, QuotedContent, QuotedMessage, ThreadAround, Unseen } from './question.ts';
import type { WithFiles } from './turn-header.ts';
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
  readonly linked?: readonly LinkedMessage[];
  readonly thread?: ThreadAround;
  readonly unseen?: readonly Unseen[];
  readonly also?: readonly string[];
  readonly locale?: string;
  readonly files: readonly RememberedFile[];
  /** Names of the files that are not remembered any more. */
  readonly lostFiles: readonly string[];
}

const withoutFiles = <Quoted extends WithFiles>({ files: _files, ...quoted }: Quoted): Omit<Quoted, 'files'> => quoted;

/** A line of the header, taken apart again: what it tells has no colon with a blank behind it before the reason. */
const unseenAgain = (line: string): Unseen => {
  const at = line.lastIndexOf(': ');
  return at === -1 ? { what: line, why: '' } : { what: line.slice(0, at), why: line.slice(at + 2) };
};

/** The way back from a question's turn to what was asked, for asking it again. */
export const askedBefore = ({ content }: Turn<FileSource>): AskedBefore => {
  const header = headerOf(content);
  const named = namedFiles(content);
  const files: RememberedFile[] = [];
  const lostFiles: string[] = [];
  const texts: string[] = [];
  for (const [index, block] of content.entries()) {
    const file = named[index];
    if (!('text' in block)) files.push({ name: file?.name ?? 'file', origin: file?.origin, block });
    else if (file !== undefined) lostFiles.push(file.name);
    else if (header === undefined || index > 0) texts.push(block.text);
  }
  return {
    text: texts.join('\n'),
    ...(header?.in_reply_to === undefined ? {} : { repliedTo: withoutFiles(header.in_reply_to) }),
    ...(header?.forwarded === undefined ? {} : { forwarded: withoutFiles(header.forwarded) }),
    ...(header?.linked === undefined ? {} : { linked: header.linked.map((one) => withoutFiles(one)) }),
    ...(header?.thread === undefined ? {} : { thread: withoutFiles(header.thread) }),
    ...(header?.unseen === undefined ? {} : { unseen: header.unseen.map(unseenAgain) }),
    ...(Array.isArray(header?.also) ? { also: header.also } : {}),
    ...(typeof header?.locale === 'string' ? { locale: header.locale } : {}),
    files,
    lostFiles,
  };
};
