import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '../../conversation/outcome.ts';
import { createInteractionTarget } from '../reply/interaction-target.ts';
import { createRecordedTarget } from '../reply/recorded-target.ts';
import { createResumedTarget } from '../reply/resumed-target.ts';
import { ANSWER_IN_THREAD_TEXT } from '../texts/thread-texts.ts';
import { RESTARTING_TEXT } from '../texts/answer-texts.ts';
import { removeNotice } from './patient-claim.ts';
import { refusalWords } from '../texts/refusal-texts.ts';
import type { Admission, Refusal } from '../../conversation/admission.ts';
import type { Claim, Ledger, Outcome } from '../../conversation/ledger.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { QuestionListener } from '../../conversation/question-events.ts';
import type { Question } from '../../conversation/question.ts';
import type { AnswerClaimed } from './answer-claimed.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { FindConversation } from './find-conversation.ts';
import type { Intake } from './intake.ts';
import type { RecentResets } from './recent-resets.ts';
import type { ClaimPatiently, PatientlyClaimed } from './patient-claim.ts';
import type { Placed, QuestionThreads } from './threads.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { SayInstead } from './say-instead.ts';
import type { TurnDown } from './turn-down.ts';

/**
 * Where every door leads: a question, and the place for its answer. Resolves when the answer has ended.
 * @param inThread its message, or the response to its command, is to get a thread, in which it is answered where Discord allows that
 */
export type AcceptQuestion = (question: Question, target: ReplyTarget, inThread?: boolean) => Promise<void>;

/**
 * The same for a question that a button asks. Resolves with a sentence where it is not taken on, which is to be told to whoever
 * pressed it; then nothing was opened.
 * @param open the place for its answer; what it shows says that the press has worked
 */
export type AcceptPress = (question: Question, open: () => Promise<ReplyTarget>) => Promise<string | undefined>;

/** The same for what cannot be answered: it is said once, whoever else has received it too. */
export type Refused = (question: Question, target: ReplyTarget, text: string) => Promise<void>;

/** What becomes of a message that speaks to us and asks nothing. */
export const NOTHING_TO_ANSWER: Outcome = { state: 'refused', reason: 'nothing to answer' };

export interface AcceptQuestionDependencies {
  readonly api: DiscordApi;
  readonly ledger: Ledger;
  readonly claimPatiently: ClaimPatiently;
  readonly intake: Intake;
  readonly admission: Admission;
  readonly resets: Pick<RecentResets, 'count'>;
  readonly conversations: Pick<FindConversation, 'of'>;
  readonly histories: Pick<HistoryStore, 'expect'>;
  readonly threads: Pick<QuestionThreads, 'place' | 'placeAt' | 'begin'>;
  readonly answerClaimed: AnswerClaimed;
  readonly sayInstead: SayInstead;
  readonly turnDown: TurnDown;
  readonly tell: QuestionListener;
}

export interface Accepting {
  /** Takes a question on, or tells why not. */
  readonly accept: AcceptQuestion;
  readonly acceptPress: AcceptPress;
  readonly refused: Refused;
}

/** Of a limit: until when it is closed, and each minute where nobody can tell that. */
export const periodOf = ({ askedAt }: Question, { reason, until }: Refusal): string | undefined => (reason === 'limit' ? `:${until ?? Math.floor(askedAt / 60_000)}` : undefined);

const notWaiting = (claim: Claim | undefined): PatientlyClaimed | undefined => claim && { claim, noticeId: undefined };

/** What said that nothing comes yet becomes what comes. */
const inPlaceOf = (noticeId: string | undefined, claim: Claim, target: ReplyTarget): ReplyTarget => {
  if (noticeId === undefined) return target;
  claim.shown(noticeId);
  return createResumedTarget(target, claim, [noticeId], false);
};

/** What is told by a sign, or directly, leaves nothing in its place; the response to an interaction is written over. */
const withoutNotice = async (target: ReplyTarget, noticeId: string | undefined): Promise<ReplyTarget> => {
  if (noticeId !== undefined && target.place.interaction === undefined) await removeNotice(target, noticeId);
  return target;
};

/** Milliseconds in which a process that has just started may claim what one that is ending would have to turn away. */
const PRECEDENCE_MS = 1_000;

export const createAccepting = ({ api, ledger, claimPatiently, intake, admission, resets, conversations, histories, threads, answerClaimed, sayInstead, turnDown, tell }: AcceptQuestionDependencies): Accepting => {
  /** A message is found by the next start; an interaction waits three seconds and no longer. */
  const turnAway = async (question: Question, target: ReplyTarget): Promise<void> => {
    if (target.place.interaction === undefined) return;
    await sleep(PRECEDENCE_MS);
    const claim = (await claimPatiently(question, target))?.claim;
    if (claim !== undefined) await sayInstead(claim, target, { content: RESTARTING_TEXT }, { state: 'refused', reason: 'restarting' });
  };

  /** Only whoever asked by an interaction sees what is said to it. */
  const privately = (asked: ReplyTarget): ReplyTarget => {
    const { interaction, channelId } = asked.place;
    return interaction === undefined ? asked : createInteractionTarget(api, { interaction, channelId, isPrivate: true, canSendMessages: false });
  };

  const turnClaimedDown = async (claim: Claim, question: Question, asked: ReplyTarget, refusal: Refusal): Promise<void> => {
    const target = privately(asked);
    const isTold = await turnDown({ claim, target, isDirect: question.guildId === undefined, isResumed: false, words: refusalWords(refusal), period: periodOf(question, refusal) });
    tell({ type: 'turned-away', question, refusal, isTold });
  };

  const inConversation = async (placed: Placed): Promise<Placed> => {
    const found = conversations.of(placed.question);
    return { ...placed, question: found instanceof Promise ? await found : found };
  };

  /** Its row says from its claim on that it is answered in the thread: whoever takes it up looks there. */
  const takeInThread = async (asked: Question, plain: Placed, resetsBefore: number): Promise<void> => {
    const inThread = await inConversation(await threads.place(asked));
    const { question, target } = inThread;
    const claimed = await claimPatiently(question, plain.target, { place: target.place, isAnsweredElsewhere: true });
    if (claimed === undefined) return admission.withdraw(question, true);
    const { claim, noticeId } = claimed;
    if (noticeId !== undefined) await removeNotice(plain.target, noticeId);
    const refusal = admission.claimed(question);
    const hasThread = refusal === undefined && (await threads.begin(question, target.place));
    if (!hasThread) claim.moved(plain.target.place, plain.question.conversationId);
    const { question: placed, target: place } = hasThread ? inThread : plain;
    return refusal === undefined ? answerClaimed(claim, placed, place, resetsBefore) : turnClaimedDown(claim, placed, place, refusal);
  };

  /** The response says what was asked, and the thread begins at it; where there is none, the answer takes its place. */
  const beginAtResponse = async (claim: Claim, asked: Question, plain: Placed): Promise<Placed> => {
    const { target } = plain;
    const content = [...(target.preface === undefined ? [] : [target.preface]), ANSWER_IN_THREAD_TEXT].join('\n');
    let messageId: string;
    try {
      ({ messageId } = await createRecordedTarget(target, claim).create(0, { content }));
    } catch {
      return plain;
    }
    const inThread = await inConversation(threads.placeAt(asked, messageId));
    if (!(await threads.begin(inThread.question, inThread.target.place))) return { ...plain, target: createResumedTarget(target, claim, [messageId], false) };
    claim.moved(inThread.target.place, inThread.question.conversationId);
    // It is no part of the answer.
    claim.removed(messageId);
    return inThread;
  };

  /** Somebody has it already; where it has ended there, nobody else gives back what was counted of it here. */
  const leaveIt = async (question: Question): Promise<void> => {
    const row = await ledger.find(question.id).catch(() => undefined);
    admission.withdraw(question, row === undefined || !hasEnded(row));
  };

  const take = async (asked: Question, target: ReplyTarget, inThread = false, isPressed = false): Promise<void> => {
    if (!intake.isOpen()) {
      admission.withdraw(asked);
      return intake.turnAway(turnAway(asked, target));
    }
    const resetsBefore = resets.count;
    const found = conversations.of(asked);
    const question = found instanceof Promise ? await found : found;
    const plain: Placed = { question, target };
    const isByCommand = target.place.interaction !== undefined;
    if (inThread && !isByCommand) return takeInThread(asked, plain, resetsBefore);
    // Beside its claim, which alone says whether it is ours.
    histories.expect(question.conversationId);
    const place = { ...target.place, preface: target.preface, before: target.before };
    // Whoever presses a button has that claimed before.
    const claimed = isPressed ? notWaiting(await ledger.claim(question, place)) : await claimPatiently(question, target, { place });
    if (claimed === undefined) return isPressed ? leaveIt(question) : admission.withdraw(question, true);
    const { claim, noticeId } = claimed;
    const refusal = admission.claimed(question);
    if (refusal !== undefined) return turnClaimedDown(claim, question, await withoutNotice(target, noticeId), refusal);
    const inPlace = { question, target: inPlaceOf(noticeId, claim, target) };
    const placed = inThread ? await beginAtResponse(claim, asked, inPlace) : inPlace;
    return answerClaimed(claim, placed.question, placed.target, resetsBefore);
  };

  /** What is not taken on is claimed too, so that one process says so, and an edit or a restart does not ask it again. */
  const refuse = async (question: Question, asked: ReplyTarget, refusal: Refusal): Promise<void> => {
    const claimed = await claimPatiently(question, privately(asked), { refusal: refusalWords(refusal) });
    if (claimed !== undefined) await turnClaimedDown(claimed.claim, question, await withoutNotice(asked, claimed.noticeId), refusal);
  };

  return {
    acceptPress: async (question, open) => {
      const refusal = await admission.pressed(question);
      if (refusal !== undefined) {
        tell({ type: 'turned-away', question, refusal, isTold: true });
        return refusalWords(refusal).text;
      }
      let target: ReplyTarget;
      try {
        target = await open();
      } catch (error) {
        admission.withdraw(question);
        throw error;
      }
      await take(question, target, false, true);
      return undefined;
    },
    accept: async (question, target, inThread) => {
      const way = intake.givesWay(question.guildId);
      if (way !== undefined) await way;
      if (!intake.isOpen()) return intake.turnAway(turnAway(question, target));
      const verdict = admission.refusalOf(question);
      const refusal = verdict instanceof Promise ? await verdict : verdict;
      return refusal === undefined ? take(question, target, inThread) : refuse(question, target, refusal);
    },
    refused: async (question, target, text) => {
      if (!intake.isOpen()) return;
      const refusal = await admission.refusalOf(question, true);
      if (refusal !== undefined) return refuse(question, target, refusal);
      const claimed = await claimPatiently(question, target);
      if (claimed !== undefined) await sayInstead(claimed.claim, inPlaceOf(claimed.noticeId, claimed.claim, target), { content: text }, NOTHING_TO_ANSWER);
    },
  };
};
