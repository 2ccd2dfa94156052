import type { History } from '../conversation/history.ts';

/** Characters of stored text whose decoded form is kept: some megabytes, whatever the number of conversations. */
const MAX_CHARACTERS = 4_000_000;

/** What an entry costs beside its text, in characters. */
const ENTRY_CHARACTERS = 200;

/** Decoded histories of the conversations that were busy last, each good only for exactly the text that it was made of. */
export interface DecodedHistories {
  get(conversationId: string, text: string): History | undefined;
  /** @param text undefined where nothing is stored */
  set(conversationId: string, text: string | undefined, history: History): void;
  /** What this process last read or wrote, whatever was stored since. */
  latest(conversationId: string): History | undefined;
}

export const createDecodedHistories = (): DecodedHistories => {
  /** In the order of use, oldest first. */
  const entries = new Map<string, { readonly text: string | undefined; readonly history: History }>();
  let characters = 0;
  const sizeOf = (text: string | undefined): number => ENTRY_CHARACTERS + (text?.length ?? 0);

  const drop = (conversationId: string): void => {
    const entry = entries.get(conversationId);
    if (entry === undefined) return;
    characters -= sizeOf(entry.text);
    entries.delete(conversationId);
  };

  return {
    get: (conversationId, text) => {
      const entry = entries.get(conversationId);
      // Another process may have written it since.
      return entry?.text === text ? entry.history : undefined;
    },
    latest: (conversationId) => entries.get(conversationId)?.history,
    set: (conversationId, text, history) => {
      drop(conversationId);
      entries.set(conversationId, { text, history });
      characters += sizeOf(text);
      for (const oldest of entries.keys()) {
        if (characters <= MAX_CHARACTERS) break;
        drop(oldest);
      }
    },
  };
};
