import { NOTHING_TO_ANSWER, periodOf } from '../intake/accept-question.ts';
import { NOT_WANTED } from '../intake/turn-down.ts';
import { describeDeliveryError, isForLater, judgeDeliveryError } from '../rest/delivery-error.ts';
import { DIRECT_CUT_OFF_TEXT, forgottenText, forgottenThereText, interruptedText, interruptedThereText, quietFailureText, unreadableText, whereAsked } from '../texts/answer-texts.ts';
import { Cancelled, cancellationOf } from '../../conversation/cancelled.ts';
import { Failure } from '../../conversation/failure.ts';
import { FORGOTTEN, HELD_UP } from '../../conversation/ledger.ts';
import { hasEnded } from '../../conversation/outcome.ts';
import { belowBefore } from '../reply/failure-ending.ts';
import { createResumedTarget } from '../reply/resumed-target.ts';
import { failureText } from '../texts/failure-text.ts';
import { refusalWords } from '../texts/refusal-texts.ts';
import { retryRow } from './retry-row.ts';
import { keepingWords } from './words-left.ts';
import type { Admission } from '../../conversation/admission.ts';
import type { Exchange } from '../../conversation/history.ts';
import type { TakenBack } from '../../conversation/cancelled.ts';
import type { Claim, LedgerRow } from '../../conversation/ledger.ts';
import type { Question } from '../../conversation/question.ts';
import type { Log } from '../../log/log.ts';
import type { AnswerClaimed } from '../intake/answer-claimed.ts';
import type { SayInstead } from '../intake/say-instead.ts';
import type { TurnDown } from '../intake/turn-down.ts';
import type { AnswerControls } from '../reply/answer-buttons.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { FindToldDirectly, WriteDirectly } from '../rest/direct-message.ts';
import type { Deleted, DeletedMeanwhile } from './deleted-meanwhile.ts';
import type { FindQuestion, FoundQuestion } from './find-question.ts';
import type { TidyEnded } from './tidy-ended.ts';
import type { TidyUp } from './tidy-up.ts';

/** A question that took down this many processes, or was with as many when they ended, is not tried again by itself. */
const MAX_ATTEMPTS = 5;
/** Nor is anything said any more where that failed so often, over some hours. */
const LAST_ATTEMPT = 1_000;
/** The same where Discord refuses for a reason that nobody knows. */
const LAST_STRANGE_ATTEMPT = 20;

export interface SettleDependencies {
  readonly findQuestion: FindQuestion;
  readonly deletedMeanwhile: DeletedMeanwhile;
  readonly admission: Pick<Admission, 'resumed' | 'answered'>;
  readonly answerClaimed: AnswerClaimed;
  readonly sayInstead: SayInstead;
  readonly turnDown: TurnDown;
  readonly writeDirectly: WriteDirectly;
  readonly findToldDirectly: FindToldDirectly;
  /** What is remembered of the answer; undefined when it was not, which comes after it was shown. May reject. */
  readonly remembered: (row: LedgerRow) => Promise<Exchange | undefined>;
  readonly tidyUp: TidyUp;
  readonly keep: AnswerControls['keep'];
  readonly tidyEnded: TidyEnded;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Brings a question whose process is gone to its one end: an answer, or one honest message with a button. Resolves when it
 * is its turn in its lane, with a promise of its end; neither rejects.
 */
export type Settle = (claim: Claim, changes?: Pick<Question, 'isConfirmed'>) => Promise<{ readonly ended: Promise<void> }>;

/** What a gone process left is taken over, or ends with it where somebody deleted it; what we took back ourselves nobody did. */
const resumedTarget = (claim: Claim, { target, drafts, untold, isTakenBack }: FoundQuestion, isNotice: boolean): ReplyTarget | undefined =>
  target && createResumedTarget(target, claim, drafts, isNotice, untold, isTakenBack !== true);

export const createSettle = ({ findQuestion, deletedMeanwhile, admission, answerClaimed, sayInstead, turnDown, writeDirectly, findToldDirectly, remembered, tidyUp, keep, tidyEnded, now, log }: SettleDependencies): Settle => {
  /** Where a dead token was the only way to write, the asker is told directly; where that is refused too, the log is all that is left. */
  const giveUpElsewhere = async (claim: Claim): Promise<void> => {
    const { questionId, askerId, place, refusal, reason: left } = claim.row;
    const where = whereAsked(place.channelId, questionId);
    const lost = left === FORGOTTEN ? forgottenThereText(where) : interruptedThereText(where, left === HELD_UP);
    const text = refusal === undefined ? lost : quietFailureText(where, refusal.text);
    try {
      await writeDirectly(askerId, text, `${questionId}:interrupted`);
      claim.end(refusal === undefined ? { state: 'failed', reason: left === FORGOTTEN ? FORGOTTEN : 'interrupted' } : NOT_WANTED);
    } catch (error) {
      if (isForLater(error)) throw error;
      // A refusal that nobody knows may be another one the next time.
      if (judgeDeliveryError(error) === 'refused' && claim.row.attempts < LAST_STRANGE_ATTEMPT) {
        claim.release(HELD_UP);
        return;
      }
      const reason = `its interaction is over, and its asker takes no direct message: ${describeDeliveryError(error)}`;
      log.warn({ questionId, channelId: place.channelId, reason }, 'an interrupted question ends without a word');
      claim.end({ state: 'failed', reason: 'nobody can be told' });
    }
  };

  /** What stands beside an answer that was there before goes with that, by whichever button another one comes. */
  const keepNotice = async ({ row }: Claim, question: LedgerRow['question']): Promise<void> => {
    if (question?.firstAskedAs === undefined || !hasEnded(row)) return;
    await keep({ report: { question, outcome: 'failed', waitedMs: 0, tookMs: 0 }, place: row.place, messageIds: row.messageIds, isNotice: true, isQuestionDeleted: false });
  };

  /** One honest message, in the draft's place where there is one. */
  const giveUp = async (claim: Claim, found: FoundQuestion): Promise<void> => {
    const { questionId, place, askerId, reason, question: asked } = claim.row;
    const resumed = resumedTarget(claim, found, true);
    if (resumed === undefined) {
      await giveUpElsewhere(claim);
      return;
    }
    const named = place.replyTo === undefined ? askerId : undefined;
    const where = whereAsked(place.channelId, questionId);
    if (reason === FORGOTTEN) {
      await sayInstead(claim, resumed, { content: forgottenText(named), elsewhere: forgottenThereText(where) }, { state: 'failed', reason: FORGOTTEN });
      return;
    }
    const elsewhere = interruptedThereText(where, reason === HELD_UP);
    if (found.isUnreadable === true) {
      await sayInstead(claim, resumed, { content: unreadableText(named), elsewhere }, { state: 'failed', reason: 'interrupted' });
      return;
    }
    const hadWords = place.before !== undefined && place.before !== '';
    const content = belowBefore(place.before, interruptedText(hadWords ? undefined : named, reason === HELD_UP));
    // What stood there tells what was asked.
    await sayInstead(claim, hadWords ? { ...resumed, preface: undefined } : resumed, { content, components: retryRow(questionId), elsewhere }, { state: 'failed', reason: 'interrupted', canRetry: true });
    await keepNotice(claim, asked);
  };

  /** Its end was not there yet when its process was gone. */
  const endTakenBack = async (claim: Claim, { why, byId }: TakenBack, found: FoundQuestion): Promise<void> => {
    const kept = await keepingWords(found).catch((error: unknown) => {
      if (isForLater(error)) throw error;
      return found;
    });
    const target = resumedTarget(claim, kept, false);
    if (kept.question !== undefined && target !== undefined) return answerClaimed(claim, kept.question, target);
    const cause = new Cancelled(why, byId);
    const sentence = failureText(new Failure(cancellationOf(cause)?.kind ?? 'stopped', why, { cause }));
    if (target !== undefined) {
      const isBelow = target.above !== undefined && (target.before ?? '') !== '';
      const content = isBelow ? belowBefore(target.before, sentence, false) : sentence;
      return sayInstead(claim, isBelow ? { ...target, preface: undefined } : target, { content }, { state: 'refused', reason: why });
    }
    log.info({ questionId: claim.row.questionId, reason: why }, 'an interrupted question has ended as somebody wanted, where nothing can be said any more');
    claim.end({ state: 'refused', reason: why });
    return undefined;
  };

  const go = async (claim: Claim, found: FoundQuestion, changes: Pick<Question, 'isConfirmed'>): Promise<void> => {
    const { deadline, attempts, untried = 0, refusal: words } = claim.row;
    const { question, refusal, isRefused } = found;
    const target = resumedTarget(claim, found, words !== undefined || refusal !== undefined);
    if (isRefused === true) claim.end({ state: 'failed', reason: 'line-full' });
    else if (claim.row.takenBack !== undefined) await endTakenBack(claim, claim.row.takenBack, found);
    else if (words !== undefined && target !== undefined) {
      await turnDown({ claim, target, isDirect: question !== undefined && question.guildId === undefined, isResumed: true, words });
    } else if (question === undefined || target === undefined || now() > deadline || attempts - untried > MAX_ATTEMPTS) {
      await giveUp(claim, found);
    } else {
      if (refusal !== undefined) return sayInstead(claim, target, { content: refusal }, NOTHING_TO_ANSWER);
      const turnedAway = await admission.resumed(question);
      if (turnedAway === undefined) await answerClaimed(claim, { ...question, ...changes }, target);
      else await turnDown({ claim, target, isDirect: question.guildId === undefined, isResumed: true, words: refusalWords(turnedAway), period: periodOf(question, turnedAway) });
    }
  };

  /** As it would have ended at that moment: whoever deleted it knows why nothing comes. */
  const endDeleted = async (claim: Claim, why: Deleted, found: FoundQuestion): Promise<void> => {
    log.info({ questionId: claim.row.questionId, reason: why }, 'an interrupted question has ended while nobody listened');
    await resumedTarget(claim, found, true)?.clean?.();
    claim.end({ state: 'refused', reason: why });
  };

  const isLeftForLater = (claim: Claim, error: unknown, isUntried = false): boolean => {
    const { questionId, attempts } = claim.row;
    log.warn({ questionId, reason: describeDeliveryError(error) }, 'an interrupted question could not be settled');
    if (!isForLater(error) || attempts >= LAST_ATTEMPT) return false;
    claim.release(HELD_UP, isUntried);
    return true;
  };

  /** Where something may have been said already. Does nothing where its row is closed. */
  const onError = (claim: Claim, error: unknown): void => {
    if (!isLeftForLater(claim, error)) claim.end({ state: 'failed', reason: `undeliverable: ${describeDeliveryError(error)}` });
  };

  /** Where nothing was said yet. */
  const onSilence = async (claim: Claim, error: unknown): Promise<void> => {
    if (!isLeftForLater(claim, error, true)) await giveUpElsewhere(claim).catch((later: unknown) => onError(claim, later));
  };

  return async (claim, changes = {}) => {
    const over = { ended: Promise.resolve() };
    if (hasEnded(claim.row)) return { ended: tidyEnded(claim) };
    try {
      const exchange = await remembered(claim.row);
      if (exchange !== undefined) {
        admission.answered(claim.row.questionId, exchange.usage);
        return { ended: tidyUp(claim, exchange).catch((error: unknown) => onError(claim, error)) };
      }
      const { isDirect = false, directParts = 1, askerId, questionId, place } = claim.row;
      const told = isDirect ? await findToldDirectly(askerId, questionId, place.channelId) : undefined;
      // Its process was gone before all of it was said.
      if (told !== undefined && told.parts < directParts) await writeDirectly(askerId, DIRECT_CUT_OFF_TEXT, `${questionId}:rest`, told.id);
      const found = await findQuestion(claim.row);
      const deleted = told === undefined ? await deletedMeanwhile(claim.row, found) : undefined;
      if (deleted !== undefined) return { ended: endDeleted(claim, deleted, found).catch((error: unknown) => onError(claim, error)) };
      if (found.moved !== undefined) claim.moved(found.moved.place, found.moved.conversationId);
      if (found.besides !== undefined) claim.removed(found.besides);
      if (told !== undefined) {
        // Whatever Discord refuses of the rest.
        await resumedTarget(claim, found, true)?.clean?.().catch(() => undefined);
        claim.end({ state: 'failed', reason: 'undeliverable: the asker was told by direct message' });
        return over;
      }
      log.info({ questionId: claim.row.questionId, attempts: claim.row.attempts, drafts: found.drafts.length }, 'an interrupted question is taken up');
      return { ended: go(claim, found, changes).catch((error: unknown) => onError(claim, error)) };
    } catch (error) {
      await onSilence(claim, error);
      return over;
    }
  };
};
