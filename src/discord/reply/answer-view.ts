import { Cancelled, whyCancelled } from '../../conversation/cancelled.ts';
import { Failure } from '../../conversation/failure.ts';
import { isTakenBack } from '../../conversation/outcome.ts';
import { failureText, remarkText } from '../texts/failure-text.ts';
import { BLOCKED_TEXT, GREW_TOO_LONG_TEXT, NO_LONGER_TEXT } from '../texts/answer-texts.ts';
import { addBelow } from './add-below.ts';
import { withButtons } from './answer-buttons.ts';
import { createAnswerText } from './answer-text.ts';
import { createBusySign } from './busy-sign.ts';
import { LimitOutlasts, describeDeliveryError, isForLater, judgeDeliveryError } from '../rest/delivery-error.ts';
import { END_DEADLINE_MS, createEndDeadlines, limitTime } from './end-deadlines.ts';
import { failureEnding } from './failure-ending.ts';
import { createOtherWays } from './other-ways.ts';
import { createRetryPause } from './retry-pause.ts';
import { actionOf, createShownMessages } from './shown-messages.ts';
import { createViewState } from './view-state.ts';
import { createWaitingNotice } from './waiting-notice.ts';
import { createWithoutUploads } from './without-uploads.ts';
import type { WhyCancelled } from '../../conversation/cancelled.ts';
import type { AnswerView } from '../../conversation/ports.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { AnswerButtons, Buttons } from './answer-buttons.ts';
import type { WatchChannel } from './channel-activity.ts';
import type { DeliveryVerdict } from '../rest/delivery-error.ts';
import type { TellDirectly, Undelivered } from './other-ways.ts';
import type { Turn } from '../rest/global-limit.ts';
import type { Outcome, PacedJob, Plan, WaitOf } from '../rest/paced-job.ts';
import type { Scheduler } from '../rest/scheduler.ts';
import type { Rank } from '../rest/turn-order.ts';
import type { ReplyTarget } from './reply-target.ts';
import type { Step } from './shown-messages.ts';

/** Waited after the first words before they are shown, in milliseconds: a whole answer may be right behind them. */
const GATHER_MS = 10;
/** Least time between two edits of an answer, in milliseconds, from which length on: long answers are read more slowly than they grow. */
const DRAFT_INTERVALS: readonly { readonly fromLength: number; readonly ms: number }[] = [
  { fromLength: 12_000, ms: 4_000 },
  { fromLength: 4_000, ms: 2_000 },
  { fromLength: 1, ms: 1_000 },
];
const NOTICE_INTERVAL_MS = 2_500;
/** The first words often follow at once when the waiting is over: then nobody need be told that it is. */
const TURN_AFTER_MS = 1_000;
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
const filesOf = (step: Step): OutgoingMessage['files'] => (step.type === 'create' || step.type === 'edit' ? step.message.files : undefined);

export interface AnswerViewOptions {
  readonly target: ReplyTarget;
  readonly askerId: string;
  readonly scheduler: Pick<Scheduler, 'pacer'>;
  readonly watchChannel: WatchChannel;
  readonly buttons: AnswerButtons;
  /** Nobody will see the rest: somebody deleted the answer's message, or its place is closed. */
  readonly onGone: (why: Extract<WhyCancelled, 'answer deleted' | 'nobody can read the answer'>) => void;
  readonly tellDirectly: TellDirectly;
  /** For the admin's log: no message text. */
  readonly warn: (reason: string) => void;
}

export interface DiscordAnswerView extends AnswerView {
  /** Says something instead of an answer, as it is. Resolves when it is visible, or when that cannot be. */
  tell(content: string): Promise<void>;
  /** Takes away what stands there, as it was said elsewhere why there is no answer. Resolves when it has gone, or when that cannot be. */
  vanish(): Promise<void>;
  /** The messages that show the answer, or the part of it that was written. */
  messageIds(): readonly string[];
  /** Whether the model has written anything that was to be shown. */
  hasWords(): boolean;
  /** Why the end is not where it belongs, in Discord's own words; undefined where it is. */
  undeliverable(): string | undefined;
  /** Whether the end is not there because Discord fails, so that it may be said later. */
  isForLater(): boolean;
  /** Writes nothing more: what is shown stays as it is. Resolves when no request is under way. */
  leave(): Promise<void>;
}

/** The visible side of one answer: what should be shown, what is shown, and the next step from the one to the other. */
export const createAnswerView = ({
  target,
  askerId,
  scheduler,
  watchChannel,
  buttons,
  onGone,
  tellDirectly,
  warn,
}: AnswerViewOptions): DiscordAnswerView => {
  const pacer = scheduler.pacer(target.paceKey);
  const watch = watchChannel(target.channelId);
  const busySign = createBusySign(target);
  const text = createAnswerText({ askerId, preface: target.preface, maxMessages: target.maxMessages });
  const messages = createShownMessages({ target, watch, warn });
  const withoutUploads = createWithoutUploads(text);
  const deadlines = createEndDeadlines();
  const retryPause = createRetryPause(() => pacer.wake(0));
  const state = createViewState();
  let markdown = '';
  let wanted: readonly OutgoingMessage[] = [];
  /** The newest text is not in `wanted` yet. */
  let isStale = false;
  let gathering: NodeJS.Timeout | undefined;
  let inFlight = 0;
  let underWay: Promise<Outcome> | undefined;
  let draftAt = 0;
  let overdue: NodeJS.Timeout | undefined;
  /** The pacer's own, as it asked last. */
  let waitsFor: WaitOf = () => 0;
  let settle: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
  /** This place takes nothing more, for another reason than that Discord fails or that somebody took the answer away. */
  let isRefused = false;
  let undelivered: Undelivered | undefined;
  /** Since when there is something that nobody sees, and how much of the text has been sent. */
  let since = performance.now();
  let sentLength = 0;
  /** Its end is no answer: somebody stopped it, or hears why there is none. */
  let isUrgent = false;
  /** What is shown instead of the answer once the server's filter refused it. */
  let blocked: readonly OutgoingMessage[] | undefined;
  /** Its time is over; what was written stays. */
  let hasGrownTooLong = false;

  /** It is over, one way or another: everything that was kept going for it ends. */
  const release = (): void => {
    busySign.stop();
    notice.end();
    watch.end();
    clearTimeout(gathering);
    retryPause.end();
    clearTimeout(growing);
    clearTimeout(overdue);
    pacer.remove(job);
    if (state.is === 'lost') settle?.reject(state.lostBy);
    else settle?.resolve();
    settle = undefined;
  };

  const close = (how: 'ended' | 'left'): void => {
    state.enter(how);
    release();
  };

  const lose = (error: Failure): void => {
    // What was told already stays told.
    if (state.is === 'ended' || state.is === 'lost') return;
    state.lose(error);
    release();
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
    if (verdict === 'message-gone') {
      lose(new Failure('stopped', 'Somebody deleted the answer.', { cause: new Cancelled('answer deleted') }));
      if (wasGrowing) onGone('answer deleted');
      return;
    }
    isRefused = verdict !== 'not-ours' && !isForLater(error);
    lose(new Failure('undeliverable', reason, { cause: error }));
    if (wasGrowing) endEarly(reason);
  };

  /** What Discord's limits hold up is seen by nobody else: no request is made that could fail. */
  const lookIfOverdue = (): void => {
    const step = messages.next(wanted, true, waitsFor);
    if (state.is !== 'ending' || step === undefined) return;
    const leftMs = deadlines.of(step) - performance.now();
    const isHeldUp = inFlight === 0 && waitsFor(actionOf(step), messages.placeOf(step)) > NEAR_MS;
    if (leftMs > 0 || !isHeldUp) {
      overdue = setTimeout(lookIfOverdue, Math.max(1_000, leftMs));
    } else if (step.type === 'create' || step.type === 'edit') {
      giveUp(new LimitOutlasts(), 'rate-limited');
    } else {
      close('ended');
      void messages.abandon(CLEANUP_BEHIND_MS, true);
    }
  };

  const tryWithoutFiles = (step: Step, isForNow: boolean): boolean => {
    const instead = filesOf(step) === undefined ? undefined : withoutUploads.instead(wanted, isForNow);
    wanted = instead ?? wanted;
    return instead !== undefined;
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
    if (told === 'not-ours') {
      giveUp(error, told);
      return false;
    }
    if (told === 'blocked' && blocked === undefined) {
      blocked = [...wanted.slice(0, Math.max(0, messages.count() - 1)), { content: BLOCKED_TEXT }];
      wanted = blocked;
      if (state.mayGrow) endEarly("The server's filter blocked the answer.");
      return true;
    }
    const isForNow = isForLater(error);
    if (told === 'unanswered') messages.doubt(step);
    if (!isForNow && tryWithoutFiles(step, false)) return true;
    if (isForNow && performance.now() < deadlines.of(step)) {
      if (filesOf(step) === undefined) wanted = withoutUploads.back() ?? wanted;
      else tryWithoutFiles(step, true);
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

  const closeIfDone = (waitOf: WaitOf): void => {
    if (state.is === 'ending' && inFlight === 0 && messages.next(wanted, true, waitOf) === undefined) close('ended');
  };

  /** @param onUnseen what was to be shown has its old place among all that waits */
  const attempt = async (step: Step, waitOf: WaitOf, turn: Turn | undefined, onUnseen: () => void): Promise<Outcome> => {
    const isEnd = state.is === 'ending';
    const isPatient = filesOf(step) !== undefined || (isEnd && retryPause.hasFailed);
    const impatience = limitTime(isPatient ? PATIENT_TIMEOUT_MS : REQUEST_TIMEOUT_MS);
    inFlight += 1;
    try {
      const bucket = await messages.send(step, isEnd, { signal: impatience.signal, turn });
      retryPause.worked();
      withoutUploads.taken();
      busySign.stop();
      return { bucket, isAnswered: true };
    } catch (error) {
      onUnseen();
      return { bucket: undefined, isAnswered: await onError(error, step) };
    } finally {
      impatience.end();
      inFlight -= 1;
      closeIfDone(waitOf);
    }
  };

  const rank = (): Rank => {
    if (state.is === 'ending') return isUrgent ? 'urgent' : 'end';
    if (markdown === '') return 'notice';
    return sentLength === 0 ? 'first words' : 'draft';
  };

  const intervalMs = (): number => DRAFT_INTERVALS.find(({ fromLength }) => markdown.length >= fromLength)?.ms ?? NOTICE_INTERVAL_MS;

  const refresh = (): void => {
    if (!isStale || blocked !== undefined) return;
    isStale = false;
    wanted = withButtons(text.update(markdown), buttons.whileWriting());
  };

  const job: PacedJob = {
    isWriting: () => markdown !== '',
    unseen: () => markdown.length - sentLength,
    plan: (waitOf): Plan | undefined => {
      waitsFor = waitOf;
      const isEnd = state.is === 'ending';
      if (state.isOver || state.is === 'gathering' || inFlight > 0 || retryPause.isOn || (!isEnd && messages.isFrozen())) return undefined;
      const step = messages.next(wanted, isEnd, waitOf);
      if (step !== undefined) {
        const notBefore = isEnd || step.type === 'create' ? 0 : draftAt;
        return { rank: rank(), action: actionOf(step), place: messages.placeOf(step), notBefore, since };
      }
      if (!isStale || isEnd || blocked !== undefined) return undefined;
      const part = Math.max(0, messages.count() - 1);
      return { rank: rank(), action: messages.count() === 0 ? 'create' : 'edit', place: target.placeOf(part, false), notBefore: draftAt, since };
    },
    run: (plan, waitOf, turn) => {
      const isEnd = state.is === 'ending';
      if (!isEnd) refresh();
      const step = messages.next(wanted, isEnd, waitOf);
      if (step === undefined || actionOf(step) !== plan.action || messages.placeOf(step).id !== plan.place.id) return undefined;
      const before = { since, sentLength };
      since = performance.now();
      draftAt = since + intervalMs();
      sentLength = markdown.length;
      underWay = attempt(step, waitOf, turn, () => ({ since, sentLength } = before));
      return underWay;
    },
    onPause: () => {
      if (state.mayGrow) busySign.start(0);
    },
  };

  const notice = createWaitingNotice((noticeText, isNews) => {
    if (!isNews) {
      busySign.start(0);
      draftAt = Math.max(draftAt, performance.now() + TURN_AFTER_MS);
    }
    wanted = withButtons([{ content: target.preface === undefined ? noticeText : `${target.preface}\n${noticeText}` }], buttons.whileWriting());
    pacer.wake(draftAt);
  });

  const stopGrowing = (): void => {
    if (!state.mayGrow) return;
    hasGrownTooLong = true;
    onGone('nobody can read the answer');
  };
  const growing = target.growsForMs === undefined ? undefined : setTimeout(stopGrowing, target.growsForMs);

  busySign.start(target.busyAfterMs);
  pacer.add(job);

  const concludeHere = async (ending: readonly OutgoingMessage[], row: Buttons): Promise<void> => {
    if (state.is === 'lost') throw state.lostBy;
    if (state.isOver) return;
    state.enter('ending');
    if (!isStale) since = performance.now();
    clearTimeout(gathering);
    notice.end();
    wanted = blocked ?? withButtons(ending, row);
    deadlines.begin();
    overdue = setTimeout(lookIfOverdue, END_DEADLINE_MS);
    retryPause.forget();
    const settled = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
    closeIfDone(() => 0);
    pacer.wake(0);
    await settled;
  };

  const otherWays = createOtherWays({ target, messages, tellDirectly });

  /** Resolves when all of `ending` is shown; rejects with a {@link Failure} when that can never be. */
  const conclude = async (ending: readonly OutgoingMessage[], row: Buttons): Promise<void> => {
    try {
      await concludeHere(ending, row);
    } catch (error) {
      if (!isRefused || undelivered !== undefined || !(error instanceof Failure)) throw error;
      undelivered = await otherWays(withButtons(text.withoutFiles() ?? ending, row), error);
      if (undelivered !== undefined) throw new Failure('undeliverable', undelivered.why, { cause: error.cause });
    }
  };

  /** What a person reads of a failure; that nobody can read the answer any more is no failure of the question. */
  const sentenceOf = (failure: Failure): string => {
    if (hasGrownTooLong) return GREW_TOO_LONG_TEXT;
    const isCutOff = state.is === 'lost' || whyCancelled(failure.cause) === 'nobody can read the answer';
    return failure.kind === 'stopped' && isCutOff ? NO_LONGER_TEXT : failureText(failure);
  };

  return {
    wait: (wait) => {
      if (state.is === 'waiting') notice.update(wait);
    },
    show: (newText) => {
      if (!state.mayGrow) return;
      const isFirst = state.is === 'waiting';
      if (sentLength === markdown.length) since = performance.now();
      markdown = newText;
      if (isFirst) {
        notice.end();
        isStale = true;
        state.enter('gathering');
        draftAt = 0;
        gathering = setTimeout(() => {
          state.enter('drafting');
          pacer.wake(0);
        }, GATHER_MS);
      } else if (!isStale) {
        isStale = true;
        if (state.is === 'drafting') pacer.wake(draftAt);
      }
    },
    finish: async (reply, remarks) => {
      await conclude(text.finish(reply.text, remarks.map(remarkText).join('\n')), buttons.afterReply(reply.stopReason));
      if (blocked !== undefined) throw new Failure('undeliverable', "The server's filter blocked the answer.");
      return messages.ids();
    },
    fail: async (failure) => {
      const sentence = sentenceOf(failure);
      isUrgent = true;
      if (isTakenBack(failure.kind) && sentence !== NO_LONGER_TEXT) messages.stay();
      const isAlarming = hasGrownTooLong || !isTakenBack(failure.kind);
      const ending = failureEnding({ text, markdown, before: target.before, sentence, isAlarming });
      await conclude(ending, buttons.afterFailure(failure.kind)).catch(() => undefined);
    },
    regret: async (remark) => {
      const [id, shown] = [messages.ids().at(-1), wanted.at(-1)];
      if (id === undefined || shown === undefined || state.is === 'lost' || undelivered !== undefined) return;
      const last = { part: messages.ids().length - 1, id, shown };
      await addBelow(target, last, remarkText(remark)).catch((error: unknown) => warn(describeDeliveryError(error)));
    },
    tell: async (content) => {
      isUrgent = true;
      await conclude([{ content }], undefined).catch(() => undefined);
    },
    vanish: async () => {
      isUrgent = true;
      await concludeHere([], undefined).catch(() => undefined);
    },
    messageIds: messages.allIds,
    hasWords: () => markdown !== '',
    undeliverable: () => undelivered?.why,
    isForLater: () => undelivered?.isForLater === true || (state.lostBy instanceof Failure && state.lostBy.kind === 'undeliverable' && isForLater(state.lostBy.cause)),
    leave: async () => {
      if (!state.isOver) close('left');
      await underWay?.catch(() => undefined);
    },
  };
};
