import type { Place } from '../../conversation/ledger.ts';
import type { InteractionAddress } from '../discord-api.ts';

/** By which interactions messages were written, for as long as those can change them. Kept in memory alone: tokens are secrets. */
export interface RecentTokens {
  remember(messageIds: readonly string[], place: Place): void;
  find(messageId: string): InteractionAddress | undefined;
}

/**
 * @param limit messages that are remembered
 * @param now milliseconds since the epoch, by Discord's clock
 */
export const createRecentTokens = (limit: number, now: () => number): RecentTokens => {
  const tokens = new Map<string, NonNullable<Place['interaction']>>();
  return {
    remember: (messageIds, { interaction }) => {
      if (interaction === undefined) return;
      for (const messageId of messageIds) {
        tokens.delete(messageId);
        tokens.set(messageId, interaction);
      }
      for (const [oldest] of tokens) {
        if (tokens.size <= limit) break;
        tokens.delete(oldest);
      }
    },
    find: (messageId) => {
      const found = tokens.get(messageId);
      return found !== undefined && found.expiresAt > now() ? found : undefined;
    },
  };
};
