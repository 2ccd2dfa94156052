import { folded, rebase, rememberBefore, splitFor, without } from './history.ts';
import { foldedTree, pathBefore, rebaseTree, rememberInTree, withoutInTree } from './history-tree.ts';
import { hasBranches } from './scope.ts';
import { withEarlier, withoutCovering } from './summary.ts';
import type { Exchange, History } from './history.ts';
import type { TreePlace } from './history-tree.ts';
import type { SummaryPart } from './summary.ts';

/** What a question is asked with, and how the history goes on with its answer. */
export interface Asking {
  readonly before: History;
  /** What is kept of what was said before that, as with an {@link Exchange}. */
  readonly earlier: readonly SummaryPart[] | undefined;
  /**
   * @param sent what of `before` was sent: what was left out of it is forgotten, unless somebody can come back to it
   * @param earlier what stands for all that is not in it
   */
  remember(sent: History, exchange: Exchange, earlier?: readonly SummaryPart[]): History;
}

/** How the exchanges of a conversation hang together. */
export interface HistoryShape {
  at(history: History, place: TreePlace): Asking;
  /** Without one exchange, and without what a summary made of it. */
  without(history: History, id: string): History;
  /** What a history is after two who knew the same one have each changed it. */
  rebase(base: History, mine: History, theirs: History): History;
  /** With something shorter in the place of the first exchanges of a way, oldest first; undefined where nothing hangs on them. */
  fold(history: History, ids: readonly string[], earlier: readonly SummaryPart[]): History | undefined;
}

/** Who is asked with nothing before it has it behind its own place, if it was asked before. */
const earlierAt = (history: History, before: History, { id }: TreePlace): readonly SummaryPart[] | undefined =>
  (before.exchanges[0] ?? history.exchanges.find((exchange) => exchange.id === id))?.earlier;

const placed = (sent: History, exchange: Exchange, earlier: readonly SummaryPart[] | undefined): readonly [History, Exchange] => {
  const [first, ...others] = sent.exchanges;
  if (first === undefined) return [sent, withEarlier(exchange, earlier)];
  const head = withEarlier(first, earlier);
  return [head === first ? sent : { exchanges: [head, ...others] }, exchange];
};

/** All continue the one before them. */
const line: HistoryShape = {
  at: (history, place) => {
    const { before, after } = splitFor(history, place);
    return { before, earlier: earlierAt(history, before, place), remember: (sent, exchange, earlier) => rememberBefore(...placed(sent, exchange, earlier), after) };
  },
  without: (history, id) => without(withoutCovering(history, id), id),
  rebase,
  fold: (history, ids, earlier) => folded(history, new Set(ids), earlier),
};

const tree: HistoryShape = {
  at: (history, place) => {
    const before = pathBefore(history, place);
    return { before, earlier: earlierAt(history, before, place), remember: (sent, exchange, earlier) => rememberInTree(history, before, ...placed(sent, exchange, earlier), place) };
  },
  without: (history, id) => withoutInTree(withoutCovering(history, id), id),
  rebase: rebaseTree,
  fold: foldedTree,
};

export const shapeOf = (conversationId: string): HistoryShape => (hasBranches(conversationId) ? tree : line);
