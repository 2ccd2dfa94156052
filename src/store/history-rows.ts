import { beginsWith } from '../conversation/growing-list.ts';
import type { Exchange } from '../conversation/history.ts';
import type { StoredExchanges } from './decoded-histories.ts';

const exchangesPrefix = (conversationId: string): string => `exchange:${conversationId}/`;

/** Keys of what is stored of a conversation. A conversation's id may have another's id and a colon before it. */
export const historyKeys = {
  head: (conversationId: string): string => `history:${conversationId}`,
  exchanges: exchangesPrefix,
  exchange: (conversationId: string, number: number): string => `${exchangesPrefix(conversationId)}${number}`,
  /** The number in an exchange's key; undefined where it has none. */
  number: (conversationId: string, key: string): number | undefined => {
    const digits = key.slice(exchangesPrefix(conversationId).length);
    return /^\d{1,15}$/u.test(digits) ? Number(digits) : undefined;
  },
};

/** What makes stored exchanges those that they should be. */
export interface HistoryChange {
  readonly first: number;
  readonly written: readonly (readonly [number: number, exchange: Exchange])[];
  readonly deleted: readonly number[];
}

const range = (from: number, to: number): number[] => (to <= from ? [] : Array.from({ length: to - from }, (_, index) => from + index));

/** Mostly the same object; not when it was read anew in between. */
const isSame = (one: Exchange, other: Exchange | undefined): boolean =>
  one === other || (other !== undefined && JSON.stringify(one) === JSON.stringify(other));

/**
 * A conversation mostly gets one exchange more, and sometimes loses its oldest ones: what lies there already is not written
 * again.
 */
export const planChange = (stored: StoredExchanges, exchanges: readonly Exchange[]): HistoryChange => {
  const before = stored.first === undefined ? [] : stored.exchanges;
  const start = stored.first ?? stored.next ?? 1;
  const end = start + before.length;
  const oldest = before.findIndex(({ id }) => id === exchanges[0]?.id);
  const first = oldest === -1 ? end : start + oldest;
  const written: (readonly [number, Exchange])[] = [];
  const known = first === start && beginsWith(exchanges, before) ? before.length : 0;
  for (let index = known; index < exchanges.length; index += 1) {
    const exchange = exchanges[index];
    if (exchange !== undefined && !isSame(exchange, before[first - start + index])) written.push([first + index, exchange]);
  }
  return { first, written, deleted: [...(stored.leftovers ?? []), ...range(start, first), ...range(first + exchanges.length, end)] };
};
