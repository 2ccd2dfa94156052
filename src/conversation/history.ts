import { createSum } from './growing-list.ts';
import { estimateTurnTextTokens } from './token-estimate.ts';
import type { FileSource } from './content.ts';
import type { TokenUsage } from './reply.ts';
import type { Turn } from './turn.ts';

/** A question's turn and its reply's turn: what is remembered, always both or neither. */
export interface Exchange {
  /** The question's id. */
  readonly id: string;
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
}

/** What one conversation remembers, oldest exchange first. */
export interface History {
  readonly exchanges: readonly Exchange[];
}

export const EMPTY_HISTORY: History = { exchanges: [] };

/**
 * When a history outgrows its budget it is cut to this share of it, not just below it: the beginning of the prompt then
 * stays the same for many turns, which is what prompt caching needs.
 */
const KEPT_SHARE = 0.75;

const exchangeTokens = (exchange: Exchange): number =>
  estimateTurnTextTokens(exchange.turns[0]) + estimateTurnTextTokens(exchange.turns[1]);

const totalTokens = createSum<Exchange, number>((total = 0, exchanges) =>
  exchanges.reduce((sum, exchange) => sum + exchangeTokens(exchange), total),
);

/** The newest whole exchanges whose text fits `maxTokens` (estimated). Unchanged while everything fits. */
export const trimHistory = (history: History, maxTokens: number): History => {
  let total = totalTokens(history.exchanges);
  if (total <= maxTokens) return history;
  let first = 0;
  while (first < history.exchanges.length && total > maxTokens * KEPT_SHARE) {
    const exchange = history.exchanges[first];
    if (exchange !== undefined) total -= exchangeTokens(exchange);
    first += 1;
  }
  return { exchanges: history.exchanges.slice(first) };
};

/** The newest whole exchanges, with at most this share of the text of all; one fewer than there are at least. */
export const newestShare = (history: History, share: number): History => {
  const fewer = { exchanges: history.exchanges.slice(1) };
  return trimHistory(fewer, (totalTokens(history.exchanges) * share) / KEPT_SHARE);
};

const oldestOf = createSum<Exchange, number>((oldest = Number.POSITIVE_INFINITY, exchanges) =>
  exchanges.reduce((least, { askedAt }) => Math.min(least, askedAt), oldest),
);

/** Exchanges asked at `oldest` (milliseconds since the epoch) or later. */
export const dropOlderThan = (history: History, oldest: number): History =>
  oldestOf(history.exchanges) < oldest
    ? { exchanges: history.exchanges.filter((exchange) => exchange.askedAt >= oldest) }
    : history;

/** What came before an exchange, and what came after it. When it is not there, all came before. */
export const splitAt = (history: History, id: string): { readonly before: History; readonly after: readonly Exchange[] } => {
  const index = history.exchanges.findIndex((exchange) => exchange.id === id);
  if (index === -1) return { before: history, after: [] };
  return { before: { exchanges: history.exchanges.slice(0, index) }, after: history.exchanges.slice(index + 1) };
};

/**
 * The exchange of a question. One that was asked anew is remembered as the first one was, but shown in messages of its own.
 * @param messageIds those that show its answer
 */
export const findAnswer = ({ exchanges }: History, questionId: string, messageIds: readonly string[]): Exchange | undefined =>
  exchanges.find(({ id }) => id === questionId) ?? exchanges.find(({ replyMessageIds }) => replyMessageIds.some((id) => messageIds.includes(id)));

/** The history without one exchange; whatever continued that one continues what came before it. */
export const without = (history: History, id: string): History => {
  const { before, after } = splitAt(history, id);
  if (before === history) return history;
  const [next, ...later] = after;
  if (next === undefined) return before;
  return { exchanges: [...before.exchanges, { ...next, continues: before.exchanges.at(-1)?.id }, ...later] };
};

/** The history with one more exchange at its end; an exchange of the same id is replaced, never doubled. */
export const remember = (history: History, exchange: Exchange): History => {
  const { exchanges } = history;
  const earlier = exchanges.some(({ id }) => id === exchange.id) ? exchanges.filter(({ id }) => id !== exchange.id) : exchanges;
  return { exchanges: [...earlier, { ...exchange, continues: earlier.at(-1)?.id }] };
};

/**
 * What a history is after two who knew the same one have each changed it: `mine` was made of `base`, and meanwhile it became
 * `theirs`. What I left out, changed or added is left out, changed or added there.
 */
export const rebase = (base: History, mine: History, theirs: History): History => {
  const before = new Map(base.exchanges.map((exchange) => [exchange.id, exchange]));
  const now = new Map(mine.exchanges.map((exchange) => [exchange.id, exchange]));
  const kept = theirs.exchanges.flatMap((exchange) => {
    const known = before.get(exchange.id);
    const changed = now.get(exchange.id);
    if (known === undefined) return [changed ?? exchange];
    if (changed === undefined) return [];
    return [changed === known ? exchange : changed];
  });
  const there = new Set(theirs.exchanges.map(({ id }) => id));
  // What was there before and is not any more, they have forgotten, unless it was asked anew.
  const added = mine.exchanges.filter((exchange) => !there.has(exchange.id) && before.get(exchange.id) !== exchange);
  const exchanges = [...kept];
  for (const exchange of added) exchanges.push({ ...exchange, continues: exchanges.at(-1)?.id });
  return { exchanges };
};
