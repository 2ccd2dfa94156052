import { Failure } from './failure.ts';
import { hasFiles, withoutFiles } from './history-files.ts';
import { EMPTY_HISTORY, newestShare } from './history.ts';
import { sentTurns } from './prompt.ts';
import type { FailureKind } from './failure.ts';
import type { Exchange, History } from './history.ts';

export interface Asked<Result> {
  readonly result: Result;
  /** The history that the model took. */
  readonly history: History;
  /** Files of earlier questions were left out, because the model refused them. */
  readonly wereFilesRefused: boolean;
  /** Ids of earlier exchanges that were left out, because the model refused something in them. */
  readonly setAside: ReadonlySet<string>;
}

/** So many exchanges of one history are looked for at most: each is one call more. */
const MOST_SET_ASIDE = 3;

/** Kinds that a file of an earlier question may have caused: a model that was changed since, or a limit that moved. */
const FILE_REFUSALS = new Set<FailureKind>(['file-refused', 'request-refused', 'too-long', 'beyond-quota']);

/** How much of a conversation is left each time that it is too long for the model; after these, none of it. */
const SHARES = [0.5, 0.2];

/** The exchange whose turn was refused, where that is said: what is asked now comes behind all of them. */
const refusedIn = ({ exchanges }: History, { kind, turnIndex }: Failure): Exchange | undefined => {
  if (kind !== 'request-refused' || turnIndex === undefined) return undefined;
  let index = 0;
  for (const exchange of exchanges) {
    index += sentTurns(exchange).length;
    if (turnIndex < index) return exchange;
  }
  return undefined;
};

/** What fits of a history that was too long, by what was learned of that. */
export type Fitting = (tried: History, failure: Failure) => History;

/** What to ask with next: less of the history each time, as long as that may help. Undefined: it would not. */
const nextAttempt = (tried: History, failure: Failure, stepsTaken: number, fitting: Fitting): { readonly history: History; readonly steps: number } | undefined => {
  const { kind, mostImages } = failure;
  // Fewer of them come before none.
  if (mostImages !== undefined) return undefined;
  if (FILE_REFUSALS.has(kind) && hasFiles(tried)) return { history: withoutFiles(tried), steps: stepsTaken };
  if ((kind !== 'too-long' && kind !== 'beyond-quota') || tried.exchanges.length === 0) return undefined;
  const share = SHARES[stepsTaken];
  if (share === undefined) return { history: EMPTY_HISTORY, steps: stepsTaken + 1 };
  const byShare = newestShare(tried, share);
  const byWindow = fitting(tried, failure);
  return { history: byWindow.exchanges.length < byShare.exchanges.length ? byWindow : byShare, steps: stepsTaken + 1 };
};

/**
 * Asks with the history, and when the request is refused again with less of it: without the exchange that the refusal names, or
 * without its files, because one of them must
 * not break every later question; then without its older exchanges, in large steps, where it is too long for the model. A
 * refusal that has another reason comes again, and is the one that is told; what is too long without any history is the
 * question itself.
 *
 * @param mayAskAgain whether nothing of an answer was shown yet
 * @param fitting hears of each refusal of a history that is too long
 */
export const askPastRefusals = async <Result>(
  history: History,
  ask: (history: History) => Promise<Result>,
  mayAskAgain: () => boolean,
  fitting: Fitting = (tried) => tried,
): Promise<Asked<Result>> => {
  let sent = history;
  let steps = 0;
  const setAside = new Set<string>();
  for (;;) {
    try {
      return { result: await ask(sent), history: sent, wereFilesRefused: hasFiles({ exchanges: history.exchanges.filter(({ id }) => !setAside.has(id)) }) && !hasFiles(sent), setAside };
    } catch (error) {
      const refused = error instanceof Failure && mayAskAgain() && setAside.size < MOST_SET_ASIDE ? refusedIn(sent, error) : undefined;
      if (refused !== undefined) {
        setAside.add(refused.id);
        sent = { exchanges: sent.exchanges.filter((exchange) => exchange !== refused) };
        continue;
      }
      const next = error instanceof Failure && mayAskAgain() ? nextAttempt(sent, error, steps, fitting) : undefined;
      if (next === undefined) throw error;
      sent = next.history;
      steps = next.steps;
    }
  }
};
