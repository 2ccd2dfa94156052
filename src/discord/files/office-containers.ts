import type { DocumentFormat } from '../../conversation/content.ts';

/** What a file in Office's old container is; `locked` where a password protects it. */
export type CompoundKind = Extract<DocumentFormat, 'doc' | 'xls'> | 'locked' | 'slides' | 'other';

const named = (name: string): Buffer => Buffer.from(name, 'utf16le');

/** Names of streams, which lie in the container as they are. @see https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb (2.6.1) */
const STREAMS: readonly (readonly [Buffer, CompoundKind])[] = [
  [named('EncryptedPackage'), 'locked'],
  [named('WordDocument'), 'doc'],
  [named('PowerPoint Document'), 'slides'],
  [named('Workbook'), 'xls'],
  [named('__properties_version1.0'), 'other'],
];

/** Where the first stream mostly begins: behind the header, in bytes. */
const FIRST_SECTOR = 512;

/** The flag of an encrypted text. @see https://learn.microsoft.com/openspecs/office_file_formats/ms-doc (2.5.2) */
const isLockedText = (bytes: Buffer): boolean =>
  bytes.length >= FIRST_SECTOR + 12 && bytes.readUInt16LE(FIRST_SECTOR) === 0xa5ec && (bytes.readUInt16LE(FIRST_SECTOR + 10) & 0x0100) !== 0;

/** A sheet's second record, behind where its first one ends. @see https://learn.microsoft.com/openspecs/office_file_formats/ms-xls (2.4.117) */
const isLockedSheet = (bytes: Buffer): boolean => {
  if (bytes.length < FIRST_SECTOR + 4 || bytes.readUInt16LE(FIRST_SECTOR) !== 0x0809) return false;
  const second = FIRST_SECTOR + 4 + bytes.readUInt16LE(FIRST_SECTOR + 2);
  return second + 2 <= bytes.length && bytes.readUInt16LE(second) === 0x002f;
};

/** What a container holds, by the names in it; undefined where it names nothing that is known. Office also puts it around what it encrypts. */
export const compoundKind = (bytes: Buffer): CompoundKind | undefined => {
  const kind = STREAMS.find(([name]) => bytes.includes(name))?.[1];
  if (kind === 'doc' && isLockedText(bytes)) return 'locked';
  return kind === 'xls' && isLockedSheet(bytes) ? 'locked' : kind;
};

/** @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.12 and 4.3.16) */
const END_SIGNATURE = Buffer.from('PK\u0005\u0006', 'latin1');
const END_LENGTH = 22;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_LENGTH = 46;

/**
 * The names in a zip file's directory, as far as it can be read. Nothing is unpacked.
 * Archives of the 64-bit form have none: no document within Bedrock's limits needs that form.
 */
export const zipEntryNames = (zip: Uint8Array): readonly string[] => {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = bytes.lastIndexOf(END_SIGNATURE);
  if (end < 0 || end + END_LENGTH > bytes.length) return [];
  const names: string[] = [];
  let at = bytes.readUInt32LE(end + 16);
  while (at + ENTRY_LENGTH <= end && bytes.readUInt32LE(at) === ENTRY_SIGNATURE) {
    const nameEnd = at + ENTRY_LENGTH + bytes.readUInt16LE(at + 28);
    names.push(bytes.toString('utf8', at + ENTRY_LENGTH, nameEnd));
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return names;
};
