import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageBlocks } from '../../../src/discord/files/image-block.ts';
import { cleanImage } from '../../../src/discord/files/image-metadata.ts';
import { createImageScaler } from '../../../src/discord/files/image-process.ts';
import { imageSize } from '../../../src/discord/files/image-header.ts';
import { jpeg, plain, png } from './samples.ts';
import type { Sharp } from 'sharp';

const signal = new AbortController().signal;
const scale = createImageScaler();
const halves = (): Sharp =>
  sharp({ create: { width: 40, height: 20, channels: 3, background: '#ff0000' } }).composite([
    { input: { create: { width: 20, height: 20, channels: 3, background: '#0000ff' } }, left: 20, top: 0 },
  ]);
const exif = { IFD0: { Artist: 'Ana Secret', Copyright: 'Secret Street 5' } };
const bytesOf = async (image: Sharp): Promise<Uint8Array> => new Uint8Array(await image.toBuffer());
const saysSecret = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes('Secret');

describe('the metadata of an image that is sent as it is', () => {
  it.each([
    ['jpeg', () => halves().jpeg().withExif(exif)],
    ['png', () => halves().png().withExif(exif)],
    ['webp', () => halves().webp({ lossless: true }).withExif(exif)],
  ] as const)('leaves, and its pixels stay: %s', async (format, make) => {
    const bytes = await bytesOf(make());
    expect(saysSecret(bytes)).toBe(true);
    const [block] = await imageBlocks(format, plain(bytes), undefined, signal);
    const sent = block!.image.source.bytes;
    expect(saysSecret(sent)).toBe(false);
    expect((await sharp(sent).metadata()).exif).toBeUndefined();
    expect(await sharp(sent).raw().toBuffer()).toEqual(await sharp(bytes).raw().toBuffer());
  });

  it('leaves with what lies behind the picture', async () => {
    const bytes = plain(Buffer.concat([await halves().jpeg({ progressive: true }).toBuffer(), Buffer.from('a film, taken at Secret Street 5')]));
    const cleaned = cleanImage('jpeg', bytes)!;
    expect(saysSecret(cleaned.bytes)).toBe(false);
    expect(await sharp(cleaned.bytes).raw().toBuffer()).toEqual(await sharp(bytes).raw().toBuffer());
  });

  it.each([
    ['jpeg', () => halves().jpeg()],
    ['png', () => halves().png()],
    ['webp', () => halves().webp()],
  ] as const)('turns it: %s', async (format, make) => {
    const bytes = await bytesOf(make().withMetadata({ orientation: 6 }));
    expect(cleanImage(format, bytes)?.orientation).toBe(6);
    const [block] = await imageBlocks(format, bytes, scale, signal);
    const { image } = block!;
    expect(imageSize(image.format, image.source.bytes)).toEqual({ width: 20, height: 40 });
    expect((await sharp(image.source.bytes).metadata()).orientation).toBeUndefined();
    const [red = 0, , blue = 0] = await sharp(image.source.bytes).extract({ left: 10, top: 5, width: 1, height: 1 }).raw().toBuffer();
    expect(red).toBeGreaterThan(blue);
  });

  it('is not there: the bytes stay as they are', () => {
    const bytes = png();
    expect(cleanImage('png', bytes)?.bytes).toBe(bytes);
  });

  it.each([['jpeg', jpeg()], ['png', png(20, 20)]] as const)('that cannot be followed is no failure: %s', (format, bytes) => {
    for (let length = 0; length < bytes.length; length += 1) {
      const cleaned = cleanImage(format, bytes.subarray(0, length));
      expect(cleaned === undefined || cleaned.bytes.length <= length).toBe(true);
    }
  });
});
