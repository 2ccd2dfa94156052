/**
 * What a request is for, in the order in which it goes: what somebody waits for right now or has a deadline, first words of
 * answers, their ends, drafts that newer ones overtake, and notices of waiting.
 */
export type Rank = 'urgent' | 'first words' | 'end' | 'draft' | 'notice';

const RANKS: readonly Rank[] = ['urgent', 'first words', 'end', 'draft', 'notice'];

/** Somebody who would send something. */
export interface Waiter {
  readonly rank: Rank;
  /** Since when there has been something that nobody sees, by `performance.now()`. */
  readonly since: number;
  /** How much of it there is, in characters. Asked when it matters. */
  readonly unseen: number;
  /** It is its turn. */
  serve(): void;
}

/** Whether one rank goes before another. */
export const isHigher = (one: Rank, other: Rank): boolean => RANKS.indexOf(one) < RANKS.indexOf(other);

/** A long text that nobody has seen counts as if it waited a fifth longer, so that none gets less than 0.8 of an even share. */
const WEIGHT_OF_LENGTH = 0.2;
const LONG = 1_000;

const weightOf = ({ since, unseen }: Omit<Waiter, 'serve'>, now: number): number => (now - since) * (1 + (WEIGHT_OF_LENGTH * Math.min(unseen, LONG)) / LONG);

/** Whether the one goes before the other: by its rank, then whoever has waited longer, and longer texts a little sooner. */
export const goesBefore = (one: Omit<Waiter, 'serve'>, other: Omit<Waiter, 'serve'>, now: number): boolean => {
  if (one.rank !== other.rank) return isHigher(one.rank, other.rank);
  return weightOf(one, now) > weightOf(other, now);
};

/** What drafts leave of each second, so that what cannot wait need not; notices leave more. */
const KEPT_FROM_DRAFTS = 1;
const OF_FEW = 0.1;
const KEPT_FROM_NOTICES = 0.4;

/** How many requests of each second stay free of those of a rank. */
export const keptFrom = (rank: Rank, perSecond: number): number => {
  if (rank === 'notice') return Math.floor(perSecond * KEPT_FROM_NOTICES);
  return rank === 'draft' ? Math.min(KEPT_FROM_DRAFTS, Math.floor(perSecond * OF_FEW)) : 0;
};

/** All who wait. */
export interface TurnOrder {
  add(waiter: Waiter): void;
  remove(waiter: Waiter): void;
  size(): number;
  /** The rank that goes next; undefined where nobody waits. */
  rank(): Rank | undefined;
  /** Whoever of a rank goes next; looks at each of them. */
  first(rank: Rank): Waiter | undefined;
}

export const createTurnOrder = (): TurnOrder => {
  const waiters: Readonly<Record<Rank, Set<Waiter>>> = { urgent: new Set(), 'first words': new Set(), end: new Set(), draft: new Set(), notice: new Set() };
  return {
    add: (waiter) => waiters[waiter.rank].add(waiter),
    remove: (waiter) => waiters[waiter.rank].delete(waiter),
    size: () => RANKS.reduce((sum, rank) => sum + waiters[rank].size, 0),
    rank: () => RANKS.find((rank) => waiters[rank].size > 0),
    first: (rank) => {
      const now = performance.now();
      let first: Waiter | undefined;
      for (const waiter of waiters[rank]) if (first === undefined || goesBefore(waiter, first, now)) first = waiter;
      return first;
    },
  };
};
