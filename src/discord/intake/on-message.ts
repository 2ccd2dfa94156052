import { isByPerson, isForUs, mentionsUs } from './addressed.ts';
import { EMPTY_QUESTION_TEXT } from '../texts/answer-texts.ts';
import type { Message, PartialMessage } from 'discord.js';
import type { Admission } from '../../conversation/admission.ts';
import type { ReadAskedMessage } from './asked-message.ts';
import type { AcceptQuestion, Refused } from './accept-question.ts';
import type { Bursts } from './bursts.ts';
import type { Overhearing } from './overheard.ts';
import type { QuestionThreads } from './threads.ts';

export interface MessageDoor {
  readonly read: ReadAskedMessage;
  /** Whether a message that nobody has addressed to us is a question all the same. */
  readonly isAskedUnaddressed: Overhearing['isAsked'];
  /** Whether a message is in a thread that we have begun. */
  readonly isInOwnThread: Overhearing['isInOwnThread'];
  /** Whether its author may ask at all. */
  readonly admission: Pick<Admission, 'refusalOf'>;
  /** Whether it is to be answered in a thread of its own. */
  readonly isThreadWanted: QuestionThreads['isWanted'];
  readonly accept: AcceptQuestion;
  readonly refused: Refused;
  readonly bursts: Pick<Bursts, 'more' | 'begin' | 'beginEmpty'>;
}

export type OnMessage = (message: Message) => Promise<void>;

/** The door for mentions, replies, threads and direct messages, and for what is answered without being addressed to us. */
export const createOnMessage = ({ read, isAskedUnaddressed, isInOwnThread, admission, isThreadWanted, accept, refused, bursts }: MessageDoor): OnMessage => {
  /** Nobody waits for an answer to it: what asks nothing, or may not be asked, gets no word of ours. In a thread of ours people do wait. */
  const overhear = async (message: Message): Promise<void> => {
    // Nothing is waited for that is there: more of it may come in the same moment, and has to find it begun.
    const verdict = isAskedUnaddressed(message);
    if (!(verdict instanceof Promise ? await verdict : verdict)) return;
    const { question, target, refusal } = read(message);
    if (refusal !== undefined) return;
    if (!isInOwnThread(message)) {
      const why = admission.refusalOf(question, true);
      if ((why instanceof Promise ? await why : why) !== undefined) return;
    }
    return bursts.begin(message, () => accept({ ...question, isOverheard: true }, target, isThreadWanted(message)));
  };

  return async (message) => {
    const more = bursts.more(message);
    if (more !== undefined && (await more)) return undefined;
    if (!isForUs(message)) return overhear(message);
    const { question, target, refusal } = read(message);
    const taking = (): Promise<void> => accept(question, target, isThreadWanted(message));
    if (refusal === undefined) return bursts.begin(message, taking);
    // What it is about may come in the next message.
    if (refusal === EMPTY_QUESTION_TEXT) return bursts.beginEmpty(message, (isFollowed) => (isFollowed ? taking() : refused(question, target, refusal)));
    return refused(question, target, refusal);
  };
};

const isWhole = (message: Message | PartialMessage): message is Message =>
  message.author !== null && message.content !== null && message.type !== null && message.editedTimestamp !== null;

export interface MentionAddedDependencies {
  readonly onMessage: OnMessage;
  /** How long after it was written a message may become a question, in milliseconds of Discord's time. */
  readonly youngMs: number;
}

/**
 * The door for messages that call us only since they were edited. One that did before was claimed then, which is also why
 * no second edit asks again.
 */
export const createMentionAdded =
  ({ onMessage, youngMs }: MentionAddedDependencies) =>
  async (message: Message | PartialMessage): Promise<void> => {
    // What Discord tells of as an update is an edit only when it says when: the preview of a link is none.
    if (!isWhole(message) || !message.inGuild() || !isByPerson(message) || !mentionsUs(message)) return;
    if ((message.editedTimestamp ?? 0) - message.createdTimestamp > youngMs) return;
    await onMessage(message);
  };
