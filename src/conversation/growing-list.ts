interface Known<Item, Sum> {
  items: readonly Item[];
  sum: Sum;
}

/** What a list has grown from. Lists never change. */
const grownFrom = new WeakMap<readonly unknown[], readonly unknown[]>();

/** A list with more at its end, of which is known that it begins with the other: they need not be compared. */
export const grown = <Item>(items: readonly Item[], added: readonly Item[]): readonly Item[] => {
  const list = [...items, ...added];
  // Of the one before that, too. Farther back, each list would keep all that it has ever been.
  const before = grownFrom.get(items);
  if (before !== undefined) grownFrom.delete(before);
  grownFrom.set(list, items);
  return list;
};

/** A list without its last item: the very one that it has grown from by that, where it has. */
export const allButLast = <Item>(items: readonly Item[]): readonly Item[] => {
  const before = grownFrom.get(items) as readonly Item[] | undefined;
  return before?.length === items.length - 1 ? before : items.slice(0, -1);
};

const hasGrownFrom = (items: readonly unknown[], beginning: readonly unknown[]): boolean => {
  const before = grownFrom.get(items);
  return before !== undefined && (before === beginning || grownFrom.get(before) === beginning);
};

/** The lists of which one was found to begin with the other last: a question has several sums of the same two. */
let last: { readonly items: readonly unknown[]; readonly beginning: readonly unknown[] } | undefined;

/** A loop, because long lists are compared for each question. */
export const beginsWith = <Item>(items: readonly Item[], beginning: readonly Item[]): boolean => {
  if (items === beginning || hasGrownFrom(items, beginning) || (last?.items === items && last.beginning === beginning)) return true;
  for (let index = 0; index < beginning.length; index += 1) if (beginning[index] !== items[index]) return false;
  last = { items, beginning };
  return true;
};

/**
 * Sums up lists of items. Items never change, and their lists grow at the end from one question to the next, so only what
 * is new is looked at: a long history costs a question hardly more than a short one.
 * @param add adds items to a sum; `sum` is undefined for a list that begins. It may change the sum, where nobody else has that
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

/** Texts joined with commas, and where each of them ends. */
export interface JoinedText {
  readonly text: string;
  readonly ends: readonly number[];
}

/** @param before what they are joined to, where that begins already */
export const joinTexts = (texts: readonly string[], before?: JoinedText): JoinedText => {
  const ends = [...(before?.ends ?? [])];
  for (const { length } of texts) ends.push((ends.at(-1) ?? -1) + 1 + length);
  const added = texts.join(',');
  if (before === undefined || texts.length === 0) return { text: before?.text ?? added, ends };
  // Not joined with the rest: whoever sends it puts something around it, and copies all of it then.
  return { text: `${before.text},${added}`, ends };
};

/** The texts of items, joined. */
export const createJoinedText = <Item extends object>(textOf: (item: Item) => string): ((items: readonly Item[]) => JoinedText) =>
  createSum<Item, JoinedText>((before, items) => joinTexts(items.map(textOf), before));
