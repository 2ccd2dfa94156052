import * as fc from '../../property.ts';
import { describe, expect, it } from 'vitest';
import { MAX_TILES, TILE_SIDE, planTiles } from '../../../src/discord/files/tiles.ts';

describe('the tiles of an image', () => {
  it.each([
    ['a screenshot', { width: 1_080, height: 12_000 }, 8],
    ['a panorama', { width: 16_000, height: 3_000 }, 6],
    ['a long chat', { width: 720, height: 9_000 }, 6],
    ['a wide table', { width: 6_000, height: 900 }, 4],
  ])('cover %s', (_name, size, count) => {
    expect(planTiles(size)).toHaveLength(count);
  });

  it.each([
    ['the screen of a phone', { width: 1_440, height: 3_200 }],
    ['a photo', { width: 8_000, height: 6_000 }],
    ['a small banner', { width: 1_500, height: 200 }],
  ])('are not needed for %s', (_name, size) => {
    expect(planTiles(size)).toBeUndefined();
  });

  it('are none where nobody could read them', () => {
    expect(planTiles({ width: 600, height: 60_000 })).toEqual([]);
  });

  it('overlap, lie within the image, leave nothing out and are few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 60_000 }), fc.boolean(), (one, other, isWide) => {
        const size = isWide ? { width: other, height: one } : { width: one, height: other };
        const tiles = planTiles(size);
        if (tiles === undefined || tiles.length === 0) return;
        expect(tiles.length).toBeLessThanOrEqual(MAX_TILES);
        let covered = 0;
        for (const { left, top, width, height } of tiles) {
          const isTall = size.height >= size.width;
          const [start, length] = isTall ? [top, height] : [left, width];
          expect(start).toBeLessThanOrEqual(covered);
          expect(left + width).toBeLessThanOrEqual(size.width);
          expect(top + height).toBeLessThanOrEqual(size.height);
          expect(Math.min(1, TILE_SIDE / Math.max(width, height))).toBeGreaterThanOrEqual(Math.min(0.5, TILE_SIDE / Math.min(size.width, size.height) / 2));
          covered = start + length;
        }
        expect(covered).toBe(Math.max(size.width, size.height));
      }),
    );
  });
});
