/** How much of the quotas that were configured is for this process, where others share them, and how many calls of it are out. */
export class QuotaPart {
  #part = 1;
  #out = 0;
  readonly #listeners: (() => void)[] = [];

  /** Above 0, and 1 for all. */
  get part(): number {
    return this.#part;
  }

  set part(part: number) {
    if (part === this.#part) return;
    this.#part = part;
    for (const listener of this.#listeners) listener();
  }

  /** Calls that are out, to any model. */
  get out(): number {
    return this.#out;
  }

  begun(): void {
    this.#out += 1;
  }

  ended(): void {
    this.#out -= 1;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
