import { rebase, rememberBefore, splitFor, without } from './history.ts';
import { pathBefore, rebaseTree, rememberInTree, withoutInTree } from './history-tree.ts';
import { hasBranches } from './scope.ts';
import type { Exchange, History } from './history.ts';
import type { TreePlace } from './history-tree.ts';

/** What a question is asked with, and how the history goes on with its answer. */
export interface Asking {
  readonly before: History;
  /** @param sent what of `before` was sent: what was left out of it is forgotten, unless somebody can come back to it */
  remember(sent: History, exchange: Exchange): History;
}

/** How the exchanges of a conversation hang together. */
export interface HistoryShape {
  at(history: History, place: TreePlace): Asking;
  without(history: History, id: string): History;
  /** What a history is after two who knew the same one have each changed it. */
  rebase(base: History, mine: History, theirs: History): History;
}

/** All continue the one before them. */
const line: HistoryShape = {
  at: (history, place) => {
    const { before, after } = splitFor(history, place);
    return { before, remember: (sent, exchange) => rememberBefore(sent, exchange, after) };
  },
  without,
  rebase,
};

const tree: HistoryShape = {
  at: (history, place) => {
    const before = pathBefore(history, place);
    return { before, remember: (sent, exchange) => rememberInTree(history, before, sent, exchange, place) };
  },
  without: withoutInTree,
  rebase: rebaseTree,
};

export const shapeOf = (conversationId: string): HistoryShape => (hasBranches(conversationId) ? tree : line);
