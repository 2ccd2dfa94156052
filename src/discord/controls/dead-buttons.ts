import { isTokenBound } from '../../conversation/shown-answer.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import { controlId } from './control-buttons.ts';
import type { LedgerRow } from '../../conversation/ledger.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { PendingQuestions, ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { Buttoned, TakeButtonsAway, ToTakeAway } from './take-buttons-away.ts';

export interface DeadButtonsDependencies {
  readonly takeAway: TakeButtonsAway;
  readonly inProgress: QuestionsInProgress;
  readonly shownAnswers: ShownAnswers;
  readonly pendingQuestions: PendingQuestions;
  readonly histories: Pick<HistoryStore, 'load'>;
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly now: () => number;
  readonly log: Log;
}

/** Buttons that will do nothing any more go, where Discord lets them; a press of one that stays is told why. Nothing here rejects. */
export interface DeadButtons {
  /** Of one answer, at once. */
  of(answer: ShownAnswer): Promise<void>;
  /**
   * Of all answers of conversations that are not remembered any more, the newest first. Resolves when they are known.
   * @param interrupted questions that cannot be tried again any more
   */
  in(conversationIds: readonly string[], interrupted?: readonly LedgerRow[]): Promise<void>;
  /** Of answers that have just left their history. @param questionIds oldest first */
  left(questionIds: readonly string[]): Promise<void>;
  /** What processes before this one left undone; and from then on, once an hour, with what is about to be too old. */
  start(): void;
  stop(): void;
}

/** Answers of a forgotten conversation that lose their buttons at once; people press what they see, and older ones have scrolled away. */
const MOST_ANSWERS = 25;

const ROUND_EVERY_MS = 60 * 60 * 1000;

/** The messages that may have buttons: the last of the answer, and each that tells why another attempt failed. */
export const withButtons = ({ messageIds, noticeIds = [] }: Pick<ShownAnswer, 'messageIds' | 'noticeIds'>): readonly string[] => {
  const last = messageIds.findLast((messageId) => !noticeIds.includes(messageId));
  return last === undefined ? noticeIds : [last, ...noticeIds];
};

const buttonedOf = (answer: ShownAnswer): Buttoned => ({ questionId: answer.questionId, channelId: answer.channelId, isPrivate: isTokenBound(answer), messageIds: withButtons(answer) });

export const createDeadButtons = ({ takeAway, inProgress, shownAnswers, pendingQuestions, histories, historyMs, now, log }: DeadButtonsDependencies): DeadButtons => {
  let rounds: NodeJS.Timeout | undefined;

  const guarded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.debug({ reason: describeDeliveryError(error) }, 'buttons that do nothing any more could not be looked for');
    }
  };

  /** Whether what its buttons need is still there. */
  const isAlive = async ({ conversationId, questionId }: ShownAnswer): Promise<boolean> => {
    const { history } = await histories.load(conversationId);
    return history.exchanges.some(({ id }) => id === questionId) || (await pendingQuestions.find(conversationId, questionId)) !== undefined;
  };

  /** What is noted, whoever comes next goes on with. */
  const noted = (answer: ShownAnswer): ToTakeAway => ({
    ...buttonedOf(answer),
    isWanted: async () => !(await isAlive(answer)),
    onDone: () => shownAnswers.forgetDead(controlId(answer.questionId)),
  });

  const takeNoted = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const answer = await shownAnswers.find(id);
      if (answer === undefined) await shownAnswers.forgetDead(id);
      else takeAway.soon([noted(answer)]);
    }
  };

  const deadIn = async (conversationIds: readonly string[]): Promise<readonly ShownAnswer[]> => {
    const dead: ShownAnswer[] = [];
    const remembered = new Map<string, ReadonlySet<string>>();
    for (const conversationId of conversationIds) {
      const { history } = await histories.load(conversationId);
      remembered.set(conversationId, new Set(history.exchanges.map(({ id }) => id)));
    }
    for await (const answer of shownAnswers.all()) {
      const { conversationId, questionId } = answer;
      const there = remembered.get(conversationId);
      if (there === undefined || there.has(questionId) || withButtons(answer).every(takeAway.wasTried)) continue;
      if ((await pendingQuestions.find(conversationId, questionId)) === undefined) dead.push(answer);
    }
    return dead;
  };

  /** While it can still be found where they are. Those of what is remembered no longer are gone already. */
  const takeOldest = async (): Promise<void> => {
    const oldest = now() - historyMs + ROUND_EVERY_MS;
    for await (const answer of shownAnswers.all()) {
      const buttoned = buttonedOf(answer);
      if (answer.askedAt >= oldest || buttoned.messageIds.every(takeAway.wasTried)) continue;
      if (await isAlive(answer)) takeAway.soon([buttoned]);
    }
  };

  const takeLeft = (): Promise<void> => guarded(async () => takeNoted(await Array.fromAsync(shownAnswers.dead())));

  return {
    of: async (answer) => {
      await takeAway.now(buttonedOf(answer));
    },
    in: (conversationIds, interrupted = []) =>
      guarded(async () => {
        takeAway.soon(interrupted.map(({ questionId, messageIds, place: { channelId, isPrivate } }) => ({ questionId, channelId, isPrivate, messageIds })));
        // What was ended together with the conversation is kept a moment later.
        const ending = inProgress.all().filter(({ question, signal }) => conversationIds.includes(question.conversationId) && signal.aborted);
        await Promise.all(ending.map(({ ended }) => ended));
        const newest = (await deadIn(conversationIds)).toSorted((one, other) => other.askedAt - one.askedAt).slice(0, MOST_ANSWERS);
        if (newest.length === 0) return;
        await shownAnswers.noteDead(newest.map(({ questionId }) => controlId(questionId)));
        takeAway.soon(newest.map(noted));
      }),
    left: (questionIds) =>
      guarded(async () => {
        if (questionIds.length === 0) return;
        const ids = questionIds.map(controlId).toReversed();
        await shownAnswers.noteDead(ids);
        await takeNoted(ids);
      }),
    start: () => {
      void takeLeft();
      rounds = setInterval(() => void takeLeft().then(() => guarded(takeOldest)), ROUND_EVERY_MS).unref();
    },
    stop: () => {
      clearInterval(rounds);
      takeAway.stop();
    },
  };
};
