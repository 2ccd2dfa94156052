import * as fc from '../../property.ts';
import { describe, expect, it } from 'vitest';
import { imageFormat, imageSize } from '../../../src/discord/files/image-header.ts';
import { gif, jpeg, png, webp } from './samples.ts';
import type { ImageFormat } from '../../../src/discord/files/image-header.ts';

const side = (max: number) => fc.integer({ min: 1, max });
const FORMATS: readonly ImageFormat[] = ['png', 'jpeg', 'gif', 'webp'];

describe("an image's header", () => {
  it.each<[string, ImageFormat, (width: number, height: number) => Uint8Array, number]>([
    ['PNG', 'png', (width, height) => png(width, height).subarray(0, 33), 2_000],
    ['JPEG', 'jpeg', jpeg, 0xffff],
    ['GIF', 'gif', gif, 0xffff],
    ['WebP, lossy', 'webp', (width, height) => webp(width, height, 'VP8 '), 0x3fff],
    ['WebP, lossless', 'webp', (width, height) => webp(width, height, 'VP8L'), 0x4000],
    ['WebP, extended', 'webp', (width, height) => webp(width, height, 'VP8X'), 0x100_0000],
  ])('tells format and size: %s', (_name, format, sample, max) => {
    fc.assert(
      fc.property(side(max), side(max), (width, height) => {
        const bytes = sample(width, height);
        expect(imageFormat(bytes)).toBe(format);
        expect(imageSize(format, bytes)).toEqual({ width, height });
      }),
      { numRuns: 50 },
    );
  });

  it('tells nothing when it is cut off, and never throws', () => {
    for (const [format, bytes] of [['png', png()], ['jpeg', jpeg()], ['gif', gif()], ['webp', webp()]] as const) {
      for (let length = 0; length <= bytes.length; length += 1) {
        const size = imageSize(format, bytes.subarray(0, length));
        expect(size === undefined || (size.width === 1 && size.height === 1)).toBe(true);
      }
    }
  });

  it('never throws on bytes of chance, behind a right beginning or none', () => {
    const starts = [png(), jpeg(), gif(), webp(1, 1, 'VP8 '), webp(1, 1, 'VP8X')].map((bytes) => bytes.subarray(0, 16));
    fc.assert(
      fc.property(fc.constantFrom(new Uint8Array(), ...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        const bytes = new Uint8Array([...start, ...rest]);
        imageFormat(bytes);
        for (const format of FORMATS) {
          const size = imageSize(format, bytes);
          if (size !== undefined) expect(size.width > 0 && size.height > 0).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('of no width is none', () => {
    expect(imageSize('gif', gif(0, 5))).toBeUndefined();
    expect(imageSize('jpeg', jpeg(5, 0))).toBeUndefined();
  });

  it('is read where the bytes lie inside a larger buffer', () => {
    const bytes = new Uint8Array([1, 2, 3, ...gif(7, 9), 4]).subarray(3);
    expect(imageSize('gif', bytes)).toEqual({ width: 7, height: 9 });
  });
});
