import { chainsAround } from '../../conversation/scope.ts';

/**
 * Conversations that were made to be forgotten a moment ago: what was accepted before, and is on its way, is not answered any
 * more. Counted, not timed: clocks are set.
 */
export interface RecentResets {
  /** How many there were so far. */
  readonly count: number;
  /** @param conversationId also one name for all chains of replies of a channel */
  add(conversationId: string, byId: string): void;
  /** Who made a conversation be forgotten since there were so many; undefined when nobody did. */
  since(conversationId: string, count: number): string | undefined;
}

/** Questions are on their way for milliseconds, and longer only while the store fails. */
const REMEMBERED = 1_000;

export const createRecentResets = (): RecentResets => {
  const resets = new Map<string, { readonly number: number; readonly byId: string }>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    add: (conversationId, byId) => {
      count += 1;
      resets.delete(conversationId);
      resets.set(conversationId, { number: count, byId });
      const [oldest] = resets.keys();
      if (resets.size > REMEMBERED && oldest !== undefined) resets.delete(oldest);
    },
    since: (conversationId, earlier) => {
      const all = [resets.get(conversationId), resets.get(chainsAround(conversationId) ?? '')];
      return all.find((reset) => reset !== undefined && reset.number > earlier)?.byId;
    },
  };
};
