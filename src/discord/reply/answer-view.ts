import { Failure } from '../../conversation/failure.ts';
import { failureText, remarkText } from '../failure-text.ts';
import { withButtons } from './answer-buttons.ts';
import { createAnswerText } from './answer-text.ts';
import { startBusySign } from './busy-sign.ts';
import { describeDeliveryError, judgeDeliveryError } from './delivery-error.ts';
import type { AnswerView } from '../../conversation/ports.ts';
import type { BucketState, OutgoingMessage, Sent } from '../discord-api.ts';
import type { AnswerButtons, Buttons } from './answer-buttons.ts';
import type { PacedJob, PacedStep, Pacers } from './pacer.ts';
import type { ReplyTarget } from './reply-target.ts';

/** Waited after the first words before they are shown, in milliseconds: a whole answer may be right behind them. */
const GATHER_MS = 10;
/** Least time between two edits of a growing answer: Discord takes about one a second per channel. */
const DRAFT_INTERVAL_MS = 1_000;
/** Long answers are read more slowly than they grow. */
const SLOWER_FROM_CHARACTERS = 4_000;
const SLOW_DRAFT_INTERVAL_MS = 2_000;
/** How long the end of an answer is tried while Discord is failing, in milliseconds. */
const FINAL_DEADLINE_MS = 90_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;

const BLOCKED_TEXT = "The answer was blocked by this server's filter.";

/** A failure as small print under what was written before it. */
const belowText = (failure: Failure): string => `-# ${failure.kind === 'stopped' ? '' : '⚠️ '}${failureText(failure)}`;

interface Shown {
  readonly messageId: string;
  readonly asked: OutgoingMessage;
}

const isSame = (one: OutgoingMessage, other: OutgoingMessage): boolean =>
  one.content === other.content && one.files === other.files && one.components === other.components;

export interface AnswerViewOptions {
  readonly target: ReplyTarget;
  readonly pacers: Pacers;
  readonly buttons: AnswerButtons;
  /** Nobody will see the rest: the answer's message was deleted, or its place is closed. */
  readonly onGone: () => void;
}

/** The visible side of one answer: what should be shown, what is shown, and the next step from the one to the other. */
export const createAnswerView = ({ target, pacers, buttons, onGone }: AnswerViewOptions): AnswerView => {
  const pacer = pacers(target.paceKey);
  const busySign = startBusySign(target);
  const text = createAnswerText();
  const shown: Shown[] = [];
  let markdown = '';
  let wanted: readonly OutgoingMessage[] = [];
  let isFinal = false;
  let isStale = false;
  let isGathering = false;
  let gathering: NodeJS.Timeout | undefined;
  let retryAt = 0;
  let retryMs = FIRST_RETRY_MS;
  let finalDeadline = Number.POSITIVE_INFINITY;
  let settle: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
  let lost: unknown;
  /** What is shown instead of the answer once the server's filter refused it. */
  let blocked: readonly OutgoingMessage[] | undefined;

  const close = (error?: unknown): void => {
    if (error !== undefined) lost = error;
    busySign.stop();
    clearTimeout(gathering);
    pacer.remove(job);
    if (error === undefined) settle?.resolve();
    else settle?.reject(error);
    settle = undefined;
  };

  const giveUp = (error: unknown): void => {
    close(new Failure('undeliverable', describeDeliveryError(error), { cause: error }));
    onGone();
  };

  const onError = (error: unknown): void => {
    const verdict = judgeDeliveryError(error);
    if (verdict === 'rate-limited') throw error;
    if (verdict === 'blocked' && blocked === undefined) {
      blocked = [...wanted.slice(0, Math.max(0, shown.length - 1)), { content: BLOCKED_TEXT }];
      wanted = blocked;
      onGone();
      return;
    }
    if (verdict !== 'try-again' || performance.now() > finalDeadline) {
      giveUp(error);
      return;
    }
    retryAt = performance.now() + retryMs;
    setTimeout(() => pacer.wake(true), retryMs);
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  };

  const attempt = async (send: () => Promise<Sent>, index: number, asked: OutgoingMessage): Promise<BucketState | undefined> => {
    try {
      const { messageId, bucket } = await send();
      shown[index] = { messageId, asked };
      retryMs = FIRST_RETRY_MS;
      busySign.stop();
      if (isFinal && next() === undefined) close();
      return bucket;
    } catch (error) {
      onError(error);
      return undefined;
    }
  };

  const refresh = (): void => {
    if (!isStale || blocked !== undefined) return;
    isStale = false;
    wanted = withButtons(text.update(markdown), buttons.whileWriting);
  };

  const stepFor = (index: number, message: OutgoingMessage): PacedStep | undefined => {
    const current = shown[index];
    const isPartFinal = isFinal || index < wanted.length - 1;
    const intervalMs = markdown.length < SLOWER_FROM_CHARACTERS ? DRAFT_INTERVAL_MS : SLOW_DRAFT_INTERVAL_MS;
    if (current === undefined) {
      return {
        kind: 'create',
        isFinal: isPartFinal,
        intervalMs,
        run: () => attempt(() => target.create(index, message), index, message),
      };
    }
    if (isSame(current.asked, message)) return undefined;
    const { messageId } = current;
    return {
      kind: 'edit',
      isFinal: isPartFinal,
      intervalMs,
      run: () => attempt(() => target.edit(index, messageId, message), index, message),
    };
  };

  const next = (): PacedStep | undefined => {
    if (isGathering || performance.now() < retryAt) return undefined;
    refresh();
    for (const [index, message] of wanted.entries()) {
      const step = stepFor(index, message);
      if (step !== undefined) return step;
    }
    return undefined;
  };

  const job: PacedJob = { next };
  pacer.add(job);

  /** Resolves when all of `messages` is shown; rejects with a {@link Failure} when that can never be. */
  const conclude = async (messages: readonly OutgoingMessage[], row: Buttons): Promise<void> => {
    if (lost !== undefined) throw lost;
    isFinal = true;
    isStale = false;
    isGathering = false;
    clearTimeout(gathering);
    wanted = blocked ?? withButtons(messages, row);
    finalDeadline = performance.now() + FINAL_DEADLINE_MS;
    retryAt = 0;
    if (next() === undefined) {
      close();
      return;
    }
    const settled = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
    pacer.wake(true);
    await settled;
  };

  return {
    // The busy sign says that it goes on.
    wait: () => undefined,
    show: (newText) => {
      if (lost !== undefined || isFinal) return;
      const isFirst = markdown === '';
      markdown = newText;
      isStale = true;
      if (isFirst) {
        isGathering = true;
        gathering = setTimeout(() => {
          isGathering = false;
          pacer.wake(true);
        }, GATHER_MS);
      } else if (!isGathering) {
        pacer.wake(false);
      }
    },
    finish: async (reply, remarks) => {
      await conclude(text.finish(reply.text, remarks.map(remarkText).join('\n')), buttons.afterReply(reply.stopReason));
      return shown.map(({ messageId }) => messageId);
    },
    fail: async (failure) => {
      const footer = markdown === '' ? failureText(failure) : belowText(failure);
      await conclude(text.finish(markdown, footer), buttons.afterFailure(failure.kind)).catch(() => undefined);
    },
  };
};
