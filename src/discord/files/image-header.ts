import type { ImageBlock } from '../../conversation/content.ts';

export type ImageFormat = ImageBlock['image']['format'];

/** In pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The image format that the first bytes tell, of those that Converse takes; undefined for everything else. */
export const imageFormat = (bytes: Uint8Array): ImageFormat | undefined => {
  const start = bufferOf(bytes).toString('latin1', 0, 12);
  if (start.startsWith('\u0089PNG\r\n\u001A\n')) return 'png';
  if (start.startsWith('\u00FF\u00D8\u00FF')) return 'jpeg';
  if (/^GIF8[79]a/u.test(start)) return 'gif';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'webp' : undefined;
};

/** @see https://www.w3.org/TR/png-3/#11IHDR */
const pngSize = (bytes: Buffer): ImageSize | undefined =>
  bytes.toString('latin1', 12, 16) === 'IHDR' ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) } : undefined;

/** Markers C4, C8 and CC lie among those of frames, but begin tables. */
const isStartOfFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** The first frame's size, found by walking over the segments before it. @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf */
const jpegSize = (bytes: Buffer): ImageSize | undefined => {
  let at = 2;
  while (bytes.readUInt8(at) === 0xff) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1; // Segments may be padded.
      continue;
    }
    if (isStartOfFrame(marker)) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
};

/** @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
const gifSize = (bytes: Buffer): ImageSize => ({ width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) });

/** @see https://developers.google.com/speed/webp/docs/riff_container */
const webpSize = (bytes: Buffer): ImageSize | undefined => {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    default:
      return undefined;
  }
};

const READERS: Readonly<Record<ImageFormat, (bytes: Buffer) => ImageSize | undefined>> = {
  png: pngSize,
  jpeg: jpegSize,
  gif: gifSize,
  webp: webpSize,
};

/** An image's size as its header says, without decoding it; undefined when the header is cut off or senseless. */
export const imageSize = (format: ImageFormat, bytes: Uint8Array): ImageSize | undefined => {
  try {
    const size = READERS[format](bufferOf(bytes));
    return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
  } catch {
    return undefined; // Read over the end.
  }
};
