import { isDocument, isTextFile, placeholder, sourceOf, withSource } from './content.ts';
import { FileAllowance, MAX_EARLIER_FILE_TOKENS, MAX_IMAGES, kindOf } from './file-limits.ts';
import { createSum } from './growing-list.ts';
import { estimateBlockTokens } from './token-estimate.ts';
import { namedFiles } from './turn-header.ts';
import { cleanLines } from './question.ts';
import type { BytesSource, ContentBlock, DocumentBlock, FileBlock, FileSource, KeptSource, TextBlock } from './content.ts';
import type { Exchange, History, Sibling } from './history.ts';
import type { Turn } from './turn.ts';

/** A history and the question behind it, as they are sent and remembered. */
export interface WithQuestion {
  readonly history: History;
  readonly turn: Turn;
}

const isTextOnly = ({ content }: Turn<FileSource>): boolean => content.every((block) => 'text' in block);

const haveFiles = createSum<Exchange, boolean>((have = false, exchanges) => have || exchanges.some(({ turns: [question] }) => !isTextOnly(question)));

export const hasFiles = ({ exchanges }: History): boolean => haveFiles(exchanges);

const mapFiles = <Source extends FileSource>(
  turn: Turn<FileSource>,
  change: (block: FileBlock<FileSource>, index: number) => ContentBlock<Source>,
): Turn<Source> => ({ role: turn.role, content: turn.content.map((block, index) => ('text' in block ? block : change(block, index))) });

/** Exchanges whose question has no file stay the same objects. */
const mapQuestions = ({ exchanges }: History, change: (question: Turn<FileSource>, index: number) => Turn<FileSource>): History => ({
  exchanges: exchanges.map((exchange, index): Exchange => {
    const [question, reply] = exchange.turns;
    return isTextOnly(question) ? exchange : { ...exchange, turns: [change(question, index), reply] };
  }),
});

/** The history with a line of text in place of each file. */
export const withoutFiles = (history: History): History => mapQuestions(history, (question) => mapFiles(question, placeholder));

/** For each block of each turn, whether it is sent. Of each kind, no file is sent that is in an older turn than one that is not. */
const chooseBlocks = (turns: readonly Turn<FileSource>[], mostImages: number, mostTokens: number): readonly (readonly boolean[])[] => {
  const allowance = new FileAllowance(mostImages);
  const room = { images: true, documents: true, texts: true };
  let tokens = 0;
  const newestFirst = turns.toReversed().map(({ content }, age) => {
    const roomBefore = { ...room };
    return content.map((block) => {
      if ('text' in block) return true;
      const kind = kindOf(block);
      const needed = estimateBlockTokens(block);
      const isCheap = age === 0 || tokens + needed <= mostTokens;
      const isSent = roomBefore[kind] && isCheap && allowance.take(block) === undefined;
      if (isSent) tokens += needed;
      else room[kind] = false;
      return isSent;
    });
  });
  return newestFirst.toReversed();
};

/** Numbers documents on from those that have their number: each keeps its name, and with it the beginning of the prompt stays the same. */
const createNaming = (): ((block: DocumentBlock<FileSource>) => DocumentBlock<FileSource>) => {
  let last = 0;
  return (block) => {
    const number = Number(/^document-(\d{1,6})$/u.exec(block.document.name)?.[1] ?? 0);
    last = number > last ? number : last + 1;
    return { document: { ...block.document, name: `document-${last}` } };
  };
};

/**
 * A history and a question as one request may carry them. Files beyond the limits become a line of text, those of older
 * questions first, so that no turn loses its last block. What leaves here is forgotten when the exchange is saved.
 * @param mostImages what the model takes
 * @param mostTokens what files of earlier questions may take
 */
export const fitFiles = (history: History, turn: Turn, mostImages = MAX_IMAGES, mostTokens = MAX_EARLIER_FILE_TOKENS): WithQuestion => {
  if (!hasFiles(history) && isTextOnly(turn)) return { history, turn };
  const choice = chooseBlocks([...history.exchanges.map(({ turns: [question] }) => question), turn], mostImages, mostTokens);
  const named = createNaming();
  const fit = <Source extends FileSource>(question: Turn<Source>, turnIndex: number): Turn<Source> =>
    mapFiles(question, (block, index) => {
      const file = (isDocument(block) && !isTextFile(block) ? named(block) : block) as FileBlock<Source>;
      return choice[turnIndex]?.[index] === true ? file : placeholder(file);
    });
  return { history: mapQuestions(history, fit), turn: isTextOnly(turn) ? turn : fit(turn, history.exchanges.length) };
};

const countImages = ({ history, turn }: WithQuestion): number =>
  [...history.exchanges.map(({ turns: [question] }) => question), turn].reduce((sum, { content }) => sum + content.filter((block) => 'image' in block).length, 0);

/** Whether an image had no room in what {@link fitFiles} made of these. */
export const wereImagesLeftOut = (whole: WithQuestion, fitted: WithQuestion): boolean =>
  (hasFiles(whole.history) || !isTextOnly(whole.turn)) && countImages(fitted) < countImages(whole);

/** Bytes of the files of a history, by their hash. */
export type FileBytes = ReadonlyMap<string, Uint8Array>;

/** Reads a file that lies beside a history; undefined when it is lost. */
export type ReadKeptFile = (source: KeptSource) => Promise<Uint8Array | undefined>;

const keptIn = ({ turns: [{ content }] }: Sibling): KeptSource[] =>
  content.flatMap((block) => {
    const source = 'text' in block ? undefined : sourceOf(block);
    return source !== undefined && 'sha256' in source ? [source] : [];
  });

/** The files of a history that lie beside it, oldest first. */
export const keptSources = ({ exchanges }: History): KeptSource[] => exchanges.flatMap(keptIn);

const siblingSources = createSum<Exchange, readonly KeptSource[]>((before = [], exchanges) => {
  const added = exchanges.flatMap(({ siblings }) => (siblings === undefined ? [] : [...siblings.before, ...siblings.after].flatMap(keptIn)));
  return added.length === 0 ? before : [...before, ...added];
});

/** All of them, with those of answers that are not shown. */
export const allKeptSources = (history: History): readonly KeptSource[] => {
  const ofSiblings = siblingSources(history.exchanges);
  return hasFiles(history) ? [...keptSources(history), ...ofSiblings] : ofSiblings;
};

export const readHistoryFiles = async (history: History, readFile: ReadKeptFile): Promise<FileBytes> => {
  const files = new Map<string, Uint8Array>();
  for (const source of keptSources(history)) {
    if (files.has(source.sha256)) continue;
    const bytes = await readFile(source);
    if (bytes !== undefined) files.set(source.sha256, bytes);
  }
  return files;
};

/** The same history with the bytes of its files in it, to be kept once more elsewhere; what is lost stays lost. */
export const withFilesAtHand = async (history: History, readFile: ReadKeptFile): Promise<History> => {
  const files = await readHistoryFiles(history, readFile);
  return mapQuestions(history, (question) =>
    mapFiles<FileSource>(question, (block) => {
      const source = sourceOf(block);
      const bytes = 'bytes' in source ? source.bytes : files.get(source.sha256);
      return bytes === undefined ? block : withSource(block, { bytes });
    }),
  );
};

/** A turn as it is sent: with the bytes of its files, what text files say, or a line of text where they are lost. */
export const withFileBytes = (turn: Turn<FileSource>, files: FileBytes): Turn => {
  const named = namedFiles(turn.content);
  return mapFiles<BytesSource>(turn, (block, index) => {
    const source = sourceOf(block);
    const bytes = 'bytes' in source ? source.bytes : files.get(source.sha256);
    if (bytes === undefined) return placeholder(block);
    return isTextFile(block) ? textOfFile(named[index]?.name ?? 'file', bytes) : withSource(block, { bytes });
  });
};

/** The history with the bytes of its files put away by `keep`, one after the other. */
export const withKeptFiles = async (history: History, keep: (bytes: Uint8Array) => Promise<KeptSource>): Promise<History> => {
  if (!hasFiles(history)) return history;
  const exchanges: Exchange[] = [];
  for (const exchange of history.exchanges) {
    const [question, reply] = exchange.turns;
    const content: ContentBlock<FileSource>[] = [];
    for (const block of question.content) {
      const source = 'text' in block ? undefined : sourceOf(block);
      const isAtHand = source !== undefined && 'bytes' in source;
      content.push(isAtHand ? withSource(block as FileBlock<FileSource>, await keep(source.bytes)) : block);
    }
    const isChanged = content.some((block, index) => block !== question.content[index]);
    exchanges.push(isChanged ? { ...exchange, turns: [{ role: question.role, content }, reply] } : exchange);
  }
  return { exchanges };
};

const MIN_FENCE = 3;

/** A code fence that nothing in a text can close: it is longer than any at the beginning of one of its lines. */
export const fenceAround = (text: string): string => {
  let longest = MIN_FENCE - 1;
  for (const [, run = ''] of text.matchAll(/^[ \t]*(`{3,})/gmu)) longest = Math.max(longest, run.length);
  return '`'.repeat(longest + 1);
};

/**
 * A text file as the model reads it: its name as JSON, and what it says between fences. Neither the name nor the text can
 * end what it stands in. Every model reads text, and as much of it as it likes, where few take documents, and five at most.
 */
export const textOfFile = (name: string, bytes: Uint8Array): TextBlock => {
  const text = cleanLines(new TextDecoder().decode(bytes)).trimEnd();
  const fence = fenceAround(text);
  return { text: `${JSON.stringify({ file: name })}\n${fence}\n${text}\n${fence}`, isFile: true };
};
