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
