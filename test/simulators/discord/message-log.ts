import type { MessageRecord } from './records.ts';

/** The messages of one channel in the order of their ids; the oldest are forgotten beyond `keep`. */
export class MessageLog {
  readonly #keep: number;
  readonly #forget: (message: MessageRecord) => void;
  #ordered: MessageRecord[] = [];
  #start = 0;

  constructor(keep: number, forget: (message: MessageRecord) => void) {
    this.#keep = keep;
    this.#forget = forget;
  }

  add(message: MessageRecord): void {
    this.#ordered.push(message);
    while (this.#ordered.length - this.#start > this.#keep) {
      const oldest = this.#ordered[this.#start];
      this.#start += 1;
      if (oldest) this.#forget(oldest);
    }
    // Cutting off the forgotten front now and then keeps adding cheap.
    if (this.#start > 256 && this.#start * 2 > this.#ordered.length) {
      this.#ordered = this.#ordered.slice(this.#start);
      this.#start = 0;
    }
  }

  all(): MessageRecord[] {
    return this.#ordered.slice(this.#start);
  }

  /** The newest messages first, beginning below `id`. */
  *before(id: bigint): Generator<MessageRecord> {
    for (let index = this.#firstAtOrAbove(id) - 1; index >= this.#start; index -= 1) yield this.#ordered[index]!;
  }

  /** The oldest messages first, beginning above `id`. */
  *after(id: bigint): Generator<MessageRecord> {
    for (let index = this.#firstAtOrAbove(id + 1n); index < this.#ordered.length; index += 1) yield this.#ordered[index]!;
  }

  #firstAtOrAbove(id: bigint): number {
    let low = this.#start;
    let high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (BigInt(this.#ordered[middle]!.id) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
