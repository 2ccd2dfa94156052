import { Failure } from './failure.ts';
import { hasFiles, withoutFiles } from './history-files.ts';
import { EMPTY_HISTORY, newestShare } from './history.ts';
import { promptTurns } from './prompt.ts';
import type { FailureKind } from './failure.ts';
import type { Exchange, History } from './history.ts';

export interface Asked<Result> {
  readonly result: Result;
  /** What the model took of the history, and what it is not given any more, which says so. */
  readonly history: History;
  /** Files of earlier questions were left out, because the model refused them. */
  readonly wereFilesRefused: boolean;
  /** Something that was said earlier was left out, because the model refused it. */
  readonly wereTurnsRefused: boolean;
  /** In which words that was refused last, for the log; undefined where it was not. */
  readonly refusal: string | undefined;
}

export interface PastRefusals {
  /** Hears of each refusal of a history that is too long. */
  readonly fitting?: Fitting | undefined;
  /**
   * Whether the model refuses the question with so much of the history: a call of its own, whose answer nobody reads. Absent: what no
   * refusal names is not looked for.
   */
  readonly isRefused?: ((history: History) => Promise<boolean>) | undefined;
  /** Leaves the summary of what was said before that away from all calls from now on. False where there is none. */
  readonly leaveSummary?: (() => boolean) | undefined;
  /** Milliseconds that only go forward. */
  readonly monotonicNow?: (() => number) | undefined;
}

/** So many exchanges of one history are looked for at most. */
const MOST_SET_ASIDE = 3;
/** For so long, in milliseconds: somebody waits. */
const SEARCH_MS = 30_000;

/** Kinds that a file of an earlier question may have caused: a model that was changed since, or a limit that moved. */
const FILE_REFUSALS = new Set<FailureKind>(['file-refused', 'request-refused', 'too-long', 'beyond-quota']);

/** How much of a conversation is left each time that it is too long for the model; after these, none of it. */
const SHARES = [0.5, 0.2];

/** The exchange whose turn was refused, where that is said: what is asked now comes behind all of them. */
const refusedIn = ({ exchanges }: History, { kind, turnIndex }: Failure): Exchange | undefined => {
  if (kind !== 'request-refused' || turnIndex === undefined) return undefined;
  let index = 0;
  for (const exchange of exchanges) {
    index += promptTurns(exchange).length;
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

/** Refusals of what was said, in words or by a guardrail, that do not say where it was. */
const isOfWhatWasSaid = ({ kind, turnIndex, isOfField, isOfInput }: Failure): boolean => (kind === 'guardrail' ? isOfInput : kind === 'request-refused' && turnIndex === undefined && !isOfField);

const isGiven = (exchange: Exchange): boolean => promptTurns(exchange).length > 0;

const settingAside = ({ exchanges }: History, id: string): History => ({ exchanges: exchanges.map((exchange) => (exchange.id === id ? { ...exchange, isRefused: true } : exchange)) });

/**
 * Which of them is refused, by halving: each call asks with one half of those that it may be, so that all together read the history
 * once at most; what is refused costs nothing.
 */
const findRefused = async ({ exchanges }: History, isRefused: (history: History) => Promise<boolean>, mayGoOn: () => boolean): Promise<Exchange | undefined> => {
  let suspects = exchanges.filter(isGiven);
  while (suspects.length > 1 && mayGoOn()) {
    const older = suspects.slice(0, Math.floor(suspects.length / 2));
    suspects = (await isRefused({ exchanges: older })) ? older : suspects.slice(older.length);
  }
  return suspects.length === 1 ? suspects[0] : undefined;
};

/**
 * Asks with the history, and when the request is refused again with less of it: without the exchange that the refusal names, or
 * without its files, because one of them must not break every later question; then without its older exchanges, in large steps, where
 * it is too long for the model. What is refused without a word of where, is looked for: the newest exchange is the only one that no
 * call has had in it yet; if it was not that, and the question by itself is taken, it is found by halving. A guardrail that stops what
 * is asked mostly means the question, so that is tried first; but it looks at the whole history each time, and may be newer. A refusal that has another
 * reason comes again, and is the one that is told; what is too long, or refused, without any history is the question itself.
 *
 * @param mayAskAgain whether nothing of an answer was shown yet
 */
export const askPastRefusals = async <Result>(
  history: History,
  ask: (history: History) => Promise<Result>,
  mayAskAgain: () => boolean,
  { fitting = (tried) => tried, isRefused, leaveSummary = () => false, monotonicNow = () => performance.now() }: PastRefusals = {},
): Promise<Asked<Result>> => {
  const giveUpAt = monotonicNow() + SEARCH_MS;
  const mayGoOn = (): boolean => monotonicNow() < giveUpAt;
  let sent = history;
  let steps = 0;
  /** Before its files were left out, which may not be to blame. */
  let withFiles: History | undefined;
  let setAside = 0;
  let isSummaryRefused = false;
  /** What the model has taken to be without its newest exchange, and what it was before that. */
  let trial: { readonly before: History; readonly withFiles: History | undefined } | undefined;
  let wasNewestTried = false;
  let wasQuestionTried = false;
  let isQuestionTaken = false;
  let refusal: string | undefined;
  const leaveOut = (id: string): void => {
    sent = settingAside(withFiles ?? sent, id);
    withFiles = undefined;
    setAside += 1;
  };

  /** What to do about a refusal that names nothing; false: nothing. */
  const search = async (isRefusedWith: (history: History) => Promise<boolean>): Promise<boolean> => {
    const newest = sent.exchanges.findLast(isGiven);
    if (newest === undefined) return false;
    if (!wasNewestTried) {
      wasNewestTried = true;
      trial = { before: sent, withFiles };
      leaveOut(newest.id);
      return true;
    }
    wasQuestionTried = true;
    if (!isQuestionTaken && (await isRefusedWith(EMPTY_HISTORY))) {
      isSummaryRefused = !isSummaryRefused && leaveSummary();
      if (!isSummaryRefused || (await isRefusedWith(EMPTY_HISTORY))) return false;
      isQuestionTaken = true;
      return true;
    }
    isQuestionTaken = true;
    const found = setAside < MOST_SET_ASIDE ? await findRefused(sent, isRefusedWith, mayGoOn) : undefined;
    if (found === undefined) return false;
    leaveOut(found.id);
    return true;
  };

  for (;;) {
    try {
      const result = await ask(sent);
      return { result, history: sent, wereFilesRefused: hasFiles(history) && !hasFiles(sent), wereTurnsRefused: setAside > 0 || isSummaryRefused, refusal: setAside > 0 || isSummaryRefused ? refusal : undefined };
    } catch (error) {
      // What a guardrail says in the place of an answer is none.
      if (!(error instanceof Failure) || (!mayAskAgain() && !error.isOfInput)) throw error;
      if (error.kind === 'request-refused' || error.isOfInput) refusal = error.message;
      if (error.isOfInput) wasNewestTried = true;
      if (trial !== undefined) {
        ({ before: sent, withFiles } = trial);
        trial = undefined;
        setAside -= 1;
      }
      const named = setAside < MOST_SET_ASIDE ? refusedIn(sent, error) : undefined;
      if (named !== undefined) {
        leaveOut(named.id);
        continue;
      }
      const next = nextAttempt(sent, error, steps, fitting);
      if (next !== undefined) {
        if (error.kind === 'request-refused') withFiles = sent;
        sent = next.history;
        steps = next.steps;
        continue;
      }
      if (!isOfWhatWasSaid(error) || isRefused === undefined) throw error;
      if (await search(isRefused)) continue;
      if (!isQuestionTaken) throw wasQuestionTried ? new Failure(error.kind, error.message, { cause: error.cause, cure: error.cure, isOfQuestion: true, isOfInput: error.isOfInput }) : error;
      // Too much of it is refused to be looked for while somebody waits: what was found stays set aside, and the next question finds more.
      return { result: await ask(EMPTY_HISTORY), history: withFiles ?? sent, wereFilesRefused: false, wereTurnsRefused: true, refusal };
    }
  }
};
