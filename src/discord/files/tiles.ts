import type { ImageSize } from './image-header.ts';

/** A part of an image, in pixels of it as it stands upright. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** In pixels: models shrink what is longer. @see https://platform.claude.com/docs/en/build-with-claude/vision */
export const TILE_SIDE = 1_568;
/** So that a line of text that one tile cuts is whole in the other, in pixels. */
const OVERLAP = 64;
/** Of the twenty images of a request, so many may be one picture. */
export const MAX_TILES = 12;
/** What is shorter than this can be read as a whole: the screen of a phone is 2.2 times as high as wide. */
const MIN_RATIO = 2.5;
const MIN_LENGTH = 2_000;
/** How far a tile may be shrunk, so that what is on a screen can still be read. */
const MIN_SCALE = 0.5;

/**
 * The tiles of an image that is much longer than wide, or the other way round: shrunk as a whole, nothing on it could be
 * read. Undefined where it need not be cut; empty where its tiles could not be read either.
 * @param mostTiles how many the model takes
 */
export const planTiles = ({ width, height }: ImageSize, mostTiles = MAX_TILES): readonly Area[] | undefined => {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  if (long <= MIN_LENGTH || long < MIN_RATIO * short) return undefined;
  const natural = Math.max(TILE_SIDE, short);
  const count = Math.min(mostTiles, Math.ceil((long - OVERLAP) / (natural - OVERLAP)));
  const length = Math.ceil((long - OVERLAP) / count) + OVERLAP;
  if (natural / length < MIN_SCALE) return [];
  return Array.from({ length: count }, (_, index) => {
    const start = Math.min(index * (length - OVERLAP), long - 1);
    const extent = Math.min(length, long - start);
    return height >= width ? { left: 0, top: start, width, height: extent } : { left: start, top: 0, width: extent, height };
  });
};
