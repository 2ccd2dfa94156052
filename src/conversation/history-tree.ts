import { createSum, grown } from './growing-list.ts';
import { mergeChanges, placeOf } from './history.ts';
import { hasBranches } from './scope.ts';
import type { SummaryPart } from './summary.ts';
import type { Exchange, History } from './history.ts';

/** Exchanges of one chain of replies that are kept beside those that a question goes on from. */
const MOST_EXCHANGES = 1_000;

/** Whether each of them continues the one before it, whole; and the last one's id. */
const lineOf = createSum<Exchange, { readonly isLine: boolean; readonly lastId: string | undefined }>((before, exchanges) =>
  exchanges.reduce(
    ({ isLine, lastId }, { id, continues, begins, earlier = [] }, index) => ({
      isLine: isLine && begins === undefined && (earlier.length === 0 || (before === undefined && index === 0)) && (continues === lastId || (before === undefined && index === 0)),
      lastId: id,
    }),
    before ?? { isLine: true, lastId: undefined },
  ),
);

const haveSiblings = createSum<Exchange, boolean>((have = false, exchanges) => have || exchanges.some(({ siblings }) => siblings !== undefined));

/** Whether there is more than an earlier Parley knows of: several answers to a question, or several questions behind an answer. */
export const isTree = (conversationId: string, exchanges: readonly Exchange[]): boolean =>
  haveSiblings(exchanges) || (hasBranches(conversationId) && !lineOf(exchanges).isLine);

/** What was said before it is kept in short, if at all. */
const isFolded = ({ earlier = [] }: Exchange): boolean => earlier.length > 0;

const byId = (exchanges: readonly Exchange[]): ReadonlyMap<string, Exchange> => new Map(exchanges.map((exchange) => [exchange.id, exchange]));

const continuing = (exchange: Exchange, continues: string | undefined): Exchange => ({ ...exchange, continues });

const wayBack = (all: ReadonlyMap<string, Exchange>, id: string | undefined): readonly Exchange[] => {
  const way: Exchange[] = [];
  // Each is met once, whatever a damaged record says.
  const met = new Set<string>();
  let next = id === undefined ? undefined : all.get(id);
  const end = next?.begins;
  while (next !== undefined && !met.has(next.id)) {
    way.push(next);
    met.add(next.id);
    next = next.id === end || isFolded(next) || next.continues === undefined ? undefined : all.get(next.continues);
  }
  return way.toReversed();
};

/** The exchanges on the way from the beginning to one of them, oldest first; empty where that one is not there. */
export const pathTo = (history: History, id: string | undefined): History => {
  const { exchanges } = history;
  const { isLine, lastId } = lineOf(exchanges);
  if (isLine && id !== undefined && id === lastId) return history;
  return { exchanges: wayBack(byId(exchanges), id) };
};

/** Where an answer has its place in a tree. */
export interface TreePlace {
  readonly id: string;
  /** The exchange that the question hangs on. */
  readonly continues?: string | undefined;
  /** The same where that one is not there. */
  readonly continuesOr?: string | undefined;
  /** The exchange whose answer it goes on with: whatever hangs on that one hangs on this one then. */
  readonly behind?: string | undefined;
}

/** What was said before a question. One that is asked anew is asked as it was then. */
export const pathBefore = (history: History, { id, continues, continuesOr, behind }: TreePlace): History => {
  const earlier = history.exchanges[placeOf(history.exchanges, id)];
  const path = pathTo(history, earlier === undefined ? (behind ?? continues) : earlier.continues);
  return path.exchanges.length > 0 || earlier !== undefined ? path : pathTo(history, continuesOr);
};

/** Those that are on the way to an exchange that nobody has continued. */
const reachable = (exchanges: readonly Exchange[], cutBehind?: string): ReadonlySet<string> => {
  const all = byId(cutBehind === undefined ? exchanges : exchanges.map((one) => (one.continues === cutBehind ? continuing(one, undefined) : one)));
  const continued = new Set(exchanges.map(({ continues }) => continues));
  return new Set(exchanges.filter(({ id }) => !continued.has(id)).flatMap(({ id }) => wayBack(all, id).map((exchange) => exchange.id)));
};

/** Without those that nobody can come back to, and without the oldest of too many. */
const bounded = (exchanges: readonly Exchange[], isShorter: boolean, path: ReadonlySet<string>): readonly Exchange[] => {
  const there = isShorter ? reachable(exchanges) : undefined;
  const rest = there === undefined ? exchanges : exchanges.filter(({ id }) => there.has(id));
  let surplus = rest.length - Math.max(MOST_EXCHANGES, path.size);
  return surplus <= 0 ? rest : rest.filter(({ id }) => path.has(id) || (surplus -= 1) < 0);
};

/** Where nothing is left before the place at which the way back ends, nobody need be told that it does. */
const withoutNeedlessEnd = (exchanges: readonly Exchange[], placed: Exchange): readonly Exchange[] => {
  const { begins, ...whole } = placed;
  if (begins === undefined) return exchanges;
  const before = exchanges.find(({ id }) => id === begins)?.continues;
  return exchanges.some(({ id }) => id === before) ? exchanges : exchanges.map((exchange) => (exchange === placed ? whole : exchange));
};

/**
 * A tree with one more exchange, or with a newer answer in the place of one.
 * @param before what there was on the way to it
 * @param sent what of that was sent with it: the rest of it had no room
 */
export const rememberInTree = ({ exchanges }: History, before: History, sent: History, exchange: Exchange, { id, behind }: TreePlace): History => {
  const isShorter = sent.exchanges.length < before.exchanges.length;
  const [parent, earlier] = [before.exchanges.at(-1), exchanges[placeOf(exchanges, id)]];
  // It mostly goes on from the last one of a line, of which all was sent: nothing else changes.
  if (sent.exchanges === exchanges && earlier === undefined && behind === undefined && parent?.begins === undefined) {
    return { exchanges: grown(exchanges, [{ ...exchange, continues: parent?.id }]) };
  }
  const changed = byId(sent.exchanges);
  const begins = isShorter ? (sent.exchanges[0]?.id ?? id) : parent?.begins;
  const placed: Exchange = { ...exchange, continues: earlier === undefined ? parent?.id : earlier.continues, ...(begins === undefined ? {} : { begins }) };
  const rehung = (one: Exchange): Exchange => (earlier === undefined && behind !== undefined && one.continues === behind ? continuing(one, id) : one);
  const others = exchanges.map((one) => (one.id === id ? placed : rehung(changed.get(one.id) ?? one)));
  const all = earlier === undefined ? [...others, placed] : others;
  return { exchanges: withoutNeedlessEnd(bounded(all, isShorter, new Set([...changed.keys(), id])), placed) };
};

/** The tree without one exchange; whatever continued that one continues what came before it. */
export const withoutInTree = (history: History, id: string): History => {
  const gone = history.exchanges.find((exchange) => exchange.id === id);
  if (gone === undefined) return history;
  const rest = history.exchanges.filter((exchange) => exchange !== gone);
  const heir = (exchange: Exchange): Exchange => ({ ...continuing(exchange, gone.continues), ...(gone.earlier === undefined || exchange.earlier !== undefined ? {} : { earlier: gone.earlier }) });
  return { exchanges: rest.map((exchange) => (exchange.continues === id ? heir(exchange) : exchange)) };
};

/**
 * A tree in which the first exchanges of a way are kept in short: whatever hangs on the last of them comes no further back. Those that
 * other ways need stay. Undefined where nothing hangs there.
 * @param ids of these exchanges, oldest first
 */
export const foldedTree = ({ exchanges }: History, ids: readonly string[], earlier: readonly SummaryPart[]): History | undefined => {
  const last = ids.at(-1);
  if (!exchanges.some(({ continues }) => continues === last)) return undefined;
  const heads = exchanges.map((exchange) => (exchange.continues === last ? { ...exchange, earlier } : exchange));
  // With nothing kept of them, the ways have to end there all the same.
  const there = reachable(heads, earlier.length === 0 ? last : undefined);
  return { exchanges: heads.filter(({ id }) => there.has(id) || !ids.includes(id)) };
};

/** Whatever is kept of what was before it: that is merged by itself. */
const saidBy = (exchange: Exchange | undefined): string | undefined => exchange && JSON.stringify({ ...exchange, earlier: undefined });

const isSame = (one: Exchange, other: Exchange | undefined): boolean => one === other || saidBy(one) === saidBy(other);

/** As `rebase` of a line; but two who have gone on from one exchange have made two branches. */
export const rebaseTree = (base: History, mine: History, theirs: History): History => {
  const { kept, added } = mergeChanges(base, mine, theirs, isSame);
  const all = [...kept, ...added];
  const there = new Set(all.map(({ id }) => id));
  const [before, now] = [byId(base.exchanges), byId([...mine.exchanges, ...theirs.exchanges])];
  /** What one that is gone continued, as far back as something is left. */
  const left = (id: string | undefined): string | undefined => {
    for (let next = id; next !== undefined; next = (now.get(next) ?? before.get(next))?.continues) if (there.has(next)) return next;
    return undefined;
  };
  return { exchanges: all.map((exchange) => (exchange.continues === undefined || there.has(exchange.continues) ? exchange : continuing(exchange, left(exchange.continues)))) };
};
