import { MAX_DECODED_PIXELS } from './image-block.ts';
import type { ScaleLimits, ScaledImage } from './image-block.ts';
import type { Metadata } from 'sharp';

/** Bytes of an image that must be held whole to be decoded. Other images stream through, whatever their size. */
const MAX_UNPACKED_BYTES = 100_000_000;
/** Bytes for each pixel of a GIF: its decoder holds the whole picture, with transparency, and scaling takes as much again. */
const GIF_BYTES = 10;
const MAX_SECONDS = 8;
const QUALITY = 85;
/** Shares of the allowed width and height, tried in turn until the bytes are few enough. */
const SHARES = [1, 0.7, 0.5, 0.3];

/** The decoders of the formats that Converse takes; libvips has dozens more, which strangers' files must not reach. */
const DECODERS = ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadNsgif'];

const loadSharp = async () => {
  const { default: sharp } = await import('sharp');
  // What is used once in a while should hold no memory and take no more than one core.
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: DECODERS });
  return sharp;
};

const unpackedBytes = ({ format, width, height, channels, depth, isProgressive }: Metadata): number =>
  format === 'gif' ? width * height * GIF_BYTES : isProgressive ? width * height * channels * (depth === 'ushort' ? 2 : 1) : 0;

type Sharp = Awaited<ReturnType<typeof loadSharp>>;

const scale = async (sharp: Sharp, bytes: Uint8Array, { maxWidth, maxHeight, maxBytes, area }: ScaleLimits): Promise<ScaledImage> => {
  const image = sharp(bytes, { limitInputPixels: MAX_DECODED_PIXELS, failOn: 'error', sequentialRead: true, pages: 1 });
  const metadata = await image.metadata();
  if (unpackedBytes(metadata) > MAX_UNPACKED_BYTES) throw new RangeError('the image takes too much memory to decode');
  for (const share of SHARES) {
    const size = { width: Math.max(1, Math.floor(maxWidth * share)), height: Math.max(1, Math.floor(maxHeight * share)) };
    const whole = image.clone().autoOrient();
    const resized = (area === undefined ? whole : whole.extract(area)).resize({ ...size, fit: 'inside', withoutEnlargement: true }).timeout({ seconds: MAX_SECONDS });
    // The best codes would be known at the end only: until then, all of the picture's figures are held.
    const encoded = metadata.hasAlpha ? resized.webp({ quality: QUALITY }) : resized.jpeg({ quality: QUALITY, optimizeCoding: false });
    const scaled = await encoded.toBuffer();
    if (scaled.length <= maxBytes) return { format: metadata.hasAlpha ? 'webp' : 'jpeg', bytes: new Uint8Array(scaled) };
  }
  throw new RangeError('the image does not become small enough');
};

let loading: Promise<Sharp> | undefined;

/**
 * An image within the limits. What comes out is upright, JPEG or, with transparency, WebP, without the metadata (a photo may
 * tell where it was taken); of an animation it is the first picture.
 * @throws {RangeError} when it takes too much memory, or does not become small enough; errors of sharp
 */
export const scaleImage = async (bytes: Uint8Array, limits: ScaleLimits): Promise<ScaledImage> => scale(await (loading ??= loadSharp()), bytes, limits);
