import { APPLE_DOCUMENT, ARCHIVE, BOOK, DAMAGED, DAMAGED_IMAGE, DATABASE, FONT, OPEN_DOCUMENT, OTHER_IMAGE, PROGRAM, RECORDING, SLIDES } from '../texts/file-texts.ts';

/** What files begin with that cannot be read, in hexadecimal, so that people learn why. @see https://www.nationalarchives.gov.uk/PRONOM/ */
const BEGINNINGS: readonly [RegExp, string][] = [
  [/^(?:1f8b|377abcaf|52617221|fd377a585a|425a683[1-9]|28b52ffd|.{514}7573746172)/u, ARCHIVE],
  [/^.{8}66747970(?:686569|686576|6d696631|6d736631|617669)/u, OTHER_IMAGE],
  [/^(?:424d.{8}00000000|49492a00|4d4d002a|00000100|38425053|ff0a|0000000c4a584c20)/u, OTHER_IMAGE],
  [/^(?:4f676753|4944330[234]|664c6143|52494646|1a45dfa3|ff[ef][23ab]|fff[19]|.{8}66747970|464c5601|2321414d52|4d546864|3026b275|000001b[3a])/u, RECORDING],
  // The packets of MPEG-2, the kind of which ".ts" files are called by Discord, TypeScript or not.
  [/^47.{374}47.{374}47/u, RECORDING],
  [/^(?:7f454c46|4d5a|cafebabe|feedfac[ef]|c[ef]faedfe|0061736d)/u, PROGRAM],
  [/^53514c69746520666f726d6174/u, DATABASE],
  [/^(?:774f46(?:46|32)|00010000|4f54544f)/u, FONT],
  [/^.{120}424f4f4b4d4f4249/u, BOOK],
];
/** Bytes that the longest of these looks at. */
const BEGINNING_BYTES = 600;

/** What a file cannot be that is called so, and whose bytes say nothing else. */
const NAMES: readonly [RegExp, string][] = [
  [/^(?:pdf|doc[xm]?|dot[xm]?|xls[xm]?|xlt[xm]?)$/u, DAMAGED],
  [/^(?:png|jpe?g|gif|webp)$/u, DAMAGED_IMAGE],
  [/^(?:hei[cf]|avif|tiff?|bmp|ico|psd|jxl|jp2)$/u, OTHER_IMAGE],
  [/^(?:pp[st][xm]?|pot[xm]?)$/u, SLIDES],
  [/^(?:od[tspg]|fodt)$/u, OPEN_DOCUMENT],
  [/^(?:pages|numbers|key)$/u, APPLE_DOCUMENT],
  [/^(?:epub|mobi|azw3?)$/u, BOOK],
];

/** Why a file that is not plainly text cannot be read, where what it begins with says so. */
export const reasonByBytes = (bytes: Buffer): string | undefined => {
  const start = bytes.toString('hex', 0, BEGINNING_BYTES);
  return BEGINNINGS.find(([pattern]) => pattern.test(start))?.[1];
};

/** The same, where only its name is left to say what it should have been. @param extension in lower case, without the dot */
export const reasonByName = (extension: string | undefined): string | undefined => NAMES.find(([pattern]) => pattern.test(extension ?? ''))?.[1];
