/**
 * Content blocks as Converse defines them.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
 */
export interface TextBlock {
  readonly text: string;
}

export interface ImageBlock {
  readonly image: { readonly format: 'png' | 'jpeg' | 'gif' | 'webp'; readonly source: { readonly bytes: Uint8Array } };
}

export type DocumentFormat = 'pdf' | 'csv' | 'doc' | 'docx' | 'xls' | 'xlsx' | 'html' | 'txt' | 'md';

export interface DocumentBlock {
  readonly document: {
    readonly format: DocumentFormat;
    /** Neutral and unique within a request: a file's own name is data for the header, see {@link AttachedFile}. */
    readonly name: string;
    readonly source: { readonly bytes: Uint8Array };
  };
}

export type FileBlock = ImageBlock | DocumentBlock;
export type ContentBlock = TextBlock | FileBlock;

/** A file of a question: the block that Converse gets, and what people call it. */
export interface AttachedFile {
  /** As its author named it: one clean line, untrusted. */
  readonly name: string;
  readonly block: FileBlock;
}
