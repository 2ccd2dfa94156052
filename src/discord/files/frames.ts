import { pagedBytes } from '../../conversation/paged-bytes.ts';

/** What one process sends another about an image: what is to be known of it, and its bytes. */
export interface Frame {
  readonly head: unknown;
  readonly bytes: Uint8Array;
}

interface Sink {
  write(bytes: Uint8Array): unknown;
}

/** Two lengths in bytes, 32 bits each: of the head as JSON, and of the bytes. */
const LENGTHS_BYTES = 8;

/** Writes a frame. The bytes are not copied, and may not change before they are sent. */
export const writeFrame = (sink: Sink, { head, bytes }: Frame): void => {
  const text = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32BE(text.length);
  lengths.writeUInt32BE(bytes.length, 4);
  sink.write(Buffer.concat([lengths, text]));
  if (bytes.length > 0) sink.write(bytes);
};

/** The frames of a stream, each when it is whole; what ends in between is none. */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void, undefined> {
  let wanted = LENGTHS_BYTES;
  let into = pagedBytes(wanted);
  let filled = 0;
  let lengths: { readonly head: number; readonly all: number } | undefined;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + wanted - filled);
      into.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < wanted) continue;
      const view = Buffer.from(into.buffer, 0, into.length);
      if (lengths === undefined) {
        const head = view.readUInt32BE(0);
        lengths = { head, all: head + view.readUInt32BE(4) };
      } else {
        yield { head: JSON.parse(view.toString('utf8', 0, lengths.head)) as unknown, bytes: into.subarray(lengths.head) };
        lengths = undefined;
      }
      wanted = lengths?.all ?? LENGTHS_BYTES;
      into = pagedBytes(wanted);
      filled = 0;
    }
  }
}
