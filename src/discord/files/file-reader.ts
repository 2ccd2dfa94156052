import { FileAllowance, MAX_DOCUMENT_BYTES, MAX_FILES, MAX_IMAGES, MAX_IMAGE_BYTES, MAX_REQUEST_FILE_BYTES } from '../../conversation/file-limits.ts';
import { sizeOf, sourceOf } from '../../conversation/content.ts';
import { cleanName, hasVisibleText } from '../../conversation/question.ts';
import { giveBack } from '../../conversation/paged-bytes.ts';
import {
  ARCHIVE,
  EMPTY,
  LIMIT_REASONS,
  NAMELESS_FILE,
  NOT_ARRIVED,
  NOT_NEEDED,
  NOT_OF_DISCORD,
  PROGRAM,
  RECORDING,
  partName,
  partsLeftOutText,
  tooManyPicturesText,
} from '../texts/file-texts.ts';
import { createCdnAddress } from './cdn-address.ts';
import { collectYoungGarbage } from './collect-garbage.ts';
import { startDeadline } from './deadline.ts';
import { MAX_NOTEBOOK_BYTES, documentContent } from './document-content.ts';
import { download } from './download.ts';
import { imageBlocks } from './image-block.ts';
import { imageFormat } from './image-header.ts';
import { SkipFile, tooLarge } from './skip-file.ts';
import type { AttachedFile, FileBlock, FileOrigin } from '../../conversation/content.ts';
import type { ReadFiles, SkippedFile } from '../../conversation/question.ts';
import type { FileLimit } from '../../conversation/file-limits.ts';
import type { ByteRoom } from '../../conversation/byte-room.ts';
import type { ScaleImage } from './image-block.ts';

/** A file as Discord describes it. Nothing of this is trusted. */
export interface IncomingFile {
  readonly name: string;
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  readonly contentType?: string | undefined;
  readonly origin?: FileOrigin | undefined;
}

/**
 * `onCrowded` is called when the files have to wait until others leave room for them.
 * @param mostImages how many the model takes that is asked
 */
export type FileReader = (files: readonly IncomingFile[], signal: AbortSignal, onCrowded?: () => void, mostImages?: number) => Promise<ReadFiles>;

export interface FileReaderOptions {
  /** The only places that files come from, see {@link createCdnAddress}. */
  readonly cdnUrls: readonly string[];
  /** Milliseconds for one file. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for all files of a question. */
  readonly wholeTimeoutMs?: number | undefined;
  /** Without it, images beyond Bedrock's limits are skipped. */
  readonly scaleImage?: ScaleImage | undefined;
  /** Without it, nothing limits what the files of several questions take of the memory together, once they are read. */
  readonly room?: ByteRoom | undefined;
  /** The same for what is being read: files as they come, before they are made smaller. */
  readonly readingRoom?: ByteRoom | undefined;
}

const MAX_PARALLEL = 4;
/** Bytes of an image that is read to be scaled down: enough for a photo of 100 megapixels. */
const MAX_SCALABLE_BYTES = 25 * 1024 * 1024;

/** Bytes of a download whose pieces are worth a look for garbage. */
const MANY_PIECES_BYTES = 1024 * 1024;

const limitReason = (limit: FileLimit, mostImages: number): string => {
  if (limit !== 'images') return LIMIT_REASONS[limit];
  return mostImages === MAX_IMAGES ? LIMIT_REASONS.files : tooManyPicturesText(mostImages);
};

/** Mostly one block; several are the parts of one picture, in their order. */
type Outcome = readonly FileBlock[] | SkipFile;

const displayName = (name: string): string => (hasVisibleText(name) ? cleanName(name) : NAMELESS_FILE);

const extensionIn = (name: string): string | undefined => /\.(\w{1,12})$/u.exec(name)?.[1]?.toLowerCase();

const sorted = (files: readonly IncomingFile[], outcomes: readonly Outcome[], mostImages: number): ReadFiles => {
  const allowance = new FileAllowance(mostImages);
  const read: AttachedFile[] = [];
  const skipped: SkippedFile[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const { name: givenName = '', origin } = files[index] ?? {};
    const name = displayName(givenName);
    if (outcome instanceof SkipFile) {
      skipped.push({ name, reason: outcome.message });
      continue;
    }
    const isWhole = outcome.length === 1;
    for (const [part, block] of outcome.entries()) {
      const limit = allowance.take(block);
      if (limit !== undefined) {
        skipped.push({ name, reason: part === 0 ? limitReason(limit, mostImages) : partsLeftOutText(part, outcome.length) });
        break;
      }
      read.push({ name: isWhole ? name : partName(name, part + 1, outcome.length), block, ...(origin === undefined ? {} : { origin }) });
    }
  }
  return { files: read, skipped };
};

/**
 * Makes the reader of the files of a question. It never rejects: whatever happens to a file, it is read or skipped.
 * Documents carry a placeholder for a name, see `fitFiles`.
 *
 * @throws TypeError when a CDN's address is none
 */
export const createFileReader = ({ cdnUrls, timeoutMs = 10_000, wholeTimeoutMs = 30_000, scaleImage, room, readingRoom }: FileReaderOptions): FileReader => {
  const cdnAddress = createCdnAddress(cdnUrls);

  const claimsImage = (file: IncomingFile, extension: string | undefined): boolean =>
    file.contentType?.startsWith('image/') === true || /^(?:png|jpe?g|gif|webp)$/u.test(extension ?? '');

  const maxBytes = (file: IncomingFile, extension: string | undefined): number => {
    if (claimsImage(file, extension)) return scaleImage === undefined ? MAX_IMAGE_BYTES : MAX_SCALABLE_BYTES;
    return extension === 'ipynb' ? MAX_NOTEBOOK_BYTES : MAX_DOCUMENT_BYTES;
  };

  const readBlocks = async (file: IncomingFile, signal: AbortSignal, mostImages: number): Promise<readonly FileBlock[]> => {
    const url = cdnAddress(file.url);
    if (url === undefined) throw new SkipFile(NOT_OF_DISCORD);
    // Discord's title of a file, which keeps letters that its address loses, may lack the extension.
    const extension = extensionIn(url.pathname) ?? extensionIn(file.name);
    const limit = maxBytes(file, extension);
    if (file.size === 0) throw new SkipFile(EMPTY);
    // It is not fetched, so that only its name can tell what it is; and a smaller one of its kind could not be read either.
    if (file.size > limit) throw claimedReason(file.contentType, extension) ?? tooLarge(limit);
    const bytes = await download(url, limit, signal);
    if (bytes.length >= MANY_PIECES_BYTES) collectYoungGarbage();
    const format = imageFormat(bytes);
    if (format !== undefined) return imageBlocks(format, bytes, scaleImage, signal, mostImages);
    const content = await documentContent(bytes, extension, file.contentType);
    return [{ document: { format: content.format, name: 'document', source: { bytes: content.bytes } } }];
  };

  const readOutcome = async (file: IncomingFile, outer: AbortSignal, onCrowded: (() => void) | undefined, mostImages: number): Promise<Outcome> => {
    // Who waits in vain is told by the reading itself; and waiting for others is not slowness.
    using _ = await readingRoom?.take(Math.min(file.size, MAX_SCALABLE_BYTES), outer, onCrowded).catch(() => undefined);
    const deadline = startDeadline(outer, timeoutMs);
    try {
      deadline.signal.throwIfAborted();
      return await readBlocks(file, deadline.signal, mostImages);
    } catch (error) {
      const cause: unknown = deadline.signal.aborted ? deadline.signal.reason : error;
      if (cause instanceof SkipFile) return cause;
      return new SkipFile(deadline.signal.aborted ? NOT_NEEDED : NOT_ARRIVED);
    } finally {
      deadline.end();
    }
  };

  const readAll = async (files: readonly IncomingFile[], signal: AbortSignal, onCrowded: (() => void) | undefined, mostImages: number): Promise<ReadFiles> => {
    const whole = startDeadline(signal, wholeTimeoutMs);
    let bytesRead = 0;
    try {
      const outcomes = await inParallel([...files.entries()], MAX_PARALLEL, async ([index, file]) => {
        if (index >= MAX_FILES) return new SkipFile(LIMIT_REASONS.files);
        if (bytesRead > MAX_REQUEST_FILE_BYTES) return new SkipFile(LIMIT_REASONS.bytes);
        const outcome = await readOutcome(file, whole.signal, onCrowded, mostImages);
        if (!(outcome instanceof SkipFile)) bytesRead += outcome.reduce((sum, block) => sum + sizeOf(sourceOf(block)), 0);
        return outcome;
      });
      return sorted(files, outcomes, mostImages);
    } finally {
      whole.end();
    }
  };

  return async (files, signal, onCrowded, mostImages = MAX_IMAGES) => {
    const claimed = Math.min(MAX_REQUEST_FILE_BYTES, files.reduce((sum, { size }) => sum + Math.min(size, MAX_DOCUMENT_BYTES), 0));
    // Who waits in vain is told by the reading itself.
    const taken = await room?.take(claimed, signal, onCrowded).catch(() => undefined);
    const read = await readAll(files, signal, onCrowded, mostImages);
    const bytes = read.files.map(({ block }) => sourceOf(block).bytes);
    taken?.shrink(bytes.reduce((sum, { length }) => sum + length, 0));
    const free = (): void => {
      bytes.forEach(giveBack);
      taken?.[Symbol.dispose]();
    };
    return { ...read, ...(read.files.length === 0 ? {} : { room: { [Symbol.dispose]: free } }) };
  };
};

/** The results of `work` for all items, in their order, with no more than `limit` of them under way at once. */
const inParallel = async <Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
};

const REASONS: readonly { readonly extensions: RegExp; readonly types: RegExp; readonly reason: string }[] = [
  {
    extensions: /^(?:mp[234]|m4[abv]|mov|mkv|webm|avi|wmv|mpe?g|flv|3gp|wav|ogg|oga|opus|flac|aac|wma|midi?)$/u,
    types: /^(?:audio|video)\//u,
    reason: RECORDING,
  },
  { extensions: /^(?:zip|7z|rar|t?gz|tar|xz|bz2|zst)$/u, types: /^application\/(?:zip|gzip|x-(?:7z|tar|xz|bzip2|rar)\b)/u, reason: ARCHIVE },
  { extensions: /^(?:exe|msi|dll|dmg|apk|jar|deb|rpm|appimage)$/u, types: /^application\/(?:x-msdownload|vnd\.android)/u, reason: PROGRAM },
];

/**
 * Why a file that is too large to be fetched could not be read if it were smaller, as its name and Discord say; undefined where
 * they do not.
 */
const claimedReason = (contentType: string | undefined, extension: string | undefined): SkipFile | undefined => {
  // To Discord, TypeScript is a film.
  if (extension === 'ts') return undefined;
  const found = REASONS.find(({ extensions, types }) => extensions.test(extension ?? '') || types.test(contentType ?? ''));
  return found && new SkipFile(found.reason);
};
