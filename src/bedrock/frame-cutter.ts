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
  /** What came since, put behind the rest when it makes a frame whole: a long frame is joined once, not with each piece of it. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Bytes of the frame that is being waited for, or of its length. */
  #needed = LENGTH_BYTES;

  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** The next whole frame; undefined until more bytes come. @throws {Error} when this can be no frame */
  next(): Uint8Array | undefined {
    if (!this.#has(LENGTH_BYTES)) return undefined;
    const { buffer, byteOffset } = this.#bytes;
    const length = new DataView(buffer, byteOffset + this.#position, LENGTH_BYTES).getUint32(0);
    if (length < MIN_FRAME_BYTES || length > MAX_FRAME_BYTES) throw new Error(`An event stream cannot have a frame of ${length} bytes.`);
    if (!this.#has(length)) return undefined;
    const frame = this.#bytes.subarray(this.#position, this.#position + length);
    this.#position += length;
    this.#needed = LENGTH_BYTES;
    return frame;
  }

  /** @throws {Error} when the stream ended inside a frame */
  end(): void {
    if (this.#left + this.#waitingBytes > 0) throw new Error('The event stream ended inside a frame.');
  }

  get #left(): number {
    return this.#bytes.length - this.#position;
  }

  /** Whether so many bytes are there, in one piece. */
  #has(count: number): boolean {
    if (this.#left >= count) return true;
    this.#needed = Math.max(this.#needed, count);
    if (this.#left + this.#waitingBytes < this.#needed) return false;
    const rest = this.#bytes.subarray(this.#position);
    const [only = NOTHING] = this.#waiting;
    this.#bytes = rest.length === 0 && this.#waiting.length === 1 ? only : Buffer.concat([rest, ...this.#waiting]);
    this.#position = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return true;
  }
}
