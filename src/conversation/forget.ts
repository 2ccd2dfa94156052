import type { HistoryStore, Line } from './ports.ts';

/** Forgets a conversation, after the answers that were asked for before. True when there was something to forget. */
export type Forget = (conversationId: string) => Promise<boolean>;

export const createForget =
  ({ line, histories }: { readonly line: Line; readonly histories: HistoryStore }): Forget =>
  (conversationId) =>
    line.inLane(conversationId, () => histories.forget(conversationId), new AbortController().signal);
