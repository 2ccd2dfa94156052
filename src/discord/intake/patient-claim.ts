import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '../../conversation/outcome.ts';
import { HELD_UP } from '../../conversation/ledger.ts';
import { persist } from '../rest/persist.ts';
import { RESTARTING_TEXT, STORE_AWAY_TEXT, UNDECIDED_TEXT, quietFailureText, whereAsked } from '../texts/answer-texts.ts';
import type { Claim, Ledger, Place, RefusalWords } from '../../conversation/ledger.ts';
import type { Question } from '../../conversation/question.ts';
import type { WriteDirectly } from '../rest/direct-message.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { Intake } from './intake.ts';

export interface PatientlyClaimed {
  readonly claim: Claim;
  /** The message that said meanwhile why nothing comes, where there is one: it is to become the answer, or to go. */
  readonly noticeId: string | undefined;
}

export interface ClaimHow {
  /** As it is to stand in the row; where it is absent, that of the target. */
  readonly place?: Place;
  readonly refusal?: RefusalWords;
  /** Its answer is to stand somewhere else than where it is said that it has to wait. */
  readonly isAnsweredElsewhere?: boolean;
}

/**
 * Makes a question ours, as the ledger does. Where the store does not tell whose it is, people see that and why; in the end they are
 * told that it comes to nothing. Never rejects.
 * @param target where that is said
 */
export type ClaimPatiently = (question: Question, target: ReplyTarget, how?: ClaimHow) => Promise<PatientlyClaimed | undefined>;

export interface PatientClaim {
  readonly claim: ClaimPatiently;
  /** The id of the question that was asked first of those that are held up: a process that is killed leaves them to whoever looks from there on. */
  oldestHeldUp(): string | undefined;
}

export interface PatientClaimDependencies {
  readonly ledger: Pick<Ledger, 'claim' | 'find'>;
  readonly intake: Pick<Intake, 'isOpen' | 'closed' | 'turnAway'>;
  /** Whether others share the store, who may have left such a message behind. */
  readonly isShared: boolean;
  /** Whether failures are told to whoever asked alone, in the place of a question. */
  readonly isQuiet: (question: Question) => boolean;
  readonly writeDirectly: WriteDirectly;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The message that was made; whether something else is there; undefined where nobody knows. */
type Said = string | 'taken' | undefined;

/** How long after it was held up that is said, in milliseconds: a store is slow now and then; but Discord waits three seconds for the response to an interaction, of which one has passed then. */
const NOTICE_AFTER_MS = 4_000;
const RESPOND_AFTER_MS = 1_000;
/** What was asked so long ago may have such a message, by a process that is gone, in milliseconds. */
const MAY_HAVE_NOTICE_MS = 5_000;
/** How long a message that is to go is taken away while Discord refuses that, in milliseconds. */
const REMOVE_MS = 10_000;
/** How often, in milliseconds, and how many times it is looked whether the message has become somebody else's answer. */
const LOOK_EVERY_MS = 2_000;
const LOOKS = 150;

/** The message still says so; it is nobody's answer. */
const isNoticeStill = async (target: ReplyTarget, noticeId: string): Promise<boolean> => {
  const found = await target.find?.(UNDECIDED_TEXT).catch(() => undefined);
  return found?.messageId === noticeId;
};

export const removeNotice = async (target: ReplyTarget, noticeId: string): Promise<void> => {
  await persist([() => target.remove(0, noticeId)], REMOVE_MS);
};

export const createPatientClaim = ({ ledger, intake, isShared, isQuiet, writeDirectly, now }: PatientClaimDependencies): PatientClaim => {
  /** By the ids of the questions that are held up: what is to be done where the process ends. */
  const heldUp = new Map<string, () => void>();
  void intake.closed.then(() => {
    for (const leave of heldUp.values()) leave();
  });

  /** What is said while a question is held up. */
  const createNotice = (question: Question, target: ReplyTarget, { isAnsweredElsewhere: isApart = false, refusal }: ClaimHow) => {
    const { id: questionId, asker } = question;
    const isByCommand = target.place.interaction !== undefined;
    // Where nothing is to be said, there is nothing to be said of this either.
    const isSilent = !isByCommand && refusal !== undefined;
    let said: Promise<Said> = Promise.resolve(undefined);
    let isOver = false;
    const say = async (content: string): Promise<Said> => (isSilent ? undefined : target.notice?.({ content }, isApart));
    const isToldPrivately = (content: string): Promise<boolean> =>
      isByCommand || isSilent || !isQuiet(question)
        ? Promise.resolve(false)
        : writeDirectly(asker.id, quietFailureText(whereAsked(target.channelId, questionId), content), `${questionId}:quiet`).then(() => true, () => false);
    /** In its place, unless something else has come there: that may be the answer. */
    const endWith = async (content: string): Promise<void> => {
      isOver = true;
      clearTimeout(timer);
      const id = await said;
      if (id === 'taken' || (id !== undefined && !(await isNoticeStill(target, id)))) return;
      const isToldElsewhere = await isToldPrivately(content);
      if (id === undefined) await (isToldElsewhere ? undefined : say(content));
      else if (isToldElsewhere) await removeNotice(target, id);
      else await target.edit(0, id, { content }).catch(() => undefined);
    };
    if (!isByCommand && !isSilent) void target.showBusy();
    const timer = setTimeout(() => (said = say(UNDECIDED_TEXT)), isByCommand ? RESPOND_AFTER_MS : NOTICE_AFTER_MS);
    // A message is found by the next start; nobody hears of an interaction again.
    const leave = (): void => {
      if (!isOver && isByCommand) void intake.turnAway(endWith(RESTARTING_TEXT));
    };
    heldUp.set(questionId, leave);
    if (!intake.isOpen()) leave();
    return {
      givenUp: () => void endWith(STORE_AWAY_TEXT),
      /** Resolves with its id, and whether it has said the last word. */
      end: async () => {
        const wasOver = isOver;
        heldUp.delete(questionId);
        isOver = true;
        clearTimeout(timer);
        const id = await said;
        return { noticeId: id === 'taken' ? undefined : id, wasOver };
      },
    };
  };

  /** Another process has the question: it may have found the message, and made it its answer. */
  const leaveToOthers = async (questionId: string, target: ReplyTarget, noticeId: string): Promise<void> => {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const row = await ledger.find(questionId).catch(() => undefined);
      if (row?.messageIds.includes(noticeId) === true) return;
      if (row !== undefined && (row.messageIds.length > 0 || hasEnded(row))) {
        if (await isNoticeStill(target, noticeId)) await removeNotice(target, noticeId);
        return;
      }
      await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    }
  };

  /** By a process that was killed while it waited, and is not known any more. */
  const leftBehind = async ({ askedAt }: Question, target: ReplyTarget): Promise<string | undefined> => {
    if (!isShared || target.place.interaction !== undefined || now() - askedAt < MAY_HAVE_NOTICE_MS) return undefined;
    return (await target.find?.(UNDECIDED_TEXT).catch(() => undefined))?.messageId;
  };

  const claim: ClaimPatiently = async (question, target, how = {}) => {
    const { place = target.place, refusal } = how;
    let notice: ReturnType<typeof createNotice> | undefined;
    const claimed = await ledger.claim(question, place, refusal, {
      heldUp: () => {
        notice = createNotice(question, target, how);
      },
      givenUp: () => notice?.givenUp(),
    });
    if (notice === undefined) return claimed && { claim: claimed, noticeId: await leftBehind(question, target) };
    const { noticeId, wasOver } = await notice.end();
    if (claimed === undefined) {
      if (noticeId !== undefined && !wasOver) void leaveToOthers(question.id, target, noticeId);
      return undefined;
    }
    if (!wasOver) return { claim: claimed, noticeId };
    // Its asker knows that it comes to nothing.
    if (noticeId !== undefined) claimed.shown(noticeId);
    claimed.end({ state: 'refused', reason: HELD_UP });
    return undefined;
  };

  return {
    claim,
    oldestHeldUp: () => [...heldUp.keys()].reduce<string | undefined>((oldest, id) => (oldest === undefined || BigInt(id) < BigInt(oldest) ? id : oldest), undefined),
  };
};
