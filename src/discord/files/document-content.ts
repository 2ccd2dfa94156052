import { hasVisibleText } from '../../conversation/question.ts';
import { MAX_DOCUMENT_BYTES } from '../../conversation/file-limits.ts';
import { APPLE_DOCUMENT, ARCHIVE, BINARY, BOOK, EMPTY, LOCKED, OPEN_DOCUMENT, SLIDES, UNREADABLE, tooManyCharactersText } from '../texts/file-texts.ts';
import { SkipFile, tooLarge } from './skip-file.ts';
import { compoundKind, zipEntryNames } from './office-containers.ts';
import { decodeText, markedText } from './decode-text.ts';
import { notebookText } from './notebook-text.ts';
import { reasonByBytes, reasonByName } from './unreadable-kinds.ts';
import type { DocumentFormat } from '../../conversation/content.ts';

export interface DocumentContent {
  readonly format: DocumentFormat;
  readonly bytes: Uint8Array;
}

const TEXT_FORMATS: ReadonlyMap<string | undefined, DocumentFormat> = new Map([
  ['html', 'html'],
  ['htm', 'html'],
  ['md', 'md'],
  ['markdown', 'md'],
  ['csv', 'csv'],
]);

/** How far into a PDF its mark may come. @see https://opensource.adobe.com/dc-acrobat-sdk-docs/standards/pdfstandards/pdf/PDF32000_2008.pdf (appendix H) */
const PDF_MARK_BYTES = 1_024;

/** Beside Bedrock's limit: a notebook is mostly the pictures that its cells gave, which are left out. */
export const MAX_NOTEBOOK_BYTES = 10 * 1024 * 1024;

/** Why a zip file without a document in it cannot be read, by what is in it, else by what it is called. */
const zipReason = (names: readonly string[], extension: string | undefined): string => {
  if (names.some((name) => name.startsWith('ppt/'))) return SLIDES;
  if (names.some((name) => /^Index(?:\.zip$|\/.*\.iwa$)/u.test(name))) return APPLE_DOCUMENT;
  if (names.includes('mimetype')) return names.includes('META-INF/container.xml') ? BOOK : OPEN_DOCUMENT;
  return reasonByName(extension) ?? (names.includes('[Content_Types].xml') ? UNREADABLE : ARCHIVE);
};

const zipFormat = (bytes: Uint8Array, extension: string | undefined): DocumentFormat => {
  const names = zipEntryNames(bytes);
  if (names.some((name) => /^word\/document\d*\.xml$/iu.test(name))) return 'docx';
  if (names.some((name) => /^xl\/workbook\d*\.xml$/iu.test(name))) return 'xlsx';
  throw new SkipFile(zipReason(names, extension));
};

/** Word and Excel up to 2003. */
const compoundFormat = (bytes: Buffer, extension: string | undefined): DocumentFormat => {
  const kind = compoundKind(bytes) ?? (extension === 'doc' || extension === 'xls' ? extension : undefined);
  if (kind === 'doc' || kind === 'xls') return kind;
  if (kind === 'locked') throw new SkipFile(LOCKED);
  throw new SkipFile(kind === 'slides' ? SLIDES : (reasonByName(extension) ?? UNREADABLE));
};

/**
 * Whether a PDF says that it is encrypted: its trailer, which is never compressed, then refers to a dictionary.
 * @see https://opensource.adobe.com/dc-acrobat-sdk-docs/standards/pdfstandards/pdf/PDF32000_2008.pdf (7.6.1)
 */
const isEncrypted = (bytes: Buffer): boolean => {
  for (let at = bytes.indexOf('/Encrypt'); at !== -1; at = bytes.indexOf('/Encrypt', at + 1)) {
    if (/^\/Encrypt\s*(?:\d+\s+\d+\s+R|<<)/u.test(bytes.toString('latin1', at, at + 40))) return true;
  }
  return false;
};

const pdfFormat = (bytes: Buffer): DocumentFormat => {
  if (isEncrypted(bytes)) throw new SkipFile(LOCKED);
  return 'pdf';
};

const binaryFormat = (bytes: Buffer, extension: string | undefined): DocumentFormat | undefined => {
  const start = bytes.toString('latin1', 0, PDF_MARK_BYTES);
  if (start.startsWith('%PDF-') || (extension === 'pdf' && start.includes('%PDF-'))) return pdfFormat(bytes);
  if (start.startsWith('PK\u0003\u0004') || start.startsWith('PK\u0005\u0006')) return zipFormat(bytes, extension);
  return start.startsWith('\u00D0\u00CF\u0011\u00E0\u00A1\u00B1\u001A\u00E1') ? compoundFormat(bytes, extension) : undefined;
};

const textContent = (text: string, extension: string | undefined): DocumentContent => {
  const notebook = extension === 'ipynb' ? notebookText(text) : undefined;
  const bytes = textBytes(notebook ?? text);
  return { format: notebook === undefined ? (TEXT_FORMATS.get(extension) ?? 'txt') : 'md', bytes };
};

/**
 * A file that is no image as content of a document. What it is, its bytes say; its extension tells texts apart, and what a
 * damaged one should have been.
 *
 * @param extension in lower case, without the dot
 * @param contentType what Discord says that it is, of which only the charset of a text counts
 * @throws SkipFile when it is empty, too large, or of a kind that Bedrock does not take
 */
export const documentContent = async (bytes: Uint8Array, extension: string | undefined, contentType?: string): Promise<DocumentContent> => {
  if (bytes.length === 0) throw new SkipFile(EMPTY);
  const limit = extension === 'ipynb' ? MAX_NOTEBOOK_BYTES : MAX_DOCUMENT_BYTES;
  if (bytes.length > limit) throw tooLarge(limit);
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = binaryFormat(all, extension);
  if (format !== undefined) return { format, bytes };
  const marked = markedText(bytes);
  // Zeros may pad a text; what is called a picture or a document of Office is no text then.
  const named = bytes.includes(0) ? reasonByName(extension) : undefined;
  const reason = marked === undefined ? (reasonByBytes(all) ?? named) : undefined;
  if (reason !== undefined) throw new SkipFile(reason);
  const text = marked ?? (await decodeText(bytes, contentType));
  // Zeros are left out of texts; where there is nothing else, it was none.
  if (text === undefined || (bytes.includes(0) && !hasVisibleText(text.replaceAll('\0', '')))) throw new SkipFile(reasonByName(extension) ?? BINARY);
  return textContent(text, extension);
};

/** About what fits beside a conversation into a model's context. */
const MAX_TEXT_CHARACTERS = 400_000;

/**
 * A text as UTF-8 without a byte order mark.
 * @throws SkipFile when there is too much to read in it, or nothing
 */
const textBytes = (decoded: string): Uint8Array => {
  const text = decoded.replaceAll('\0', '');
  if (text.length > MAX_TEXT_CHARACTERS) throw new SkipFile(tooManyCharactersText(MAX_TEXT_CHARACTERS));
  if (!hasVisibleText(text)) throw new SkipFile(EMPTY);
  return new TextEncoder().encode(text);
};
