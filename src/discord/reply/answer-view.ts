import { whyCancelled } from '../../conversation/cancelled.ts';
import { Failure } from '../../conversation/failure.ts';
import { isTakenBack } from '../../conversation/outcome.ts';
import { failureText, remarkText } from '../texts/failure-text.ts';
import { GREW_TOO_LONG_TEXT, NO_LONGER_TEXT } from '../texts/answer-texts.ts';
import { addBelow } from './add-below.ts';
import { withButtons } from './answer-buttons.ts';
import { createAnswerRequests } from './answer-requests.ts';
import { createAnswerText } from './answer-text.ts';
import { createBusySign } from './busy-sign.ts';
import { describeDeliveryError, isForLater, judgeDeliveryError } from '../rest/delivery-error.ts';
import { createDraftPace } from './draft-pace.ts';
import { failureEnding } from './failure-ending.ts';
import { createOtherWays } from './other-ways.ts';
import { actionOf, createShownMessages } from './shown-messages.ts';
import { createViewState } from './view-state.ts';
import { createWaitingNotice } from './waiting-notice.ts';
import { createWantedMessages } from './wanted-messages.ts';
import type { WhyCancelled } from '../../conversation/cancelled.ts';
import type { AnswerView } from '../../conversation/ports.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { AnswerButtons, Buttons } from './answer-buttons.ts';
import type { WatchChannel } from './channel-activity.ts';
import type { TellDirectly, Undelivered } from './other-ways.ts';
import type { PacedJob, Plan } from '../rest/paced-job.ts';
import type { Scheduler } from '../rest/scheduler.ts';
import type { Rank } from '../rest/turn-order.ts';
import type { ReplyTarget } from './reply-target.ts';

/** Waited after the first words before they are shown, in milliseconds: a whole answer may be right behind them. */
const GATHER_MS = 10;
/** The first words often follow at once when the waiting is over: then nobody need be told that it is. */
const TURN_AFTER_MS = 1_000;
/** Whether Discord fails, so that it may be said later. */
const isHeldUp = (lostBy: Failure | undefined): boolean => lostBy?.kind === 'undeliverable' && isForLater(lostBy.cause);
/** Whether the place takes nothing more, for another reason than that Discord fails or that somebody took the answer away. */
const isRefused = (lostBy: Failure | undefined): boolean =>
  lostBy?.kind === 'undeliverable' && judgeDeliveryError(lostBy.cause) !== 'not-ours' && !isHeldUp(lostBy);

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
  const wanted = createWantedMessages({ text, buttons, preface: target.preface });
  const messages = createShownMessages({ target, watch, warn });
  const pace = createDraftPace();
  const over = Promise.withResolvers<void>();
  over.promise.catch(() => undefined);
  let gathering: NodeJS.Timeout | undefined;
  let undelivered: Undelivered | undefined;
  /** Of its end: no answer is waited for where somebody stopped it, or hears why there is none. */
  let endRank: Rank = 'end';
  /** Its time is over; what was written stays. */
  let hasGrownTooLong = false;

  /** It is over, one way or another: everything that was kept going for it ends. */
  const release = (): void => {
    busySign.stop();
    watch.end();
    requests.stop();
    clearTimeout(growing);
    pacer.remove(job);
    if (state.lostBy === undefined) over.resolve();
    else over.reject(state.lostBy);
  };

  const state = createViewState({
    waiting: { end: () => notice.end() },
    gathering: {
      begin: () => {
        pace.free();
        gathering = setTimeout(() => state.enter('drafting'), GATHER_MS);
      },
      end: () => clearTimeout(gathering),
    },
    drafting: { begin: () => pacer.wake(0) },
    ending: { begin: () => requests.beginEnd(), end: () => requests.stopEnd() },
    ended: { begin: release },
    lost: { begin: release },
    left: { begin: release },
  });
  const requests = createAnswerRequests({ state, wanted, messages, wake: () => pacer.wake(0), onWorked: () => busySign.stop(), onGone, warn });

  const rank = (): Rank => {
    if (state.is === 'ending') return endRank;
    if (wanted.markdown === '') return 'notice';
    return pace.hasSentWords ? 'draft' : 'first words';
  };

  const job: PacedJob = {
    isWriting: () => wanted.markdown !== '',
    unseen: () => pace.unseen,
    plan: (waitOf): Plan | undefined => {
      requests.heard(waitOf);
      const isEnd = state.is === 'ending';
      if (!state.maySend || requests.isHeld() || (!isEnd && messages.isFrozen())) return undefined;
      const step = messages.next(wanted.messages, isEnd, waitOf);
      if (step !== undefined) {
        const notBefore = isEnd || step.type === 'create' ? 0 : pace.notBefore;
        return { rank: rank(), action: actionOf(step), place: messages.placeOf(step), notBefore, since: pace.since };
      }
      if (!wanted.isStale || isEnd || wanted.isBlocked) return undefined;
      const part = Math.max(0, messages.count() - 1);
      return { rank: rank(), action: messages.count() === 0 ? 'create' : 'edit', place: target.placeOf(part, false), notBefore: pace.notBefore, since: pace.since };
    },
    run: (plan, waitOf, turn) => {
      const isEnd = state.is === 'ending';
      if (!isEnd) wanted.refresh();
      const step = messages.next(wanted.messages, isEnd, waitOf);
      if (step === undefined || actionOf(step) !== plan.action || messages.placeOf(step).id !== plan.place.id) return undefined;
      return requests.make(step, waitOf, turn, pace.sent());
    },
    onPause: () => {
      if (state.mayGrow) busySign.start(0);
    },
  };

  const notice = createWaitingNotice((noticeText, isNews) => {
    if (!isNews) {
      busySign.start(0);
      pace.hold(TURN_AFTER_MS);
    }
    wanted.showNotice(noticeText);
    pacer.wake(pace.notBefore);
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
    if (state.lostBy !== undefined) throw state.lostBy;
    if (state.isOver) return;
    state.enter('ending');
    if (!wanted.isStale) pace.news();
    wanted.end(ending, row);
    requests.endIfDone(() => 0);
    pacer.wake(0);
    await over.promise;
  };

  const otherWays = createOtherWays({ target, messages, tellDirectly });

  /** Resolves when all of `ending` is shown; rejects with a {@link Failure} when that can never be. */
  const conclude = async (ending: readonly OutgoingMessage[], row: Buttons): Promise<void> => {
    try {
      await concludeHere(ending, row);
    } catch (error) {
      if (!isRefused(state.lostBy) || undelivered !== undefined || !(error instanceof Failure)) throw error;
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
      pace.grew(newText.length);
      const isNews = wanted.grow(newText);
      if (state.is === 'waiting') state.enter('gathering');
      else if (isNews && state.is === 'drafting') pacer.wake(pace.notBefore);
    },
    finish: async (reply, remarks) => {
      await conclude(text.finish(reply.text, remarks.map(remarkText).join('\n')), buttons.afterReply(reply.stopReason));
      if (wanted.isBlocked) throw new Failure('undeliverable', "The server's filter blocked the answer.");
      return messages.ids();
    },
    fail: async (failure) => {
      const sentence = sentenceOf(failure);
      endRank = 'urgent';
      if (isTakenBack(failure.kind) && sentence !== NO_LONGER_TEXT) messages.stay();
      const isAlarming = hasGrownTooLong || !isTakenBack(failure.kind);
      const ending = failureEnding({ text, markdown: wanted.markdown, before: target.before, sentence, isAlarming, maxMessages: target.maxMessages });
      await conclude(ending, buttons.afterFailure(failure.kind)).catch(() => undefined);
    },
    regret: async (remark) => {
      const [id, shown] = [messages.ids().at(-1), wanted.messages.at(-1)];
      if (id === undefined || shown === undefined || state.is === 'lost' || undelivered !== undefined) return;
      const last = { part: messages.ids().length - 1, id, shown };
      await addBelow(target, last, remarkText(remark)).catch((error: unknown) => warn(describeDeliveryError(error)));
    },
    tell: async (content) => {
      endRank = 'urgent';
      await conclude([{ content }], undefined).catch(() => undefined);
    },
    vanish: async () => {
      endRank = 'urgent';
      await concludeHere([], undefined).catch(() => undefined);
    },
    messageIds: messages.allIds,
    hasWords: () => wanted.markdown !== '',
    undeliverable: () => undelivered?.why,
    isForLater: () => undelivered?.isForLater === true || isHeldUp(state.lostBy),
    leave: async () => {
      if (!state.isOver) state.enter('left');
      await requests.idle();
    },
  };
};
