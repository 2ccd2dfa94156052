// Stands in for the decoder: ends in the middle of an image, or tells about its process.
import { readFrames, writeFrame } from '../../../src/discord/files/frames.ts';

for await (const { head } of readFrames(process.stdin)) {
  if ((head as { readonly maxBytes: number }).maxBytes === 0) process.exit(1);
  writeFrame(process.stdout, { head: { error: JSON.stringify({ pid: process.pid, names: Object.keys(process.env) }) }, bytes: new Uint8Array() });
}
