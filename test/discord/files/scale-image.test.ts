import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createImageScaler } from '../../../src/discord/files/scale-image.ts';
import { imageBlock } from '../../../src/discord/files/image-block.ts';
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
    const startedAt = performance.now();
    await expect(scale(interlaced, LIMITS, signal)).rejects.toThrow(RangeError);
    await expect(scale(progressive, LIMITS, signal)).rejects.toThrow(RangeError);
    await expect(scale(animation, LIMITS, signal)).rejects.toThrow(RangeError);
    expect(performance.now() - startedAt).toBeLessThan(500);
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

  it('becomes a block that Bedrock takes', async () => {
    const photo = await bytesOf(flat(9_000, 6_000).jpeg());
    const { image } = await imageBlock('jpeg', photo, scale, signal);
    expect(imageSize(image.format, image.source.bytes)).toEqual({ width: 2_000, height: 1_333 });
  });
});
