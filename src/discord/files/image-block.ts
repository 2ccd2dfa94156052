import { MAX_IMAGE_BYTES, MAX_IMAGE_SIDE } from '../../conversation/file-limits.ts';
import { unlessAborted } from './deadline.ts';
import { imageFormat, imageSize } from './image-header.ts';
import { SkipFile, tooLarge } from './skip-file.ts';
import type { ImageBlock } from '../../conversation/content.ts';
import type { ImageFormat } from './image-header.ts';

export interface ScaleLimits {
  /** In pixels. */
  readonly maxWidth: number;
  /** In pixels. */
  readonly maxHeight: number;
  readonly maxBytes: number;
}

export interface ScaledImage {
  readonly format: ImageFormat;
  readonly bytes: Uint8Array;
}

/** Makes an image of the same proportions within the limits; rejects when it cannot, or when the signal aborts before it began. */
export type ScaleImage = (bytes: Uint8Array, limits: ScaleLimits, signal: AbortSignal) => Promise<ScaledImage>;

/** What a decoder may be asked to unpack, in pixels: a few kilobytes can claim to be gigabytes. */
export const MAX_DECODED_PIXELS = 100_000_000;

/** In pixels. More is wasted: models shrink what they see to less. @see https://platform.claude.com/docs/en/build-with-claude/vision */
const SCALED_SIDE = 2_000;

/** Why an image of these bytes cannot be sent as it is; undefined when it can. */
const excess = (format: ImageFormat, bytes: Uint8Array): SkipFile | undefined => {
  const size = imageSize(format, bytes);
  if (size === undefined) throw new SkipFile('its image data is damaged');
  if (size.width * size.height > MAX_DECODED_PIXELS) throw new SkipFile(`it has more than ${MAX_DECODED_PIXELS / 1e6} megapixels`);
  if (Math.max(size.width, size.height) > MAX_IMAGE_SIDE) return new SkipFile(`it is wider or higher than ${MAX_IMAGE_SIDE} pixels`);
  return bytes.length > MAX_IMAGE_BYTES ? tooLarge(MAX_IMAGE_BYTES) : undefined;
};

const isSendable = ({ format, bytes }: ScaledImage): boolean => imageFormat(bytes) === format && excess(format, bytes) === undefined;

const scaledDown = async (bytes: Uint8Array, scaleImage: ScaleImage, signal: AbortSignal): Promise<ScaledImage | undefined> => {
  try {
    const limits = { maxWidth: SCALED_SIDE, maxHeight: SCALED_SIDE, maxBytes: MAX_IMAGE_BYTES };
    const scaled = await unlessAborted(scaleImage(bytes, limits, signal), signal);
    return isSendable(scaled) ? scaled : undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
};

/**
 * An image as a block that Bedrock takes, scaled down if it must be and a scaler is there.
 * @throws SkipFile when it is damaged or too large; the signal's reason when that aborts
 */
export const imageBlock = async (
  format: ImageFormat,
  bytes: Uint8Array,
  scaleImage: ScaleImage | undefined,
  signal: AbortSignal,
): Promise<ImageBlock> => {
  const problem = excess(format, bytes);
  if (problem === undefined) return { image: { format, source: { bytes } } };
  if (scaleImage === undefined) throw problem;
  const scaled = await scaledDown(bytes, scaleImage, signal);
  if (scaled === undefined) throw new SkipFile(`${problem.message} and cannot be scaled down`);
  return { image: { format: scaled.format, source: { bytes: scaled.bytes } } };
};
