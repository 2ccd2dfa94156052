import { MAX_DOCUMENTS, MAX_FILES, MAX_REQUEST_FILE_BYTES, MAX_REQUEST_TEXT_BYTES, MAX_TEXT_FILES } from '../../conversation/file-limits.ts';

/** Why a file was skipped: short phrases for people and the model, as in "`a.zip`: archives cannot be read". */
export const RECORDING = 'audio and video cannot be read';
export const UNREADABLE = 'files of this kind cannot be read';
export const BINARY = 'it is a binary file, and its kind cannot be read';
export const ARCHIVE = 'archives cannot be read';
export const PROGRAM = 'programs cannot be read';
export const DATABASE = 'databases cannot be read';
export const FONT = 'fonts cannot be read';
export const SLIDES = 'presentations cannot be read, but they can be saved as PDF';
export const OPEN_DOCUMENT = 'OpenDocument files cannot be read, but they can be saved as PDF';
export const APPLE_DOCUMENT = 'documents of Pages, Numbers and Keynote cannot be read, but they can be exported as PDF';
export const BOOK = 'e-books cannot be read';
export const OTHER_IMAGE = 'images of this kind cannot be read, only PNG, JPEG, GIF and WebP';
export const LOCKED = 'it is protected by a password';
export const EMPTY = 'it is empty';
export const DAMAGED = 'it is damaged, or no document of that kind';
export const DAMAGED_IMAGE = 'its image data is damaged';

export const NOT_OF_DISCORD = 'it does not come from Discord';
export const UNDELIVERED = 'Discord could not deliver it';
export const GONE = 'Discord does not have it any more';
export const NOT_ARRIVED = 'it did not arrive';
export const TOO_SLOW = 'it took too long to read';
export const NOT_NEEDED = 'it was not needed any more';
/** Of a question that another process had taken. */
export const LOST_IN_RESTART = 'it was lost when I restarted';
/** Of a question that is asked again. */
export const NO_LONGER_THERE = 'it is no longer there';

const megabytes = (bytes: number): string => `${bytes / (1024 * 1024)} MB`;

/** @param bytes the limit that the file is above */
export const tooLargeText = (bytes: number): string => `it is larger than ${megabytes(bytes)}`;
export const tooManyCharactersText = (most: number): string => `it is longer than ${most.toLocaleString('en')} characters`;
/** @param side in pixels */
export const tooWideText = (side: number): string => `it is wider or higher than ${side} pixels`;
export const tooManyPixelsText = (pixels: number): string => `it has more than ${pixels / 1e6} megapixels`;
/** @param problem one of the texts here */
export const notScalableText = (problem: string): string => `${problem} and cannot be scaled down`;
/** @param parts into how many the model lets it be cut */
export const tooLongImageText = (parts: number): string =>
  parts === 1 ? 'it is too long to be read, and the model takes one picture at once' : `it is too long to be cut into ${parts} parts that can be read`;

/** By the limit of a request that one more file would break. */
export const LIMIT_REASONS = {
  files: `there are more than ${MAX_FILES} files`,
  documents: `there are more than ${MAX_DOCUMENTS} documents`,
  texts: `there are more than ${MAX_TEXT_FILES} text files`,
  'text-bytes': `all text files together are larger than ${megabytes(MAX_REQUEST_TEXT_BYTES)}`,
  bytes: `all files together are larger than ${megabytes(MAX_REQUEST_FILE_BYTES)}`,
} as const;
/** The same where the model takes fewer pictures than others. */
export const tooManyPicturesText = (most: number): string => `the model takes no more than ${most === 1 ? 'one picture' : `${most} pictures`} at once`;
export const partsLeftOutText = (read: number, all: number): string => `only the first ${read} of its ${all} parts have room`;

/** What a file is called whose name shows nothing. */
export const NAMELESS_FILE = 'a file';
/** What the model knows a part of a picture by. @param part counted from 1 */
export const partName = (name: string, part: number, all: number): string => `${name} (part ${part} of ${all})`;
