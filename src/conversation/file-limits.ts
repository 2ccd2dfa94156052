import { isDocument, isTextFile, sizeOf, sourceOf } from './content.ts';
import type { FileBlock, FileSource } from './content.ts';

/** Images in one request. With more of them, Bedrock also allows each only 2000 pixels a side. */
export const MAX_IMAGES = 20;
/** Documents in one request. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html */
export const MAX_DOCUMENTS = 5;
/** Images and documents in one request: some models count them together. @see https://github.com/boto/boto3/issues/4632 */
export const MAX_FILES = 20;
/** Bytes of an image: Bedrock measures 5 MiB of base64. @see https://github.com/aws/aws-sdk-js-v3/issues/6785 */
export const MAX_IMAGE_BYTES = 3.75 * 1024 * 1024;
/** Pixels of an image's width, and of its height. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html */
export const MAX_IMAGE_SIDE = 8_000;
/** Bytes of a document. @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-api-restrictions.html */
export const MAX_DOCUMENT_BYTES = 4.5 * 1024 * 1024;
/**
 * Bytes of all files of one request: as base64 they leave room for the text in the 20 MB that Claude takes.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
 */
export const MAX_REQUEST_FILE_BYTES = 14 * 1024 * 1024;

/**
 * What files of earlier questions may take of a prompt together, in estimated tokens. They have this beside the budget of
 * what was said, so that a large document neither pushes out the conversation about it nor is sent again without end.
 */
export const MAX_EARLIER_FILE_TOKENS = 100_000;

/** Bytes of all text files of one request: some 500,000 tokens, half of what the models with the largest contexts read. */
export const MAX_REQUEST_TEXT_BYTES = 2 * 1024 * 1024;
/** Text files in one request, which are no documents to Bedrock: each is read from the store with each question. */
export const MAX_TEXT_FILES = 60;

export type FileKind = 'images' | 'documents' | 'texts';

export const kindOf = (block: FileBlock<FileSource>): FileKind => (isTextFile(block) ? 'texts' : isDocument(block) ? 'documents' : 'images');

/** The limit of a request that one more file would break. */
export type FileLimit = 'images' | 'documents' | 'texts' | 'files' | 'text-bytes' | 'bytes';

/** What one request still has room for. */
export class FileAllowance {
  readonly #most: Readonly<Record<FileKind, number>>;
  readonly #counts: Record<FileKind, number> = { images: 0, documents: 0, texts: 0 };
  #bytes = 0;
  #textBytes = 0;

  /** @param mostImages what the model takes */
  constructor(mostImages = MAX_IMAGES) {
    this.#most = { images: mostImages, documents: MAX_DOCUMENTS, texts: MAX_TEXT_FILES };
  }

  /** Makes room for a file, or says which limit leaves none. */
  take(block: FileBlock<FileSource>): FileLimit | undefined {
    const kind = kindOf(block);
    const size = sizeOf(sourceOf(block));
    if (this.#counts[kind] >= this.#most[kind]) return kind;
    if (kind !== 'texts' && this.#counts.images + this.#counts.documents >= MAX_FILES) return 'files';
    if (this.#bytes + size > MAX_REQUEST_FILE_BYTES) return 'bytes';
    if (kind === 'texts' && this.#textBytes + size > MAX_REQUEST_TEXT_BYTES) return 'text-bytes';
    this.#counts[kind] += 1;
    this.#bytes += size;
    if (kind === 'texts') this.#textBytes += size;
    return undefined;
  }
}
