import { countQuestions } from './continuation.ts';
import { withFilesAtHand } from './history-files.ts';
import type { HistoryStore, Line } from './ports.ts';

export interface MoveConversationDependencies {
  readonly line: Pick<Line, 'inLane'>;
  readonly histories: Pick<HistoryStore, 'load' | 'save' | 'readFile' | 'forget'>;
  /** Its answers belong to another conversation from now on, also those that only its summary speaks of. Rejects when the store does. */
  readonly onMoved: (questionIds: readonly string[], from: string, to: string) => Promise<void>;
}

/**
 * Lets a conversation go on under another id, after the answers that were asked for before; under its own it begins anew. Whatever ends in
 * between, it is there under one of the two.
 * @returns how many questions it has
 * @throws {Failure} of kind `store`
 */
export type MoveConversation = (from: string, to: string) => Promise<number>;

export const createMoveConversation =
  ({ line, histories, onMoved }: MoveConversationDependencies): MoveConversation =>
  (from, to) =>
    line.inLane(
      from,
      async () => {
        const { history } = await histories.load(from);
        if (history.exchanges.length === 0) return 0;
        // Kept anew with the conversation that has them now.
        await histories.save(to, await withFilesAtHand(history, histories.readFile));
        // A question that is deleted takes along what a summary says of it, wherever that is.
        const covered = history.exchanges.flatMap(({ earlier = [] }) => earlier.flatMap(({ covers }) => covers));
        await onMoved([...new Set(covered.concat(history.exchanges.map(({ id }) => id)))], from, to);
        await histories.forget(from);
        return countQuestions(history);
      },
      new AbortController().signal,
    );
