// The smallest files of each kind, built byte by byte.
import { crc32, deflateSync } from 'node:zlib';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

const u16le = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

const u32le = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const u32be = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

const pngChunk = (type: string, data: Buffer): Buffer =>
  Buffer.concat([u32be(data.length), ascii(type), data, u32be(crc32(Buffer.concat([ascii(type), data])))]);

/** A grey picture; `padding` bytes of a suggested palette that nobody asks for make it as large as wanted. */
export const png = (width = 1, height = 1, padding = 0): Uint8Array => {
  const header = Buffer.concat([u32be(width), u32be(height), Buffer.from([8, 0, 0, 0, 0])]);
  const pixels = width * height > 4_000_000 ? Buffer.alloc(0) : Buffer.alloc((width + 1) * height);
  const chunks = [pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(pixels)), pngChunk('IEND', Buffer.alloc(0))];
  if (padding > 0) chunks.splice(1, 0, pngChunk('sPLT', Buffer.alloc(padding)));
  return plain(Buffer.concat([ascii('\u0089PNG\r\n\u001A\n'), ...chunks]));
};

/** Only up to the frame's header, after a comment, a padded marker and a table whose marker looks like a frame's. */
export const jpeg = (width = 1, height = 1): Uint8Array => {
  const segment = (marker: number, data: Buffer): Buffer =>
    Buffer.concat([Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 0xff]), data]);
  const frame = Buffer.from([8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0]);
  return plain(
    Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      segment(0xe0, ascii('JFIF\0\u0001\u0001\0\0\u0001\0\u0001\0\0')),
      Buffer.from([0xff]),
      segment(0xfe, Buffer.alloc(300, 0xff)),
      segment(0xc4, Buffer.alloc(17)),
      segment(0xc2, frame),
      Buffer.from([0xff, 0xd9]),
    ]),
  );
};

export const gif = (width = 1, height = 1): Uint8Array =>
  plain(
    Buffer.concat([
      ascii('GIF89a'),
      u16le(width),
      u16le(height),
      Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]),
    ]),
  );

export type WebpKind = 'VP8 ' | 'VP8L' | 'VP8X';

const webpData = (kind: WebpKind, width: number, height: number): Buffer => {
  if (kind === 'VP8 ') return Buffer.concat([Buffer.from([0, 0, 0, 0x9d, 1, 0x2a]), u16le(width), u16le(height)]);
  if (kind === 'VP8L') return Buffer.concat([Buffer.from([0x2f]), u32le((width - 1) | ((height - 1) << 14))]);
  return Buffer.concat([Buffer.alloc(4), u32le(width - 1).subarray(0, 3), u32le(height - 1).subarray(0, 3)]);
};

export const webp = (width = 1, height = 1, kind: WebpKind = 'VP8L'): Uint8Array => {
  const data = webpData(kind, width, height);
  const chunk = Buffer.concat([ascii(kind), u32le(data.length), data, Buffer.alloc(data.length % 2)]);
  return plain(Buffer.concat([ascii('RIFF'), u32le(4 + chunk.length), ascii('WEBP'), chunk]));
};

export const pdf = (): Uint8Array => plain(ascii('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'));

/** Stored, not compressed; every entry holds the same few bytes. */
export const zip = (names: readonly string[]): Uint8Array => {
  const content = ascii('<x/>');
  const sizes = Buffer.concat([u32le(crc32(content)), u32le(content.length), u32le(content.length)]);
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const name of names) {
    const lengths = Buffer.concat([u16le(Buffer.byteLength(name)), u16le(0)]);
    const entry = Buffer.concat([u32le(0x04034b50), u16le(20), Buffer.alloc(8), sizes, lengths, Buffer.from(name), content]);
    directory.push(
      Buffer.concat([u32le(0x02014b50), u16le(20), u16le(20), Buffer.alloc(8), sizes, lengths, Buffer.alloc(10), u32le(offset), Buffer.from(name)]),
    );
    local.push(entry);
    offset += entry.length;
  }
  const all = Buffer.concat(directory);
  const end = Buffer.concat([u32le(0x06054b50), u32le(0), u16le(names.length), u16le(names.length), u32le(all.length), u32le(offset), u16le(0)]);
  return plain(Buffer.concat([...local, all, end]));
};

export const docx = (): Uint8Array => zip(['[Content_Types].xml', '_rels/.rels', 'word/document.xml']);
export const xlsx = (): Uint8Array => zip(['[Content_Types].xml', '_rels/.rels', 'xl/workbook.xml', 'xl/worksheets/sheet1.xml']);
export const compound = (): Uint8Array => plain(Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(504)]));
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
