/** How many items a list may have gained since it was summed up last: a prompt gains a reply and a question. */
const MAX_GAIN = 3;

interface Known<Item, Sum> {
  readonly items: readonly Item[];
  readonly sum: Sum;
}

/**
 * Sums up lists of items. Items never change, and their lists grow at the end from one question to the next, so only what
 * is new is looked at: a long history costs a question hardly more than a short one.
 * @param add adds items to a sum, without changing it; `sum` is undefined for a list that begins
 */
export const createSum = <Item extends object, Sum>(
  add: (sum: Sum | undefined, items: readonly Item[]) => Sum,
): ((items: readonly Item[]) => Sum) => {
  /** By the last item, with which it also leaves memory. */
  const sums = new WeakMap<Item, Known<Item, Sum>>();

  const longestKnown = (items: readonly Item[]): Known<Item, Sum> | undefined => {
    for (let length = items.length; length > 0 && items.length - length <= MAX_GAIN; length -= 1) {
      const known = sums.get(items[length - 1] as Item);
      if (known?.items.length === length && known.items.every((item, index) => item === items[index])) return known;
    }
    return undefined;
  };

  return (items) => {
    const known = longestKnown(items);
    if (known?.items.length === items.length) return known.sum;
    const sum = add(known?.sum, items.slice(known?.items.length ?? 0));
    const last = items.at(-1);
    const lastKnown = known?.items.at(-1);
    // What the list was before is not asked for again.
    if (lastKnown !== undefined) sums.delete(lastKnown);
    if (last !== undefined) sums.set(last, { items, sum });
    return sum;
  };
};

/** The texts of items, joined with commas. */
export const createJoinedText = <Item extends object>(textOf: (item: Item) => string): ((items: readonly Item[]) => string) =>
  createSum<Item, string>((text, items) => {
    const added = items.map(textOf).join(',');
    // Not joined with the rest: whoever sends or stores it puts something around it, and copies all of it then.
    return text === undefined || items.length === 0 ? (text ?? added) : `${text},${added}`;
  });
