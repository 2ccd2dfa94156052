import { beginsWith } from '../conversation/growing-list.ts';
import { hasBranches } from '../conversation/scope.ts';
import { checkedTable } from './checked-table.ts';
import { shownByKind } from './history-record.ts';
import type { Exchange } from '../conversation/history.ts';
import type { Store, StoreEntry } from './open-store.ts';

/** Which messages belong to which exchange, for conversations that can go on from any of them. */
export interface ShownByTable {
  find(messageId: string): Promise<{ readonly conversationId: string; readonly continues: string } | undefined>;
  /** What is to be written with exchanges that are written. */
  entries(conversationId: string, exchanges: readonly Exchange[]): readonly StoreEntry[];
  /** What is to be deleted where exchanges become others. */
  left(conversationId: string, before: readonly Exchange[], now: readonly Exchange[]): readonly string[];
}

/** Messages of which is remembered where they were shown. */
const MOST_LATELY = 2_000;

/** Its question, where that is a message, and the messages of its answer. */
const messagesOf = ({ id, replyMessageIds }: Exchange): readonly string[] => [id, ...replyMessageIds];

export interface ShownLately {
  note(conversationId: string, exchanges: readonly Exchange[]): void;
  /** The conversation in which a message was shown; that it still is, has to be looked up. */
  find(messageId: string): string | undefined;
}

/** Where the messages are that this process has shown last: mostly it is one of these that somebody goes on from. */
export const createShownLately = (): ShownLately => {
  const conversations = new Map<string, string>();
  return {
    note: (conversationId, exchanges) => {
      if (!hasBranches(conversationId)) return;
      for (const messageId of exchanges.flatMap(messagesOf)) conversations.set(messageId, conversationId);
      for (const oldest of conversations.keys()) {
        if (conversations.size <= MOST_LATELY) break;
        conversations.delete(oldest);
      }
    },
    find: (messageId) => conversations.get(messageId),
  };
};

/** The exchange that a message is the question of, or shows; the newest ones first. */
export const shownAs = (exchanges: readonly Exchange[], messageId: string): Exchange | undefined =>
  exchanges.findLast((exchange) => exchange.id === messageId || exchange.replyMessageIds.includes(messageId));

export const createShownByTable = (store: Store, ttlMs: number): ShownByTable => {
  const table = checkedTable(store, shownByKind);
  return {
    find: async (messageId) => {
      const found = (await table.find(messageId))?.value;
      return found && { conversationId: found.conversationId, continues: found.exchangeId };
    },
    entries: (conversationId, exchanges) =>
      hasBranches(conversationId)
        ? exchanges.flatMap((exchange) =>
            messagesOf(exchange).flatMap((messageId) => {
              const entry = table.entry(messageId, { version: 1, conversationId, exchangeId: exchange.id }, ttlMs);
              return entry === undefined ? [] : [entry];
            }),
          )
        : [],
    left: (conversationId, before, now) => {
      // It mostly has grown at its end.
      if (!hasBranches(conversationId) || beginsWith(now, before)) return [];
      const there = new Set(now);
      const changed = before.filter((exchange) => !there.has(exchange));
      if (changed.length === 0) return [];
      const shown = new Set(now.flatMap(messagesOf));
      return changed.flatMap(messagesOf).filter((messageId) => !shown.has(messageId)).map(table.key);
    },
  };
};
