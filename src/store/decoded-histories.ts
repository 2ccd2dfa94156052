import type { History } from '../conversation/history.ts';

/** Characters of stored text whose decoded form is kept: some megabytes, whatever the number of conversations. */
const MAX_CHARACTERS = 1_000_000;

/** Decoded histories of the conversations that were busy last, each good only for exactly the text that it was made of. */
export interface DecodedHistories {
  get(conversationId: string, text: string): History | undefined;
  set(conversationId: string, text: string, history: History): void;
}

export const createDecodedHistories = (): DecodedHistories => {
  /** In the order of use, oldest first. */
  const entries = new Map<string, { readonly text: string; readonly history: History }>();
  let characters = 0;

  const drop = (conversationId: string): void => {
    const entry = entries.get(conversationId);
    if (entry === undefined) return;
    characters -= entry.text.length;
    entries.delete(conversationId);
  };

  return {
    get: (conversationId, text) => {
      const entry = entries.get(conversationId);
      // Another process may have written it since.
      return entry?.text === text ? entry.history : undefined;
    },
    set: (conversationId, text, history) => {
      drop(conversationId);
      entries.set(conversationId, { text, history });
      characters += text.length;
      for (const oldest of entries.keys()) {
        if (characters <= MAX_CHARACTERS) break;
        drop(oldest);
      }
    },
  };
};
