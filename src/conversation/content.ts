/**
 * Content blocks as Converse defines them.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
 */
export interface TextBlock {
  readonly text: string;
  /** It is what a file says, on its way to the model: too long to be kept in memory. */
  readonly isFile?: true;
}

/** Bytes at hand, as Converse takes them. */
export interface BytesSource {
  readonly bytes: Uint8Array;
}

/** Bytes that lie beside the history, and what they are found by. */
export interface KeptSource {
  /** In hexadecimal. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** Where the bytes of a file are. What is sent has them at hand. */
export type FileSource = BytesSource | KeptSource;

export interface ImageBlock<Source extends FileSource = BytesSource> {
  readonly image: { readonly format: 'png' | 'jpeg' | 'gif' | 'webp'; readonly source: Source };
}

export type DocumentFormat = 'pdf' | 'csv' | 'doc' | 'docx' | 'xls' | 'xlsx' | 'html' | 'txt' | 'md';

export interface DocumentBlock<Source extends FileSource = BytesSource> {
  readonly document: {
    readonly format: DocumentFormat;
    /** Neutral and unique within a request: a file's own name is data for the header, see {@link AttachedFile}. */
    readonly name: string;
    readonly source: Source;
  };
}

export type FileBlock<Source extends FileSource = BytesSource> = ImageBlock<Source> | DocumentBlock<Source>;
export type ContentBlock<Source extends FileSource = BytesSource> = TextBlock | FileBlock<Source>;

export const isDocument = <Source extends FileSource>(block: FileBlock<Source>): block is DocumentBlock<Source> => 'document' in block;

const TEXT_FORMATS: ReadonlySet<DocumentFormat> = new Set<DocumentFormat>(['txt', 'md', 'csv', 'html']);

/** Whether a file is text. It is kept like a document, and sent as what it says: see `history-files.ts`. */
export const isTextFile = (block: FileBlock<FileSource>): block is DocumentBlock<FileSource> =>
  isDocument(block) && TEXT_FORMATS.has(block.document.format);

export const sourceOf = <Source extends FileSource>(block: FileBlock<Source>): Source =>
  isDocument(block) ? block.document.source : block.image.source;

/** The same block with its bytes elsewhere. */
export const withSource = <Source extends FileSource>(block: FileBlock<FileSource>, source: Source): FileBlock<Source> =>
  isDocument(block) ? { document: { ...block.document, source } } : { image: { ...block.image, source } };

/** In bytes. */
export const sizeOf = (source: FileSource): number => ('bytes' in source ? source.bytes.length : source.size);

/** Which message a file of a question came with, where it is not the question itself: one that it points at, passes on or links to, or that began its thread. */
export type FileOrigin = 'thread' | 'in_reply_to' | 'forwarded' | `linked-${number}`;

/** A file of a question: the block that Converse gets, and what people call it. */
export interface AttachedFile {
  /** As its author named it: one clean line, untrusted. */
  readonly name: string;
  readonly block: FileBlock;
  readonly origin?: FileOrigin | undefined;
}

const nameFor = (block: FileBlock<FileSource>): string => {
  if (isTextFile(block)) return 'a text file that';
  return isDocument(block) ? `${block.document.name}, which` : 'an image that';
};

/** What stands in a turn for a file that is not sent. */
export const placeholder = (block: FileBlock<FileSource>): TextBlock => ({ text: `[${nameFor(block)} is no longer sent]` });

/** Whether a text may stand for a file; where no file was, somebody may have written it. */
export const isPlaceholder = (text: string): boolean => /^\[(?:document-\d+, which|an image that|a text file that) is no longer sent\]$/u.test(text);
