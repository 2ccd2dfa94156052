import { setTimeout as sleep } from 'node:timers/promises';
import { HELD_UP } from '../../conversation/ledger.ts';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import { createRecordedTarget } from '../reply/recorded-target.ts';
import { RESTARTING_TEXT } from '../texts/answer-texts.ts';
import type { Claim, Ledger, LedgerRow, Outcome } from '../../conversation/ledger.ts';
import type { Question } from '../../conversation/question.ts';
import type { AnswerClaimed } from './answer-claimed.ts';
import type { WriteDirectly } from '../rest/direct-message.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { Intake } from './intake.ts';
import type { RecentResets } from './recent-resets.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

/** Where every door leads: a question, and the place for its answer. Resolves when the answer has ended. */
export type AcceptQuestion = (question: Question, target: ReplyTarget) => Promise<void>;

/** Why admins do not want a question answered, in words for whoever asked; undefined where they do. */
export type WhyNotAnswered = (question: Pick<Question, 'conversationId' | 'isShared'> & Partial<Pick<Question, 'guildId'>>) => string | undefined;

/** The same for what cannot be answered: it is said once, whoever else has received it too. */
export type Refused = (question: Question, target: ReplyTarget, text: string) => Promise<void>;

/** Says one thing instead of an answer, and closes the row with `outcome`. What Discord may take later, somebody says later. */
export type SayInstead = (claim: Claim, target: ReplyTarget, message: OutgoingMessage, outcome: Outcome) => Promise<void>;

/** So often it is looked for what may be there, before it is said once more all the same. */
const LAST_LOOK = 20;

export const createSayInstead = (writeDirectly: WriteDirectly): SayInstead => {
  /** The other ways of an answer, for what is said at once. */
  const sayElsewhere = async ({ questionId, askerId }: LedgerRow, { besides }: ReplyTarget, { content }: OutgoingMessage): Promise<void> => {
    try {
      if (besides === undefined) throw new Error('No interaction asked this.');
      await besides({ content });
    } catch {
      await writeDirectly(askerId, content, `${questionId}:instead`);
    }
  };

  /** Whether it was said although Discord refused it. */
  const seenOf = async (target: ReplyTarget, { content }: OutgoingMessage): Promise<'there' | 'not there' | 'unknown'> => {
    try {
      return (await target.find?.(content)) === undefined ? 'not there' : 'there';
    } catch {
      return 'unknown';
    }
  };

  return async (claim, target, message, outcome) => {
    const recorded = createRecordedTarget(target, claim);
    const { preface } = target;
    const said = preface === undefined ? message : { ...message, content: `${preface}\n${message.content}` };
    try {
      await recorded.create(0, said);
    } catch (error) {
      const seen = await seenOf(recorded, said);
      const isThere = seen === 'there';
      const isUnknown = seen === 'unknown' && claim.row.attempts < LAST_LOOK;
      if (isUnknown || (!isThere && isForLater(error))) {
        claim.release(HELD_UP);
        return;
      }
      const elsewhere = (): Promise<boolean> => sayElsewhere(claim.row, recorded, message).then(() => true, () => false);
      if (!isThere && !(await elsewhere())) {
        claim.end({ state: 'failed', reason: `undeliverable: ${describeDeliveryError(error)}` });
        return;
      }
    }
    // What stays of an earlier attempt is not worth saying it again.
    await target.clean?.().catch(() => undefined);
    claim.end(outcome);
  };
};

/** What becomes of a question that admins do not want answered. */
const NOT_WANTED: Outcome = { state: 'refused', reason: 'settings' };

/** What becomes of a message that speaks to us and asks nothing. */
export const NOTHING_TO_ANSWER: Outcome = { state: 'refused', reason: 'nothing to answer' };

export interface AcceptQuestionDependencies {
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly resets: Pick<RecentResets, 'count'>;
  readonly whyNotAnswered: WhyNotAnswered;
  readonly answerClaimed: AnswerClaimed;
  readonly sayInstead: SayInstead;
}

/** Milliseconds in which a process that has just started may claim what one that is ending would have to turn away. */
const PRECEDENCE_MS = 1_000;

export const createAcceptQuestion = ({ ledger, intake, resets, whyNotAnswered, answerClaimed, sayInstead }: AcceptQuestionDependencies): AcceptQuestion => {
  /** A message is found by the next start; an interaction waits three seconds and no longer. */
  const turnAway = async (question: Question, target: ReplyTarget): Promise<void> => {
    if (target.place.interaction === undefined) return;
    await sleep(PRECEDENCE_MS);
    const claim = await ledger.claim(question, target.place);
    if (claim !== undefined) await sayInstead(claim, target, { content: RESTARTING_TEXT }, { state: 'refused', reason: 'restarting' });
  };

  return async (question, target) => {
    if (!intake.isOpen()) {
      await intake.turnAway(turnAway(question, target));
      return;
    }
    const resetsBefore = resets.count;
    const claim = await ledger.claim(question, { ...target.place, preface: target.preface });
    if (claim === undefined) return;
    const why = whyNotAnswered(question);
    if (why === undefined) await answerClaimed(claim, question, target, resetsBefore);
    else await sayInstead(claim, target, { content: why }, NOT_WANTED);
  };
};

export const createRefused =
  ({ ledger, intake, sayInstead }: Pick<AcceptQuestionDependencies, 'ledger' | 'intake' | 'sayInstead'>): Refused =>
  async (question, target, text) => {
    if (!intake.isOpen()) return;
    const claim = await ledger.claim(question, target.place);
    if (claim !== undefined) await sayInstead(claim, target, { content: text }, NOTHING_TO_ANSWER);
  };
