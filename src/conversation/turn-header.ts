import { isPlaceholder } from './content.ts';
import { createSum } from './growing-list.ts';
import { isHeader } from './turn.ts';
import type { ContentBlock, FileOrigin, FileSource } from './content.ts';
import type { Turn } from './turn.ts';
import type { Exchange, History } from './history.ts';
import type { LinkedMessage, QuotedContent, QuotedMessage, ThreadAround } from './question.ts';

export interface WithFiles {
  readonly files?: readonly string[];
}

export interface Header extends WithFiles {
  readonly speaker?: { readonly id?: unknown; readonly name?: unknown };
  readonly thread?: ThreadAround & WithFiles;
  readonly in_reply_to?: QuotedMessage & WithFiles;
  readonly forwarded?: QuotedContent & WithFiles;
  readonly linked?: readonly (LinkedMessage & WithFiles)[];
  readonly also?: readonly string[];
  /** What the model was not shown, one line each. */
  readonly unseen?: readonly string[];
  readonly locale?: string;
}

/** In a direct message its author may write anything, also what looks like a header: then it is their text. */
export const headerOf = ([first, ...others]: readonly ContentBlock<FileSource>[]): Header | undefined => {
  if (first === undefined || !('text' in first) || !isHeader(first)) return undefined;
  try {
    const header = JSON.parse(first.text) as Header;
    const quotes = typeof header.in_reply_to?.author.id === 'string' || typeof header.forwarded?.text === 'string' || Array.isArray(header.also) || Array.isArray(header.linked) || typeof header.thread?.title === 'string';
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
const namesIn = ({ thread, in_reply_to: repliedTo, forwarded, linked = [], files }: Header): NamedFile[] => [
  ...(thread?.files ?? []).map((name) => ({ name, origin: 'thread' as const })),
  ...(repliedTo?.files ?? []).map((name) => ({ name, origin: 'in_reply_to' as const })),
  ...(forwarded?.files ?? []).map((name) => ({ name, origin: 'forwarded' as const })),
  ...linked.flatMap((one, index) => (one.files ?? []).map((name) => ({ name, origin: `linked-${index}` as const }))),
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

const threadTellers = createSum<Exchange, boolean>(
  (has = false, exchanges) => has || exchanges.some(({ turns: [{ content }] }) => headerOf(content)?.thread !== undefined),
);

/** Whether a question of these told of the thread that it was asked in. */
export const tellsOfThread = ({ exchanges }: History): boolean => threadTellers(exchanges);

/**
 * The turn without what its speaker linked to: they may read that, and nobody knows who else may. Where links came with it, what
 * they led to is not there any more.
 */
export const withoutLinked = (turn: Turn<FileSource>): Turn<FileSource> => {
  const header = headerOf(turn.content);
  if (header?.linked === undefined) return turn;
  const { linked: _linked, ...rest } = header;
  return { role: turn.role, content: [{ text: JSON.stringify(rest) }, ...turn.content.slice(1)] };
};
