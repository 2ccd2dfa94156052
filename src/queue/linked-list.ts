/** An item of a {@link LinkedList}. It is in one list at a time. */
export abstract class Link<Self extends Link<Self>> {
  list: LinkedList<Self> | undefined = undefined;
  previous: Self | undefined = undefined;
  next: Self | undefined = undefined;
}

/** First in, first out, and any item can leave at once: neither an array nor a `Set` gives both in constant time. */
export class LinkedList<Item extends Link<Item>> {
  #first: Item | undefined;
  #last: Item | undefined;
  #size = 0;

  get first(): Item | undefined {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  /** Puts an item last, out of whichever list it was in. */
  push(item: Item): void {
    item.list?.remove(item);
    const last = this.#last;
    item.list = this;
    item.previous = last;
    if (last === undefined) this.#first = item;
    else last.next = item;
    this.#last = item;
    this.#size += 1;
  }

  /** Puts an item first, out of whichever list it was in. */
  unshift(item: Item): void {
    item.list?.remove(item);
    const first = this.#first;
    item.list = this;
    item.next = first;
    if (first === undefined) this.#last = item;
    else first.previous = item;
    this.#first = item;
    this.#size += 1;
  }

  /** Does nothing when the item is not in this list. */
  remove(item: Item): void {
    if (item.list !== this) return;
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.list = undefined;
    item.previous = undefined;
    item.next = undefined;
    this.#size -= 1;
  }

  *[Symbol.iterator](): Generator<Item, void> {
    for (let item = this.#first; item !== undefined; item = item.next) yield item;
  }
}
