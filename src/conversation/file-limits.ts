import type { ContentBlock, DocumentBlock, FileBlock } from './content.ts';
import type { Turn } from './turn.ts';

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

/** The limit of a request that one more file would break. */
export type FileLimit = 'images' | 'documents' | 'files' | 'bytes';

const isDocument = (block: FileBlock): block is DocumentBlock => 'document' in block;

export const fileBytes = (block: FileBlock): number =>
  isDocument(block) ? block.document.source.bytes.length : block.image.source.bytes.length;

/** What one request still has room for. */
export class FileAllowance {
  #images = 0;
  #documents = 0;
  #bytes = 0;

  /** Makes room for a file, or says which limit leaves none. */
  take(block: FileBlock): FileLimit | undefined {
    const bytes = this.#bytes + fileBytes(block);
    if (isDocument(block) ? this.#documents >= MAX_DOCUMENTS : this.#images >= MAX_IMAGES) return isDocument(block) ? 'documents' : 'images';
    if (this.#images + this.#documents >= MAX_FILES) return 'files';
    if (bytes > MAX_REQUEST_FILE_BYTES) return 'bytes';
    if (isDocument(block)) this.#documents += 1;
    else this.#images += 1;
    this.#bytes = bytes;
    return undefined;
  }
}

const isTextOnly = (turn: Turn): boolean => turn.content.every((block) => 'text' in block);

/** For each block of each turn, whether it is sent. Of each kind, no file is sent that is in an older turn than one that is not. */
const chooseBlocks = (turns: readonly Turn[]): readonly (readonly boolean[])[] => {
  const allowance = new FileAllowance();
  const room = { images: true, documents: true };
  const newestFirst = turns.toReversed().map(({ content }) => {
    const roomBefore = { ...room };
    return content.map((block) => {
      if ('text' in block) return true;
      const kind = isDocument(block) ? 'documents' : 'images';
      const isSent = roomBefore[kind] && allowance.take(block) === undefined;
      if (!isSent) room[kind] = false;
      return isSent;
    });
  });
  return newestFirst.toReversed();
};

/**
 * The turns as one request may carry them, oldest first. Files beyond the limits become a line of text, those of older turns
 * first, so that no turn loses its last block. Documents are numbered over all turns, also those that are not sent: each keeps
 * its name while it is remembered, and with it the beginning of the prompt stays the same.
 */
export const withinRequestLimits = (turns: readonly Turn[]): readonly Turn[] => {
  if (turns.every(isTextOnly)) return turns;
  const choice = chooseBlocks(turns);
  let documents = 0;
  return turns.map((turn, turnIndex) => {
    if (isTextOnly(turn)) return turn;
    const content = turn.content.map((block, index): ContentBlock => {
      if ('text' in block) return block;
      const isSent = choice[turnIndex]?.[index] === true;
      if (!isDocument(block)) return isSent ? block : { text: '[an image that is no longer sent]' };
      documents += 1;
      const name = `document-${documents}`;
      return isSent ? { document: { ...block.document, name } } : { text: `[${name}, which is no longer sent]` };
    });
    return { ...turn, content };
  });
};
