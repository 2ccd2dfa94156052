import { giveBack } from '../../conversation/paged-bytes.ts';
import { collectGarbage, collectYoungGarbage } from './collect-garbage.ts';
import { readFrames, writeFrame } from './frames.ts';
import { scaleImage } from './scale-image.ts';
import type { ScaleLimits } from './image-block.ts';

// The process that decodes images. It answers each frame with one, and ends with its input: whoever started it ends it so.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdout.on('error', () => process.exit());

for await (const { head, bytes } of readFrames(process.stdin)) {
  // The pieces that the image came in.
  collectYoungGarbage();
  try {
    const { format, bytes: scaled } = await scaleImage(bytes, head as ScaleLimits);
    writeFrame(process.stdout, { head: { format }, bytes: scaled });
  } catch (error) {
    writeFrame(process.stdout, { head: { error: String(error) }, bytes: new Uint8Array() });
  }
  giveBack(bytes);
  // Nobody waits for this process between two images, and each leaves megabytes behind.
  collectGarbage();
}
