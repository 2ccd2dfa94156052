import { countQuestions } from './continuation.ts';
import type { HistoryStore, Line } from './ports.ts';

export interface MoveConversationDependencies {
  readonly line: Pick<Line, 'inLane'>;
  readonly histories: Pick<HistoryStore, 'move'>;
  /** The id that the buttons of the answer to a question carry. */
  readonly answerIdOf: (questionId: string) => string;
}

/**
 * Lets a conversation go on under another id, after the answers that were asked for before; what is asked under the other id meanwhile
 * waits for that. Under its own it begins anew. Whatever ends in between, it is under one of the two, and only there.
 * @param open makes the place in which people can ask it then; false where there is none, and then it stays where it is
 * @returns how many questions it has; undefined where it stays
 * @throws {Failure} of kind `store`, and then it stays, too
 */
export type MoveConversation = (from: string, to: string, open: () => Promise<boolean>) => Promise<number | undefined>;

export const createMoveConversation =
  ({ line, histories, answerIdOf }: MoveConversationDependencies): MoveConversation =>
  (from, to, open) => {
    const { signal } = new AbortController();
    const move = async (): Promise<number> => countQuestions(await histories.move(from, to, answerIdOf));
    return line.inLane(to, async () => ((await open()) ? line.inLane(from, move, signal) : undefined), signal);
  };
