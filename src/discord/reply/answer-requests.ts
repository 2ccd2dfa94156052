import { Cancelled } from '../../conversation/cancelled.ts';
import { Failure } from '../../conversation/failure.ts';
import { LimitOutlasts, describeDeliveryError, isForLater, judgeDeliveryError } from '../rest/delivery-error.ts';
import { createEndDeadlines, limitTime } from './end-deadlines.ts';
import { createRetryPause } from './retry-pause.ts';
import { actionOf } from './shown-messages.ts';
import type { WhyCancelled } from '../../conversation/cancelled.ts';
import type { DeliveryVerdict } from '../rest/delivery-error.ts';
import type { Turn } from '../rest/global-limit.ts';
import type { Outcome, WaitOf } from '../rest/paced-job.ts';
import type { ShownMessages, Step } from './shown-messages.ts';
import type { ViewState } from './view-state.ts';
import type { WantedMessages } from './wanted-messages.ts';

/** How long a request may take before it is given up and made anew, in milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;
/**
 * The same for what has files, or was given up before; shorter than discord.js's own patience, which would send the very same
 * again, whatever has become of the question meanwhile.
 */
const PATIENT_TIMEOUT_MS = 14_000;
/** An end that is so near when its time is over is still waited for, in milliseconds. */
const NEAR_MS = 5_000;
/** How long drafts that stay behind such limits are tried to be cleared away, while the next question goes on, in milliseconds. */
const CLEANUP_BEHIND_MS = 60 * 60_000;

const hasFiles = (step: Step): boolean => (step.type === 'create' || step.type === 'edit') && step.message.files !== undefined;

export interface AnswerRequestsOptions {
  readonly state: ViewState;
  readonly wanted: WantedMessages;
  readonly messages: ShownMessages;
  /** There may be something to do again. */
  readonly wake: () => void;
  readonly onWorked: () => void;
  readonly onGone: (why: Extract<WhyCancelled, 'answer deleted' | 'nobody can read the answer'>) => void;
  readonly warn: (reason: string) => void;
}

/** The requests of one answer, one at a time, and what each failure means for it. */
export interface AnswerRequests {
  /** None may be made now: one is under way, or Discord fails. */
  isHeld(): boolean;
  /** How long others would wait, as it was told last. */
  heard(waitOf: WaitOf): void;
  /**
   * Takes a step. May reject with a `RateLimitError`, and with nothing else.
   * @param onUnseen what was to be shown has its old place among all that waits
   */
  make(step: Step, waitOf: WaitOf, turn: Turn | undefined, onUnseen: () => void): Promise<Outcome>;
  /** The end is known: from now on it is tried for so long, and at once. */
  beginEnd(): void;
  stopEnd(): void;
  /** Enters `ended` where all of the end is there. */
  endIfDone(waitOf: WaitOf): void;
  /** No pause will wake anything more. */
  stop(): void;
  /** Resolves when none is under way. */
  idle(): Promise<void>;
}

export const createAnswerRequests = ({ state, wanted, messages, wake, onWorked, onGone, warn }: AnswerRequestsOptions): AnswerRequests => {
  const deadlines = createEndDeadlines(() => lookIfOverdue());
  const retryPause = createRetryPause(wake);
  let inFlight = 0;
  let underWay: Promise<Outcome> | undefined;
  let waitsFor: WaitOf = () => 0;

  const lose = (error: Failure): void => {
    // What was told already stays told.
    if (state.is !== 'ended' && state.is !== 'lost') state.lose(error);
  };

  /** At the end the failure itself tells why; before that, the model is still asked. */
  const endEarly = (reason: string): void => {
    warn(reason);
    onGone('nobody can read the answer');
  };

  const giveUp = (error: unknown, verdict: DeliveryVerdict): void => {
    const reason = describeDeliveryError(error);
    // What was left is somebody else's to tell, and the question with it.
    const wasGrowing = state.mayGrow;
    if (verdict === 'message-gone' || verdict === 'answer-gone') {
      lose(new Failure('stopped', 'Somebody deleted the answer.', { cause: new Cancelled('answer deleted') }));
      if (wasGrowing) onGone('answer deleted');
      return;
    }
    lose(new Failure('undeliverable', reason, { cause: error }));
    if (wasGrowing) endEarly(reason);
  };

  /** What Discord's limits hold up is seen by nobody else: no request is made that could fail. */
  const lookIfOverdue = (): void => {
    const step = messages.next(wanted.messages, true, waitsFor);
    if (state.is !== 'ending' || step === undefined) return;
    const leftMs = deadlines.of(step) - performance.now();
    const isFar = inFlight === 0 && waitsFor(actionOf(step), messages.placeOf(step)) > NEAR_MS;
    if (leftMs > 0 || !isFar) {
      deadlines.lookAgain(Math.max(1_000, leftMs));
    } else if (step.type === 'create' || step.type === 'edit') {
      giveUp(new LimitOutlasts(), 'rate-limited');
    } else {
      state.enter('ended');
      void messages.abandon(CLEANUP_BEHIND_MS, true);
    }
  };

  /** What a refusal means here: no other way in this place, or that drafts are not worth any more. */
  const goOn = (error: unknown, step: Step, verdict: DeliveryVerdict): void => {
    const isCleanup = step.type === 'remove' || step.type === 'point';
    const isLastTime = verdict === 'no-access' || performance.now() >= deadlines.of(step);
    // Refused for a reason that nobody knows, it may be taken the next time.
    if (step.type === 'point' && !isLastTime) retryPause.begin();
    const isHopeless = verdict === 'no-access' && !isCleanup && !(step.type === 'create' && step.isAnew);
    if (isHopeless) messages.noteRefusal(step);
    if (!isHopeless && messages.goAround(step, verdict, isLastTime)) return;
    if (state.is === 'ending' || isHopeless) giveUp(error, verdict);
    else if (state.mayGrow) {
      warn(describeDeliveryError(error));
      messages.freeze();
    }
  };

  /** Tells whether Discord answered. */
  const onError = async (error: unknown, step: Step): Promise<boolean> => {
    const told = judgeDeliveryError(error);
    if (told === 'rate-limited') throw error;
    if (told === 'not-ours' || told === 'answer-gone') {
      giveUp(error, told);
      return false;
    }
    if (told === 'blocked' && !wanted.isBlocked) {
      wanted.block(messages.count());
      if (state.mayGrow) endEarly("The server's filter blocked the answer.");
      return true;
    }
    const isForNow = isForLater(error);
    if (told === 'unanswered') messages.doubt(step);
    if (!isForNow && hasFiles(step) && wanted.dropFiles(false)) return true;
    if (isForNow && performance.now() < deadlines.of(step)) {
      if (hasFiles(step)) wanted.dropFiles(true);
      else wanted.takeFilesBack();
      retryPause.begin();
      return false;
    }
    // What Discord says of a message that is there after all is a refusal like others.
    const isMistaken = told === 'message-gone' && (step.type === 'create' || (await messages.isThere(step)));
    const verdict = isMistaken ? 'refused' : told;
    if (verdict === 'message-gone' && step.type === 'edit') giveUp(error, verdict);
    else goOn(error, step, verdict);
    return !isForNow;
  };

  const endIfDone = (waitOf: WaitOf): void => {
    if (state.is === 'ending' && inFlight === 0 && messages.next(wanted.messages, true, waitOf) === undefined) state.enter('ended');
  };

  const attempt = async (step: Step, waitOf: WaitOf, turn: Turn | undefined, onUnseen: () => void): Promise<Outcome> => {
    const isEnd = state.is === 'ending';
    const isPatient = hasFiles(step) || (isEnd && retryPause.hasFailed);
    const impatience = limitTime(isPatient ? PATIENT_TIMEOUT_MS : REQUEST_TIMEOUT_MS);
    inFlight += 1;
    try {
      const bucket = await messages.send(step, isEnd, { signal: impatience.signal, turn });
      retryPause.worked();
      wanted.taken();
      onWorked();
      return { bucket, isAnswered: true };
    } catch (error) {
      onUnseen();
      return { bucket: undefined, isAnswered: await onError(error, step) };
    } finally {
      impatience.end();
      inFlight -= 1;
      endIfDone(waitOf);
    }
  };

  return {
    isHeld: () => inFlight > 0 || retryPause.isOn,
    heard: (waitOf) => {
      waitsFor = waitOf;
    },
    make: (step, waitOf, turn, onUnseen) => {
      underWay = attempt(step, waitOf, turn, onUnseen);
      return underWay;
    },
    beginEnd: () => {
      deadlines.begin();
      retryPause.forget();
    },
    stopEnd: () => deadlines.stop(),
    endIfDone,
    stop: () => retryPause.end(),
    idle: async () => {
      await underWay?.catch(() => undefined);
    },
  };
};
