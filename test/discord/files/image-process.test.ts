import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import * as fc from '../../property.ts';
import { describe, expect, it } from 'vitest';
import { readFrames, writeFrame } from '../../../src/discord/files/frames.ts';
import { createImageScaler } from '../../../src/discord/files/image-process.ts';
import type { ScaleImage } from '../../../src/discord/files/image-block.ts';

const WORKER = join(import.meta.dirname, 'odd-worker.ts');
const limits = { maxWidth: 1, maxHeight: 1, maxBytes: 1 };
const { signal } = new AbortController();
const image = new Uint8Array([1, 2, 3]);

/** What the process says of itself. */
const about = async (scale: ScaleImage): Promise<{ readonly pid: number; readonly names: readonly string[] }> => {
  const error = await scale(image, limits, signal).catch((reason: unknown) => reason);
  return JSON.parse((error as Error).message) as { pid: number; names: string[] };
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the process that decodes images', () => {
  it('is one for many images, knows nothing of ours, and ends when there are no more', async () => {
    const scale = createImageScaler(30, WORKER);
    const [one, other] = await Promise.all([about(scale), about(scale)]);
    expect(other.pid).toBe(one.pid);
    expect(one.names.filter((name) => !/^(?:MALLOC_|UV_|NODE_COMPILE_CACHE$|SYSTEMROOT|__CF)/iu.test(name))).toEqual([]);
    await expect.poll(() => isRunning(one.pid)).toBe(false);
    expect((await about(scale)).pid).not.toBe(one.pid);
  });

  it('may break over an image: the next one has a new process', async () => {
    const scale = createImageScaler(30, WORKER);
    await expect(scale(image, { ...limits, maxBytes: 0 }, signal)).rejects.toThrow('the decoder ended');
    expect((await about(scale)).pid).toBeGreaterThan(0);
  });

  it('may not even start', async () => {
    await expect(createImageScaler(30, join(import.meta.dirname, 'not-there.ts'))(image, limits, signal)).rejects.toThrow('the decoder ended');
  });
});

describe('frames', () => {
  it('come as they went, however they are cut', async () => {
    const frame = fc.record({ head: fc.jsonValue(), bytes: fc.uint8Array({ maxLength: 50 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), async (frames, step) => {
        const written: Uint8Array[] = [];
        for (const one of frames) writeFrame({ write: (bytes) => written.push(bytes) }, one);
        const all = Buffer.concat(written);
        const stream = new PassThrough();
        for (let at = 0; at < all.length; at += step) stream.write(all.subarray(at, at + step));
        stream.end();
        const read = await Array.fromAsync(readFrames(stream), ({ head, bytes }) => ({ head, bytes: Array.from(bytes) }));
        expect(read).toEqual(JSON.parse(JSON.stringify(frames.map(({ head, bytes }) => ({ head, bytes: Array.from(bytes) })))));
      }),
    );
  });
});
