import { beginsWith, createSum, grown } from './growing-list.ts';
import { withEarlier } from './summary.ts';
import { estimateTurnTextTokens } from './token-estimate.ts';
import type { SummaryPart } from './summary.ts';
import type { FileSource } from './content.ts';
import type { AnsweredBy, TokenUsage } from './reply.ts';
import type { Turn } from './turn.ts';

/** A question's turn and its reply's turn: what is remembered, always both or neither. */
export interface Exchange {
  /** The question's id. */
  readonly id: string;
  /** Where it was asked anew, the id of the question that got the newest answer. */
  readonly askedAs?: string | undefined;
  /** Id of the exchange before it, if there was one. */
  readonly continues?: string | undefined;
  readonly askerId: string;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** Files of the question lie beside the history once it is saved. */
  readonly turns: readonly [question: Turn<FileSource>, reply: Turn];
  /** Ids of the Discord messages that show the reply. */
  readonly replyMessageIds: readonly string[];
  readonly stopReason: string;
  readonly usage?: TokenUsage | undefined;
  /** What stood below it of its model, where that was wanted. */
  readonly answeredBy?: AnsweredBy | undefined;
  /** A model refused what it says: it stays remembered, and is not given to any again. */
  readonly isRefused?: boolean | undefined;
  /** Other answers to the question, in the order in which they came: before this one, which is shown, and after it. */
  readonly siblings?: { readonly before: readonly Sibling[]; readonly after: readonly Sibling[] } | undefined;
  /** Where the way back from it ends, if that is not where the conversation begins: earlier ones had no room any more. */
  readonly begins?: string | undefined;
  /**
   * What is kept of what was said before it, where that has left the conversation: whoever goes back from it comes no further. Empty:
   * nothing, and people were told that something has left. Absent: nothing has.
   */
  readonly earlier?: readonly SummaryPart[] | undefined;
}

/** One of several answers to a question; with the question, which may have been edited in between. */
export type Sibling = Pick<Exchange, 'turns' | 'stopReason' | 'usage' | 'answeredBy'>;

/** What one conversation remembers, oldest exchange first. */
export interface History {
  readonly exchanges: readonly Exchange[];
}

export const EMPTY_HISTORY: History = { exchanges: [] };

/**
 * When a history outgrows its budget it is cut to this share of it, not just below it: the beginning of the prompt then
 * stays the same for many turns, which is what prompt caching needs.
 */
const KEPT_SHARE = 0.5;

const exchangeTokens = (exchange: Exchange): number =>
  estimateTurnTextTokens(exchange.turns[0]) + estimateTurnTextTokens(exchange.turns[1]);

const totalTokens = createSum<Exchange, number>((total = 0, exchanges) =>
  exchanges.reduce((sum, exchange) => sum + exchangeTokens(exchange), total),
);

/** What all of it says, in estimated tokens, without files. */
export const historyTokens = ({ exchanges }: History): number => totalTokens(exchanges);

/** The newest whole exchanges whose text is no more than that, in estimated tokens. */
export const newestWithin = ({ exchanges }: History, maxTokens: number): History => {
  let total = totalTokens(exchanges);
  let first = 0;
  for (; first < exchanges.length && total > maxTokens; first += 1) {
    const exchange = exchanges[first];
    if (exchange !== undefined) total -= exchangeTokens(exchange);
  }
  return { exchanges: exchanges.slice(first) };
};

/** How many exchanges the shortest beginning has whose text is that much, in estimated tokens; all but one at most. The same while they grow. */
export const oldestOver = ({ exchanges }: History, tokens: number): number => {
  let total = 0;
  let count = 0;
  for (; count < exchanges.length - 1 && total < tokens; count += 1) {
    const exchange = exchanges[count];
    if (exchange !== undefined) total += exchangeTokens(exchange);
  }
  return count;
};

/** The newest whole exchanges whose text fits `maxTokens` (estimated). Unchanged while everything fits. */
export const trimHistory = (history: History, maxTokens: number): History =>
  totalTokens(history.exchanges) <= maxTokens ? history : newestWithin(history, maxTokens * KEPT_SHARE);

/** The newest whole exchanges, with at most this share of the text of all; one fewer than there are at least. */
export const newestShare = ({ exchanges }: History, share: number): History => newestWithin({ exchanges: exchanges.slice(1) }, totalTokens(exchanges) * share);

const oldestOf = createSum<Exchange, number>((oldest = Number.POSITIVE_INFINITY, exchanges) =>
  exchanges.reduce((least, { askedAt }) => Math.min(least, askedAt), oldest),
);

/** Exchanges asked at `oldest` (milliseconds since the epoch) or later. */
export const dropOlderThan = (history: History, oldest: number): History =>
  oldestOf(history.exchanges) < oldest
    ? { exchanges: history.exchanges.filter((exchange) => exchange.askedAt >= oldest) }
    : history;

const idsOf = createSum<Exchange, Set<string>>((ids = new Set(), exchanges) => {
  for (const { id } of exchanges) ids.add(id);
  return ids;
});

/** Exchanges that are looked through as quickly as their ids are looked up. */
const FEW = 32;

/** Where among exchanges one is, -1: nowhere, as mostly. */
export const placeOf = (exchanges: readonly Exchange[], id: string): number => {
  if (exchanges.length > FEW && !idsOf(exchanges).has(id)) return -1;
  for (let index = 0; index < exchanges.length; index += 1) if (exchanges[index]?.id === id) return index;
  return -1;
};

/** A history around the place of an exchange. */
export interface Around {
  readonly before: History;
  readonly after: readonly Exchange[];
}

/** What came before an exchange, and what came after it. When it is not there, all came before. */
export const splitAt = (history: History, id: string): Around => {
  const index = placeOf(history.exchanges, id);
  if (index === -1) return { before: history, after: [] };
  return { before: { exchanges: history.exchanges.slice(0, index) }, after: history.exchanges.slice(index + 1) };
};

/**
 * A history around the place that an answer takes: that of an earlier answer to the question, the one behind the exchange that
 * it goes on from, or the end.
 */
export const splitFor = (history: History, { id, behind }: { readonly id: string; readonly behind?: string | undefined }): Around => {
  // A new question is behind none.
  const index = behind === undefined ? 0 : placeOf(history.exchanges, behind) + 1;
  if (index === 0 || placeOf(history.exchanges, id) !== -1) return splitAt(history, id);
  return { before: { exchanges: history.exchanges.slice(0, index) }, after: history.exchanges.slice(index) };
};

/**
 * Each exchange continues the one before it. What does so already stays the same object.
 * @param exchanges nobody else's list
 * @param firstContinues what the first one does
 */
const inOrder = (exchanges: Exchange[], from = 0, firstContinues?: string): History => {
  for (let index = from; index < exchanges.length; index += 1) {
    const exchange = exchanges[index];
    const continues = index === 0 ? firstContinues : exchanges[index - 1]?.id;
    if (exchange !== undefined && exchange.continues !== continues) exchanges[index] = { ...exchange, continues };
  }
  return { exchanges };
};

/** The history without one exchange; whatever continued that one continues what came before it. */
export const without = (history: History, id: string): History => {
  const { before, after: [next, ...after] } = splitAt(history, id);
  if (before === history) return history;
  const gone = history.exchanges[before.exchanges.length];
  const heir = next === undefined || gone?.earlier === undefined ? next : { ...next, earlier: gone.earlier };
  return inOrder([...before.exchanges, ...(heir === undefined ? [] : [heir]), ...after], before.exchanges.length);
};

/** A line without its first exchanges, with what is kept of them. Undefined where nothing would be left. */
export const folded = ({ exchanges }: History, ids: ReadonlySet<string>, earlier: readonly SummaryPart[]): History | undefined => {
  const rest = exchanges.filter(({ id }) => !ids.has(id));
  const [first, ...others] = rest;
  return first === undefined ? undefined : inOrder([{ ...first, earlier }, ...others]);
};

/** The questions of one history that are not in another that was made of it, oldest first. */
export const leftOut = ({ exchanges }: History, later: History): readonly string[] => {
  // It mostly has grown at its end.
  if (beginsWith(later.exchanges, exchanges)) return [];
  const there = new Set(later.exchanges.map(({ id }) => id));
  return exchanges.flatMap(({ id }) => (there.has(id) ? [] : [id]));
};

/** One line behind another. */
export const behind = (history: History, { exchanges }: History): History => {
  const first = history.exchanges.length;
  const there = new Set(history.exchanges.map(({ id }) => id));
  return inOrder([...history.exchanges, ...exchanges.filter(({ id }) => !there.has(id))], first);
};

/** The history with one more exchange at its end; an exchange of the same id is replaced, never doubled. */
export const remember = (history: History, exchange: Exchange): History => rememberBefore(history, exchange, []);

/** The same, with those behind it that came after its place. */
export const rememberBefore = ({ exchanges }: History, exchange: Exchange, after: readonly Exchange[]): History => {
  const isOther = ({ id }: Exchange): boolean => id !== exchange.id;
  const isNew = placeOf(exchanges, exchange.id) === -1;
  if (isNew && after.length === 0) return { exchanges: grown(exchanges, inOrder([exchange], 0, exchanges.at(-1)?.id).exchanges) };
  const earlier = isNew ? exchanges : exchanges.filter(isOther);
  return inOrder([...earlier, exchange, ...after.filter(isOther)], earlier.length);
};

/** Where among `exchanges` one has its place that `mine` has at an index: at the end where it was mine, otherwise behind the same one as there. */
const placeAmong = (exchanges: readonly Exchange[], mine: readonly Exchange[], index: number): number => {
  if (index === mine.length - 1) return exchanges.length;
  const places = new Map(exchanges.map(({ id }, place) => [id, place]));
  const before = mine.slice(0, index).findLast(({ id }) => places.has(id));
  const next = mine.slice(index + 1).find(({ id }) => places.has(id));
  if (before !== undefined) return (places.get(before.id) ?? 0) + 1;
  return (next && places.get(next.id)) ?? exchanges.length;
};

/** Whether an exchange says the same, whatever it continues, however it was made, and whatever is kept of what was before it. */
const isAsItWas = (exchange: Exchange, before: Exchange | undefined): boolean => exchange === before || (before !== undefined && saidBy(exchange) === saidBy(before));

const saidBy = (exchange: Exchange): string => JSON.stringify({ ...exchange, continues: undefined, earlier: undefined });

/** What is kept of what was before an exchange, after two have changed it: mine, where it was I who did. */
const mergedEarlier = (known: Exchange, mine: Exchange, theirs: Exchange): Exchange['earlier'] =>
  JSON.stringify(mine.earlier) === JSON.stringify(known.earlier) ? theirs.earlier : mine.earlier;

/**
 * What two who knew the same history have made of it: `mine` was made of `base`, and meanwhile it became `theirs`. What I left
 * out or changed is left out or changed there, and what I added is to be.
 */
export const mergeChanges = (base: History, mine: History, theirs: History, isSame: (one: Exchange, other: Exchange | undefined) => boolean): { readonly kept: readonly Exchange[]; readonly added: readonly Exchange[] } => {
  const before = new Map(base.exchanges.map((exchange) => [exchange.id, exchange]));
  const now = new Map(mine.exchanges.map((exchange) => [exchange.id, exchange]));
  const kept = theirs.exchanges.flatMap((exchange) => {
    const known = before.get(exchange.id);
    const changed = now.get(exchange.id);
    if (known === undefined) return [changed ?? exchange];
    if (changed === undefined) return [];
    return [withEarlier(isSame(changed, known) ? exchange : changed, mergedEarlier(known, changed, exchange))];
  });
  const there = new Set(theirs.exchanges.map(({ id }) => id));
  // What was there before and is not any more, they have forgotten, unless it was asked anew.
  const added = mine.exchanges.filter((exchange) => !there.has(exchange.id) && !isSame(exchange, before.get(exchange.id)));
  return { kept, added };
};

/** A line after that: each continues the one before it. */
export const rebase = (base: History, mine: History, theirs: History): History => {
  const { kept, added } = mergeChanges(base, mine, theirs, isAsItWas);
  const exchanges = [...kept];
  for (const exchange of added) exchanges.splice(placeAmong(exchanges, mine.exchanges, mine.exchanges.indexOf(exchange)), 0, exchange);
  return inOrder(exchanges, 1);
};
