import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createImageScaler } from '../../../src/discord/files/image-process.ts';
import { imageBlocks } from '../../../src/discord/files/image-block.ts';
import { imageFormat, imageSize } from '../../../src/discord/files/image-header.ts';
import { jpeg, png } from './samples.ts';
import type { Sharp } from 'sharp';
import type { ScaleLimits } from '../../../src/discord/files/image-block.ts';

const LIMITS: ScaleLimits = { maxWidth: 2_000, maxHeight: 2_000, maxBytes: 3.75 * 1024 * 1024 };
const signal = new AbortController().signal;
const scale = createImageScaler();

const flat = (width: number, height: number, channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 40, b: 90, alpha: 0.5 } }, limitInputPixels: false });
const noise = (width: number, height: number): Sharp =>
  sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 }, limitInputPixels: false });
const bytesOf = async (image: Sharp): Promise<Uint8Array> => new Uint8Array(await image.toBuffer());

describe('an image that is scaled down', () => {
  it.each([
    ['a JPEG', 'jpeg', { width: 2_000, height: 1_500 }, async () => bytesOf(flat(11_000, 8_250).jpeg())],
    ['a high PNG', 'jpeg', { width: 200, height: 2_000 }, async () => bytesOf(flat(900, 9_000).png())],
    ['a PNG with transparency', 'webp', { width: 2_000, height: 500 }, async () => bytesOf(flat(10_000, 2_500, 4).png())],
    ['a wide GIF', 'webp', { width: 2_000, height: 250 }, async () => bytesOf(flat(8_001, 1_000).gif({ effort: 1 }))],
    ['a WebP', 'jpeg', { width: 2_000, height: 1_000 }, async () => bytesOf(flat(4_000, 2_000).webp())],
    ['one that is only heavy', 'jpeg', { width: 1_500, height: 1_000 }, async () => bytesOf(noise(1_500, 1_000).png())],
  ] as const)('keeps its proportions: %s', async (_what, format, size, make) => {
    const scaled = await scale(await make(), LIMITS, signal);
    expect(scaled.format).toBe(format);
    expect(imageFormat(scaled.bytes)).toBe(format);
    expect(imageSize(format, scaled.bytes)).toEqual(size);
    expect(scaled.bytes.length).toBeLessThanOrEqual(LIMITS.maxBytes);
  });

  it('is the first picture of an animation', async () => {
    const frames = await bytesOf(sharp(randomBytes(300 * 600 * 3), { raw: { width: 300, height: 600, channels: 3, pageHeight: 300 } }).gif());
    expect((await sharp(frames).metadata()).pages).toBe(2);
    const scaled = await scale(frames, { ...LIMITS, maxWidth: 100 }, signal);
    expect(imageSize(scaled.format, scaled.bytes)).toEqual({ width: 100, height: 100 });
  });

  it('becomes smaller still until its bytes are few enough', async () => {
    const scaled = await scale(await bytesOf(noise(2_000, 2_000).png()), { ...LIMITS, maxBytes: 1_000_000 }, signal);
    expect(scaled.bytes.length).toBeLessThanOrEqual(1_000_000);
    expect(imageSize('jpeg', scaled.bytes)?.width).toBeLessThan(2_000);
    await expect(scale(png(50, 50), { ...LIMITS, maxBytes: 10 }, signal)).rejects.toThrow(RangeError);
  });

  it('stands upright, without what its metadata tells', async () => {
    const turned = flat(400, 200).jpeg().withExif({ IFD0: { Artist: 'somebody' } }).withMetadata({ orientation: 6 });
    const scaled = await scale(await bytesOf(turned), { ...LIMITS, maxWidth: 100 }, signal);
    expect(imageSize('jpeg', scaled.bytes)).toEqual({ width: 100, height: 200 });
    expect((await sharp(scaled.bytes).metadata()).exif).toBeUndefined();
  });

  it('is refused when it would fill the memory, without being decoded', async () => {
    const interlaced = await bytesOf(flat(8_300, 8_300).png({ progressive: true }));
    const progressive = await bytesOf(flat(8_300, 8_300).jpeg({ progressive: true }));
    const animation = await bytesOf(flat(8_300, 8_300).gif({ effort: 1 }));
    // As small GIFs that hold 128 MB and 99 MB.
    const small = await bytesOf(flat(8_001, 4_000).gif({ effort: 1 }));
    const smaller = await bytesOf(flat(8_001, 3_100).gif({ effort: 1 }));
    for (const bytes of [interlaced, progressive, animation, small, smaller]) {
      await expect(scale(bytes, LIMITS, signal)).rejects.toThrow('takes too much memory to decode');
    }
  });

  it.each([
    ['damaged', jpeg(9_000, 9_000)],
    ['cut off', async () => (await bytesOf(flat(9_000, 1_000).jpeg())).subarray(0, 2_000)],
    ['of a format that models do not see', async () => bytesOf(flat(50, 50).tiff())],
    ['text', new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['nothing', new Uint8Array()],
  ])('is refused when it is %s', async (_what, bytes) => {
    await expect(scale(typeof bytes === 'function' ? await bytes() : bytes, LIMITS, signal)).rejects.toThrow();
    expect((await scale(png(), LIMITS, signal)).format).toBe('jpeg');
  });

  it('is left alone when its question has ended', async () => {
    await expect(scale(png(), LIMITS, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });

  it('is cut into tiles where it is too long to be read, each of its own part', async () => {
    const rows = sharp({ create: { width: 1_080, height: 12_000, channels: 3, background: '#ffffff' } }).composite(
      Array.from({ length: 12 }, (_, index) => ({ input: { create: { width: 1_080, height: 1_000, channels: 3 as const, background: { r: index * 20, g: 0, b: 0 } } }, left: 0, top: index * 1_000 })),
    );
    const blocks = await imageBlocks('png', await bytesOf(rows.png()), scale, signal);
    expect(blocks).toHaveLength(8);
    const tops: number[] = [];
    for (const { image } of blocks) {
      expect(imageSize(image.format, image.source.bytes)).toMatchObject({ width: 1_080 });
      const [red = 0] = await sharp(image.source.bytes).extract({ left: 500, top: 5, width: 1, height: 1 }).raw().toBuffer();
      tops.push(Math.round(red / 20));
    }
    expect(tops).toEqual([0, 1, 2, 4, 5, 7, 8, 10]);
  });

  it('is turned upright before it is cut', async () => {
    const turned = await bytesOf(flat(6_000, 900).jpeg().withMetadata({ orientation: 6 }));
    const blocks = await imageBlocks('jpeg', turned, scale, signal);
    expect(blocks).toHaveLength(4);
    for (const { image } of blocks) expect(imageSize(image.format, image.source.bytes)).toMatchObject({ width: 900 });
  });

  it('becomes a block that Bedrock takes', async () => {
    const photo = await bytesOf(flat(9_000, 6_000).jpeg());
    const [block] = await imageBlocks('jpeg', photo, scale, signal);
    const { image } = block!;
    expect(imageSize(image.format, image.source.bytes)).toEqual({ width: 2_000, height: 1_333 });
  });
});
