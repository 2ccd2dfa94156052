import { MAX_DOCUMENT_BYTES } from '../../conversation/file-limits.ts';
import { SkipFile, tooLarge } from './skip-file.ts';
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

const UNREADABLE = 'files of this kind cannot be read';
const ARCHIVE = 'archives cannot be read';
const RECORDING = 'audio and video cannot be read';
const OTHER_IMAGE = 'images of this kind cannot be read, only PNG, JPEG, GIF and WebP';

/** What files begin with that cannot be read, in hexadecimal, so that people learn why. @see https://www.nationalarchives.gov.uk/PRONOM/ */
const REASONS: readonly [RegExp, string][] = [
  [/^(?:1f8b|377abcaf|52617221|fd377a585a|425a68|28b52ffd)/u, ARCHIVE],
  [/^.{8}66747970(?:686569|686576|6d696631|6d736631|617669)/u, OTHER_IMAGE],
  [/^(?:424d|49492a00|4d4d002a|00000100)/u, OTHER_IMAGE],
  [/^(?:4f676753|494433|664c6143|52494646|1a45dfa3|ff[ef][23ab]|.{8}66747970)/u, RECORDING],
];

const zipFormat = (bytes: Uint8Array): DocumentFormat => {
  const names = zipEntryNames(bytes);
  if (names.some((name) => /^word\/document\d*\.xml$/iu.test(name))) return 'docx';
  if (names.some((name) => /^xl\/workbook\d*\.xml$/iu.test(name))) return 'xlsx';
  throw new SkipFile(names.includes('[Content_Types].xml') || names.includes('mimetype') ? UNREADABLE : ARCHIVE);
};

/** Word and Excel up to 2003 share one container, which newer Office also puts around what it encrypts. */
const compoundFormat = (extension: string | undefined): DocumentFormat => {
  if (extension === 'doc' || extension === 'xls') return extension;
  throw new SkipFile(extension === 'docx' || extension === 'xlsx' ? 'it is protected by a password' : UNREADABLE);
};

const binaryFormat = (bytes: Uint8Array, extension: string | undefined): DocumentFormat | undefined => {
  const start = Buffer.from(bytes.subarray(0, PDF_MARK_BYTES)).toString('latin1');
  if (start.startsWith('%PDF-') || (extension === 'pdf' && start.includes('%PDF-'))) return 'pdf';
  if (start.startsWith('PK\u0003\u0004') || start.startsWith('PK\u0005\u0006')) return zipFormat(bytes);
  return start.startsWith('\u00D0\u00CF\u0011\u00E0\u00A1\u00B1\u001A\u00E1') ? compoundFormat(extension) : undefined;
};

const whyUnreadable = (bytes: Uint8Array): string => {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex');
  return REASONS.find(([pattern]) => pattern.test(start))?.[1] ?? UNREADABLE;
};

/**
 * A file that is no image as content of a document. What it is, its bytes say; its extension only tells texts apart, and old
 * Word from old Excel.
 *
 * @param extension in lower case, without the dot
 * @throws SkipFile when it is empty, too large, or of a kind that Bedrock does not take
 */
export const documentContent = (bytes: Uint8Array, extension: string | undefined): DocumentContent => {
  if (bytes.length === 0) throw new SkipFile('it is empty');
  if (bytes.length > MAX_DOCUMENT_BYTES) throw tooLarge(MAX_DOCUMENT_BYTES);
  const format = binaryFormat(bytes, extension);
  if (format !== undefined) return { format, bytes };
  const text = textBytes(bytes);
  if (text === undefined) throw new SkipFile(whyUnreadable(bytes));
  return { format: TEXT_FORMATS.get(extension) ?? 'txt', bytes: text };
};
