interface Known<Item, Sum> {
  items: readonly Item[];
  sum: Sum;
}

/** A loop, because long lists are compared several times for each question. */
export const beginsWith = <Item>(items: readonly Item[], beginning: readonly Item[]): boolean => {
  for (let index = 0; index < beginning.length; index += 1) if (beginning[index] !== items[index]) return false;
  return true;
};

/**
 * Sums up lists of items. Items never change, and their lists grow at the end from one question to the next, so only what
 * is new is looked at: a long history costs a question hardly more than a short one.
 * @param add adds items to a sum, without changing it; `sum` is undefined for a list that begins
 */
export const createSum = <Item extends object, Sum>(
  add: (sum: Sum | undefined, items: readonly Item[]) => Sum,
): ((items: readonly Item[]) => Sum) => {
  /** By the first item, with which it also leaves memory: what the list was last, for each list that begins with it. */
  const sums = new WeakMap<Item, Known<Item, Sum>>();
  return (items) => {
    const first = items[0];
    if (first === undefined) return add(undefined, items);
    const known = sums.get(first);
    if (known?.items === items) return known.sum;
    if (known === undefined) {
      const sum = add(undefined, items);
      sums.set(first, { items, sum });
      return sum;
    }
    const isKnown = beginsWith(items, known.items);
    if (isKnown && known.items.length === items.length) return known.sum;
    known.sum = isKnown ? add(known.sum, items.slice(known.items.length)) : add(undefined, items);
    known.items = items;
    return known.sum;
  };
};

/** The texts of items, joined with commas. */
export const createJoinedText = <Item extends object>(textOf: (item: Item) => string): ((items: readonly Item[]) => string) =>
  createSum<Item, string>((text, items) => {
    const added = items.map(textOf).join(',');
    // Not joined with the rest: whoever sends or stores it puts something around it, and copies all of it then.
    return text === undefined || items.length === 0 ? (text ?? added) : `${text},${added}`;
  });
