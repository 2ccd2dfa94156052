/** From this size on, memory is taken from the system page by page; below, its rounding up would cost more than it saves. */
const PAGED_FROM_BYTES = 128 * 1024;

/**
 * Zeroed bytes that can be given back at once, see {@link giveBack}. V8 maps the memory of buffers that may be resized, where
 * that of others comes from the C heap, which keeps it: freed megabytes stay resident below whatever was put above them.
 */
export const pagedBytes = (length: number): Uint8Array =>
  length < PAGED_FROM_BYTES ? new Uint8Array(length) : new Uint8Array(new ArrayBuffer(length, { maxByteLength: length }), 0, length);

/** Gives the memory of bytes back that nobody will look at any more: they are empty then. Bytes that are not paged stay. */
export const giveBack = ({ buffer }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0);
};

/** Bytes that come in pieces, held once: the memory grows with them. */
export class GrowingBytes {
  readonly #buffer: ArrayBuffer;
  #length = 0;

  /** @param maxLength bytes; only their address space is taken before they come */
  constructor(maxLength: number) {
    this.#buffer = new ArrayBuffer(0, { maxByteLength: maxLength });
  }

  get length(): number {
    return this.#length;
  }

  /** @throws {RangeError} beyond the length that was told */
  push(chunk: Uint8Array): void {
    const end = this.#length + chunk.length;
    if (end > this.#buffer.byteLength) this.#buffer.resize(end);
    new Uint8Array(this.#buffer).set(chunk, this.#length);
    this.#length = end;
  }

  /** All of them. What is small is copied, and its pages given back. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.#buffer, 0, this.#length);
    if (this.#length >= PAGED_FROM_BYTES) return all;
    const copy = new Uint8Array(all);
    this.#buffer.resize(0);
    return copy;
  }

  /** Gives the memory back; to be called when the rest does not come. */
  drop(): void {
    this.#buffer.resize(0);
  }
}
