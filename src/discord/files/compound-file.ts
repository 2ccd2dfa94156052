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
