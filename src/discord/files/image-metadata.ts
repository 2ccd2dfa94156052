import type { ImageFormat } from './image-header.ts';

/** An image without what a camera or a program wrote into it, and how its pixels lie. */
export interface CleanImage {
  readonly bytes: Uint8Array;
  /** As in EXIF: 1 is upright, and so is everything that says nothing. */
  readonly orientation: number;
}

const UPRIGHT = 1;
const ORIENTATION_TAG = 0x0112;

/** @see https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E (4.5, 4.6.4) */
const orientationIn = (tiff: Buffer): number => {
  try {
    const isLittle = tiff.toString('latin1', 0, 2) === 'II';
    const u16 = (at: number): number => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
    const u32 = (at: number): number => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
    const directory = u32(4);
    for (let index = 0; index < u16(directory); index += 1) {
      const entry = directory + 2 + 12 * index;
      if (u16(entry) === ORIENTATION_TAG) return u16(entry + 8);
    }
  } catch {
    // Read over the end.
  }
  return UPRIGHT;
};

interface Found {
  readonly kept: Uint8Array[];
  orientation: number;
}

const EXIF = 'Exif\0\0';
/** Of JPEG's application segments, those that say how to show it: JFIF, the colour profile, Adobe's colours. */
const SHOWN_SEGMENTS = new Set([0xe0, 0xe2, 0xee]);

/** Where the entropy-coded data from `at` on ends: at a marker that is neither stuffing nor a restart. */
const endOfScan = (bytes: Buffer, from: number): number => {
  let at = bytes.indexOf(0xff, from);
  while (at !== -1 && (bytes[at + 1] === 0 || bytes[at + 1] === 0xff || ((bytes[at + 1] ?? 0) & 0xf8) === 0xd0)) {
    at = bytes.indexOf(0xff, at + (bytes[at + 1] === 0xff ? 1 : 2));
  }
  return at === -1 ? bytes.length : at;
};

/** What lies behind the end of a picture, a film perhaps or another picture, leaves with the rest. @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.1) */
const cleanJpeg = (bytes: Buffer, found: Found): void => {
  found.kept.push(bytes.subarray(0, 2));
  let at = 2;
  while (at < bytes.length) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) {
      found.kept.push(bytes.subarray(at, at + 2));
      return;
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const isScan = marker === 0xda;
    const next = isScan ? endOfScan(bytes, end) : end;
    if (marker === 0xe1 && bytes.toString('latin1', at + 4, at + 10) === EXIF) found.orientation = orientationIn(bytes.subarray(at + 10, end));
    const isTold = marker === 0xfe || ((marker & 0xf0) === 0xe0 && !SHOWN_SEGMENTS.has(marker));
    if (!isTold) found.kept.push(bytes.subarray(at, next));
    at = next;
  }
};

/** PNG's chunks that are pixels, or say how to show them. @see https://www.w3.org/TR/png-3/#11Chunks */
const SHOWN_CHUNKS = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'cICP', 'bKGD', 'hIST', 'pHYs', 'sPLT', 'acTL', 'fcTL', 'fdAT']);

const cleanPng = (bytes: Buffer, found: Found): void => {
  found.kept.push(bytes.subarray(0, 8));
  let at = 8;
  while (at < bytes.length) {
    const end = at + 12 + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'eXIf') found.orientation = orientationIn(bytes.subarray(at + 8, end - 4));
    if (SHOWN_CHUNKS.has(type)) found.kept.push(bytes.subarray(at, end));
    if (type === 'IEND') return;
    at = end;
  }
};

/** Flags of VP8X: this image has EXIF, and XMP. @see https://developers.google.com/speed/webp/docs/riff_container */
const TOLD_FLAGS = 0x08 | 0x04;

const cleanWebp = (bytes: Buffer, found: Found): void => {
  const head = Buffer.from(bytes.subarray(0, 12));
  found.kept.push(head);
  let length = 4;
  let at = 12;
  while (at + 8 <= bytes.length) {
    const type = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const end = at + 8 + size + (size % 2);
    let chunk = bytes.subarray(at, end);
    if (type === 'EXIF') {
      const start = bytes.toString('latin1', at + 8, at + 14) === EXIF ? at + 14 : at + 8;
      found.orientation = orientationIn(bytes.subarray(start, end));
    }
    if (type === 'VP8X') {
      chunk = Buffer.from(chunk);
      chunk.writeUInt8(chunk.readUInt8(8) & ~TOLD_FLAGS, 8);
    }
    if (type !== 'EXIF' && type !== 'XMP ') {
      found.kept.push(chunk);
      length += chunk.length;
    }
    at = end;
  }
  head.writeUInt32LE(length, 4);
};

const CLEANERS: Readonly<Record<ImageFormat, ((bytes: Buffer, found: Found) => void) | undefined>> = {
  jpeg: cleanJpeg,
  png: cleanPng,
  webp: cleanWebp,
  // It has no place that programs write such things into by themselves.
  gif: undefined,
};

/**
 * An image without its metadata (a photo may tell where it was taken), its pixels untouched. Undefined when its parts do not
 * follow each other as they should.
 */
export const cleanImage = (format: ImageFormat, bytes: Uint8Array): CleanImage | undefined => {
  const clean = CLEANERS[format];
  if (clean === undefined) return { bytes, orientation: UPRIGHT };
  const found: Found = { kept: [], orientation: UPRIGHT };
  try {
    clean(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), found);
  } catch {
    return undefined;
  }
  const length = found.kept.reduce((sum, part) => sum + part.length, 0);
  if (length === bytes.length) return { bytes, orientation: found.orientation };
  const cleaned = new Uint8Array(length);
  let at = 0;
  for (const part of found.kept) {
    cleaned.set(part, at);
    at += part.length;
  }
  return { bytes: cleaned, orientation: found.orientation };
};
