/** Bytes of the smallest frame there is: lengths, checksums, no headers, no payload. */
const MIN_FRAME_BYTES = 16;
/** Bytes of the largest frame that the protocol allows. @see https://smithy.io/2.0/aws/amazon-eventstream.html */
const MAX_FRAME_BYTES = 24 * 1024 * 1024;
/** Bytes that tell a frame's length. */
const LENGTH_BYTES = 4;

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Cuts bytes, however they arrive, into the frames of an event stream. Each frame begins with its own length; its
 * checksums are looked at by whoever decodes it.
 */
export class FrameCutter {
  #bytes = NOTHING;
  #position = 0;

  push(bytes: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#position);
    this.#bytes = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    this.#position = 0;
  }

  /** The next whole frame; undefined until more bytes come. @throws {Error} when this can be no frame */
  next(): Uint8Array | undefined {
    const available = this.#bytes.length - this.#position;
    if (available < LENGTH_BYTES) return undefined;
    const { buffer, byteOffset } = this.#bytes;
    const length = new DataView(buffer, byteOffset + this.#position, LENGTH_BYTES).getUint32(0);
    if (length < MIN_FRAME_BYTES || length > MAX_FRAME_BYTES) throw new Error(`An event stream cannot have a frame of ${length} bytes.`);
    if (available < length) return undefined;
    const frame = this.#bytes.subarray(this.#position, this.#position + length);
    this.#position += length;
    return frame;
  }

  /** @throws {Error} when the stream ended inside a frame */
  end(): void {
    if (this.#position < this.#bytes.length) throw new Error('The event stream ended inside a frame.');
  }
}
