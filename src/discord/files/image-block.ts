import { MAX_IMAGES, MAX_IMAGE_BYTES, MAX_IMAGE_SIDE } from '../../conversation/file-limits.ts';
import { DAMAGED_IMAGE, notScalableText, tooLongImageText, tooManyPixelsText, tooWideText } from '../texts/file-texts.ts';
import { unlessAborted } from './deadline.ts';
import { imageFormat, imageSize } from './image-header.ts';
import { cleanImage } from './image-metadata.ts';
import { giveBack } from '../../conversation/paged-bytes.ts';
import { SkipFile, tooLarge } from './skip-file.ts';
import { MAX_TILES, TILE_SIDE, planTiles } from './tiles.ts';
import type { ImageBlock } from '../../conversation/content.ts';
import type { ImageFormat, ImageSize } from './image-header.ts';
import type { Area } from './tiles.ts';

export interface ScaleLimits {
  /** In pixels. */
  readonly maxWidth: number;
  /** In pixels. */
  readonly maxHeight: number;
  readonly maxBytes: number;
  /** The part of the image that is wanted, as it stands upright; absent: all of it. */
  readonly area?: Area | undefined;
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

/** Why an image cannot be sent as it is; undefined when it can. */
const excess = (size: ImageSize, bytes: Uint8Array): SkipFile | undefined => {
  if (Math.max(size.width, size.height) > MAX_IMAGE_SIDE) return new SkipFile(tooWideText(MAX_IMAGE_SIDE));
  return bytes.length > MAX_IMAGE_BYTES ? tooLarge(MAX_IMAGE_BYTES) : undefined;
};

const isSendable = ({ format, bytes }: ScaledImage): boolean => {
  const size = imageSize(format, bytes);
  return imageFormat(bytes) === format && size !== undefined && excess(size, bytes) === undefined;
};

const blockOf = ({ format, bytes }: ScaledImage): ImageBlock => ({ image: { format, source: { bytes } } });

/** The image, or these areas of it, within the limits; undefined when that fails. */
const scaled = async (
  bytes: Uint8Array,
  areas: readonly Area[] | undefined,
  scaleImage: ScaleImage,
  signal: AbortSignal,
): Promise<readonly ImageBlock[] | undefined> => {
  const side = areas === undefined ? SCALED_SIDE : TILE_SIDE;
  const limits = { maxWidth: side, maxHeight: side, maxBytes: MAX_IMAGE_BYTES };
  const blocks: ImageBlock[] = [];
  try {
    for (const area of areas ?? [undefined]) {
      const image = await unlessAborted(scaleImage(bytes, area === undefined ? limits : { ...limits, area }, signal), signal);
      if (!isSendable(image)) return undefined;
      blocks.push(blockOf(image));
    }
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
  return blocks;
};

/** The width and height of an image once it is turned as its metadata says. */
const upright = ({ width, height }: ImageSize, orientation: number): ImageSize => (orientation >= 5 ? { width: height, height: width } : { width, height });

/**
 * An image as blocks that Bedrock takes: one, or several where it is too long to be read as a whole. Whatever becomes of it, it
 * stands upright and says nothing but what is to be seen.
 *
 * @param mostImages how many the model takes
 * @throws SkipFile when it is damaged or too large; the signal's reason when that aborts
 */
export const imageBlocks = async (
  format: ImageFormat,
  bytes: Uint8Array,
  scaleImage: ScaleImage | undefined,
  signal: AbortSignal,
  mostImages = MAX_IMAGES,
): Promise<readonly ImageBlock[]> => {
  const size = imageSize(format, bytes);
  if (size === undefined) throw new SkipFile(DAMAGED_IMAGE);
  if (size.width * size.height > MAX_DECODED_PIXELS) throw new SkipFile(tooManyPixelsText(MAX_DECODED_PIXELS));
  const { bytes: cleaned, orientation } = cleanImage(format, bytes) ?? { bytes: undefined, orientation: 1 };
  const problem = excess(size, cleaned ?? bytes);
  const asItIs = [blockOf({ format, bytes: cleaned ?? bytes })];
  const mostTiles = Math.min(MAX_TILES, mostImages);
  // A tile of an animation would be a part of its first picture.
  const areas = scaleImage === undefined || format === 'gif' ? undefined : planTiles(upright(size, orientation), mostTiles);
  if (areas?.length === 0) throw new SkipFile(tooLongImageText(mostTiles));
  const isFit = cleaned !== undefined && orientation === 1 && areas === undefined;
  if (problem === undefined && (isFit || scaleImage === undefined)) {
    if (cleaned !== undefined && cleaned !== bytes) giveBack(bytes);
    return asItIs;
  }
  const blocks = scaleImage && (await scaled(bytes, areas, scaleImage, signal));
  if (blocks !== undefined) {
    giveBack(bytes);
    return blocks;
  }
  if (problem === undefined) return asItIs;
  throw scaleImage === undefined ? problem : new SkipFile(notScalableText(problem.message));
};
