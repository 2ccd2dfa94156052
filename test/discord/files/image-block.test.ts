import { describe, expect, it } from 'vitest';
import { cleanImage } from '../../../src/discord/files/image-metadata.ts';
import { imageBlocks } from '../../../src/discord/files/image-block.ts';
import { gif, jpeg, plain, png, webp } from './samples.ts';
import type { ScaleImage } from '../../../src/discord/files/image-block.ts';

const MAX_BYTES = 3.75 * 1024 * 1024;
const signal = new AbortController().signal;
/** A JPEG of so many bytes, filled up with what belongs to a colour profile. */
const withLength = (length: number): Uint8Array => {
  const start = cleanImage('jpeg', jpeg())!.bytes;
  const parts: Buffer[] = [];
  for (let missing = length - start.length; missing > 0; ) {
    const size = Math.min(missing, missing - 65_000 < 4 ? 60_000 : 65_000);
    parts.push(Buffer.concat([Buffer.from([0xff, 0xe2, (size - 2) >> 8, (size - 2) & 0xff]), Buffer.alloc(size - 4)]));
    missing -= size;
  }
  return plain(Buffer.concat([start.subarray(0, 2), ...parts, start.subarray(2)]));
};
const tooManyBytes = withLength(MAX_BYTES + 1);

describe('an image', () => {
  it.each([
    ['png', png()],
    ['jpeg', cleanImage('jpeg', jpeg(8_000, 8_000))!.bytes],
    ['gif', gif()],
    ['webp', webp()],
    ['jpeg', withLength(MAX_BYTES)],
  ] as const)('is sent as it is: %s', async (format, bytes) => {
    const scaleImage: ScaleImage = () => Promise.reject(new Error('not needed'));
    expect(await imageBlocks(format, bytes, scaleImage, signal)).toEqual([{ image: { format, source: { bytes } } }]);
  });

  it.each([
    ['it is wider or higher than 8000 pixels', 'jpeg', jpeg(8_001, 1)],
    ['it is wider or higher than 8000 pixels', 'gif', gif(1, 8_001)],
    ['it is larger than 3.75 MB', 'jpeg', tooManyBytes],
    ['it has more than 100 megapixels', 'jpeg', jpeg(10_000, 10_001)],
    ['it has more than 100 megapixels', 'webp', webp(0x100_0000, 0x100_0000, 'VP8X')],
    ['its image data is damaged', 'png', png().subarray(0, 12)],
    ['its image data is damaged', 'jpeg', jpeg().subarray(0, 40)],
  ] as const)('is refused without a scaler: %s', async (reason, format, bytes) => {
    await expect(imageBlocks(format, bytes, undefined, signal)).rejects.toThrow(reason);
  });

  it('is scaled down when it must be', async () => {
    const asked: unknown[] = [];
    const scaleImage: ScaleImage = async (bytes, limits) => {
      asked.push([bytes.length, limits]);
      return { format: 'webp', bytes: webp(2_000, 1_000) };
    };
    const block = await imageBlocks('jpeg', tooManyBytes, scaleImage, signal);
    expect(block).toEqual([{ image: { format: 'webp', source: { bytes: webp(2_000, 1_000) } } }]);
    expect(asked).toEqual([[tooManyBytes.length, { maxWidth: 2_000, maxHeight: 2_000, maxBytes: MAX_BYTES }]]);
  });

  it('never reaches the scaler when it claims too many pixels', async () => {
    let wasAsked = false;
    const scaleImage: ScaleImage = async () => {
      wasAsked = true;
      return { format: 'png', bytes: png() };
    };
    await expect(imageBlocks('jpeg', jpeg(20_000, 20_000), scaleImage, signal)).rejects.toThrow('megapixels');
    expect(wasAsked).toBe(false);
  });

  it.each<[string, ScaleImage]>([
    ['fails', () => Promise.reject(new Error('no such decoder'))],
    ['throws', () => { throw new Error('not installed'); }],
    ['gives back what is too large', async (bytes) => ({ format: 'jpeg', bytes })],
    ['gives back another format than it says', async () => ({ format: 'jpeg', bytes: png() })],
    ['gives back nothing', async () => ({ format: 'jpeg', bytes: new Uint8Array() })],
  ])('is refused when the scaler %s', async (_what, scaleImage) => {
    await expect(imageBlocks('jpeg', tooManyBytes, scaleImage, signal)).rejects.toThrow('it is larger than 3.75 MB and cannot be scaled down');
  });

  it('does not wait for a scaler that hangs', async () => {
    const controller = new AbortController();
    const scaling = imageBlocks('jpeg', tooManyBytes, () => new Promise(() => {}), controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(scaling).rejects.toThrow('enough');
    await expect(imageBlocks('jpeg', tooManyBytes, () => new Promise(() => {}), controller.signal)).rejects.toThrow('enough');
  });
});
