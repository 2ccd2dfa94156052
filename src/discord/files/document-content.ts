import { hasVisibleText } from '../../conversation/question.ts';
import { MAX_DOCUMENT_BYTES } from '../../conversation/file-limits.ts';
import { SkipFile, tooLarge } from './skip-file.ts';
import { decodeText, markedText } from './decode-text.ts';
import { notebookText } from './notebook-text.ts';
import { textBytes } from './text-bytes.ts';
import { zipEntryNames } from './zip-directory.ts';
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

export const RECORDING = 'audio and video cannot be read';
const UNREADABLE = 'files of this kind cannot be read';
const BINARY = 'it is a binary file, and its kind cannot be read';
export const ARCHIVE = 'archives cannot be read';
export const PROGRAM = 'programs cannot be read';
const DATABASE = 'databases cannot be read';
const FONT = 'fonts cannot be read';
const SLIDES = 'presentations cannot be read, but they can be saved as PDF';
const OPEN_DOCUMENT = 'OpenDocument files cannot be read, but they can be saved as PDF';
const LOCKED = 'it is protected by a password';
const OTHER_IMAGE = 'images of this kind cannot be read, only PNG, JPEG, GIF and WebP';

/** What files begin with that cannot be read, in hexadecimal, so that people learn why. @see https://www.nationalarchives.gov.uk/PRONOM/ */
const REASONS: readonly [RegExp, string][] = [
  [/^(?:1f8b|377abcaf|52617221|fd377a585a|425a683[1-9]|28b52ffd|.{514}7573746172)/u, ARCHIVE],
  [/^.{8}66747970(?:686569|686576|6d696631|6d736631|617669)/u, OTHER_IMAGE],
  [/^(?:424d.{8}00000000|49492a00|4d4d002a|00000100|38425053|ff0a|0000000c4a584c20)/u, OTHER_IMAGE],
  [/^(?:4f676753|4944330[234]|664c6143|52494646|1a45dfa3|ff[ef][23ab]|fff[19]|.{8}66747970|464c5601|2321414d52|4d546864|3026b275|000001b[3a])/u, RECORDING],
  // The packets of MPEG-2, the kind of which ".ts" files are called by Discord, TypeScript or not.
  [/^47.{374}47.{374}47/u, RECORDING],
  [/^(?:7f454c46|4d5a|cafebabe|feedfac[ef]|c[ef]faedfe|0061736d)/u, PROGRAM],
  [/^53514c69746520666f726d6174/u, DATABASE],
  [/^(?:774f46(?:46|32)|00010000|4f54544f)/u, FONT],
];
/** Bytes that the longest of these looks at. */
const REASON_BYTES = 600;

/** Beside Bedrock's limit: a notebook is mostly the pictures that its cells gave, which are left out. */
export const MAX_NOTEBOOK_BYTES = 10 * 1024 * 1024;

const zipFormat = (bytes: Uint8Array): DocumentFormat => {
  const names = zipEntryNames(bytes);
  if (names.some((name) => /^word\/document\d*\.xml$/iu.test(name))) return 'docx';
  if (names.some((name) => /^xl\/workbook\d*\.xml$/iu.test(name))) return 'xlsx';
  if (names.some((name) => name.startsWith('ppt/'))) throw new SkipFile(SLIDES);
  if (names.includes('mimetype')) throw new SkipFile(names.includes('META-INF/container.xml') ? UNREADABLE : OPEN_DOCUMENT);
  throw new SkipFile(names.includes('[Content_Types].xml') ? UNREADABLE : ARCHIVE);
};

/** Word and Excel up to 2003 share one container, which newer Office also puts around what it encrypts. */
const compoundFormat = (extension: string | undefined): DocumentFormat => {
  if (extension === 'doc' || extension === 'xls') return extension;
  throw new SkipFile(extension === 'docx' || extension === 'xlsx' || extension === 'pptx' ? LOCKED : UNREADABLE);
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
  if (start.startsWith('PK\u0003\u0004') || start.startsWith('PK\u0005\u0006')) return zipFormat(bytes);
  return start.startsWith('\u00D0\u00CF\u0011\u00E0\u00A1\u00B1\u001A\u00E1') ? compoundFormat(extension) : undefined;
};

/** Why a file that is not plainly text cannot be read, where what it begins with says so. */
const knownReason = (bytes: Buffer): string | undefined => {
  const start = bytes.toString('hex', 0, REASON_BYTES);
  return REASONS.find(([pattern]) => pattern.test(start))?.[1];
};

const textContent = (text: string, extension: string | undefined): DocumentContent => {
  const notebook = extension === 'ipynb' ? notebookText(text) : undefined;
  const bytes = textBytes(notebook ?? text);
  return { format: notebook === undefined ? (TEXT_FORMATS.get(extension) ?? 'txt') : 'md', bytes };
};

/**
 * A file that is no image as content of a document. What it is, its bytes say; its extension only tells texts apart, and old
 * Word from old Excel.
 *
 * @param extension in lower case, without the dot
 * @param contentType what Discord says that it is, of which only the charset of a text counts
 * @throws SkipFile when it is empty, too large, or of a kind that Bedrock does not take
 */
export const documentContent = async (bytes: Uint8Array, extension: string | undefined, contentType?: string): Promise<DocumentContent> => {
  if (bytes.length === 0) throw new SkipFile('it is empty');
  const limit = extension === 'ipynb' ? MAX_NOTEBOOK_BYTES : MAX_DOCUMENT_BYTES;
  if (bytes.length > limit) throw tooLarge(limit);
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = binaryFormat(all, extension);
  if (format !== undefined) return { format, bytes };
  const marked = markedText(bytes);
  const reason = marked === undefined ? knownReason(all) : undefined;
  if (reason !== undefined) throw new SkipFile(reason);
  const text = marked ?? (await decodeText(bytes, contentType));
  // Zeros are left out of texts; where there is nothing else, it was none.
  if (text === undefined || (bytes.includes(0) && !hasVisibleText(text.replaceAll('\0', '')))) throw new SkipFile(BINARY);
  return textContent(text, extension);
};
