import { Failure } from './failure.ts';
import { hasFiles, withoutFiles } from './history-files.ts';
import type { FailureKind } from './failure.ts';
import type { History } from './history.ts';

export interface Asked<Result> {
  readonly result: Result;
  /** The history that the model took. */
  readonly history: History;
  /** Files of earlier questions were left out, because the model refused them. */
  readonly wereFilesRefused: boolean;
}

/** Kinds that a file of an earlier question may have caused: a model that was changed since, or a limit that moved. */
const REFUSALS = new Set<FailureKind>(['file-refused', 'request-refused', 'too-long']);

/**
 * Asks with the history, and once more without its files when the request is refused: one file must not break every later
 * question. A refusal that has another reason comes again, and is the one that is told.
 *
 * @param mayAskAgain whether nothing of an answer was shown yet
 */
export const askPastRefusedFiles = async <Result>(
  history: History,
  ask: (history: History) => Promise<Result>,
  mayAskAgain: () => boolean,
): Promise<Asked<Result>> => {
  try {
    return { result: await ask(history), history, wereFilesRefused: false };
  } catch (error) {
    const isRefused = error instanceof Failure && REFUSALS.has(error.kind);
    if (!isRefused || !hasFiles(history) || !mayAskAgain()) throw error;
    const bare = withoutFiles(history);
    return { result: await ask(bare), history: bare, wereFilesRefused: true };
  }
};
