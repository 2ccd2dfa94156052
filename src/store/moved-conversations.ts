import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { bounds } from './record-parts.ts';
import { jsonKind } from './record-kind.ts';
import type { Store, StoreEntry, StoreTransaction } from './open-store.ts';

/** Where the conversation of a question is since it was moved. */
export interface Moved {
  readonly version: 1;
  readonly conversationId: string;
}

export const movedKind = jsonKind<Moved>({
  name: 'moved question',
  prefix: 'moved:',
  version: 1,
  schema: z.object({ version: z.literal(1), conversationId: bounds.id }),
});

/** What a question belonged to is elsewhere: whoever knows only where it was asked finds it, and writes nothing where it was. */
export interface MovedQuestions {
  find(questionId: string): Promise<string | undefined>;
  /** To be done with the move. */
  note(entries: StoreTransaction, questionId: string, conversationId: string): void;
  /** Keeps something that names the conversation of a question: the one that it is in at that moment. @param conversationId where it is if it was not moved */
  saveWhere(questionId: string, conversationId: string, entryIn: (conversationId: string) => StoreEntry | undefined): Promise<void>;
}

/** @param ttlMs how long what people said is kept, in milliseconds */
export const createMovedQuestions = (store: Store, ttlMs: number): MovedQuestions => {
  const table = checkedTable(store, movedKind);
  const find: MovedQuestions['find'] = async (questionId) => (await table.find(questionId))?.value.conversationId;
  return {
    find,
    note: (entries, questionId, conversationId) => {
      const entry = table.entry(questionId, { version: 1, conversationId }, ttlMs);
      if (entry !== undefined) entries.set(entry);
    },
    saveWhere: async (questionId, conversationId, entryIn) => {
      const key = table.key(questionId);
      let found: Awaited<ReturnType<typeof table.find>>;
      for (;;) {
        const entry = entryIn(found?.value.conversationId ?? conversationId);
        if (entry === undefined || (await store.setMany([entry], [], { key, expected: found?.text }))) return;
        found = await table.find(questionId);
      }
    },
  };
};
