import type { Person, Question } from './question.ts';

/** An answer as it stands where it was asked for: what is needed to ask again, or to take it away. No message text. */
export interface ShownAnswer {
  readonly questionId: string;
  /** Of a question that was said in several messages: the ids of the others, oldest first. */
  readonly parts?: readonly string[] | undefined;
  /** Its first message was gone before it was answered. */
  readonly isFirstGone?: true | undefined;
  readonly conversationId: string;
  readonly guildId?: string | undefined;
  readonly asker: Person;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  readonly isShared: boolean;
  /** Whether only the asker sees it. */
  readonly isPrivate: boolean;
  readonly channelId: string;
  /** The message that it replies to, if it replies to one. */
  readonly replyTo?: string | undefined;
  /** The channel in which the question is, where its answer is in a thread of its own. */
  readonly askedIn?: string | undefined;
  /** Its messages, the one with the buttons last. */
  readonly messageIds: readonly string[];
  /** Those of them that say only why there is no answer. */
  readonly noticeIds?: readonly string[] | undefined;
  /** The model had more to say. */
  readonly isCutOff: boolean;
  /** Id of the question that asked the model to go on. */
  readonly continuedBy?: string | undefined;
  /** Where it goes on from another: the question of that one. */
  readonly behind?: string | undefined;
  /** The exchange that its question hangs on, see `Question`. */
  readonly continues?: string | undefined;
  /** The same where that one is not there. */
  readonly continuesOr?: string | undefined;
}

/**
 * Whether nothing but the token of an interaction reaches its messages: nobody but the asker sees them, or the bot itself is not
 * there. What is asked there is shared among people without a server, and with nobody on one.
 */
export const isTokenBound = ({ isPrivate, isShared, guildId }: Pick<ShownAnswer, 'isPrivate' | 'isShared'> & { readonly guildId?: string | undefined }): boolean => isPrivate || isShared === (guildId === undefined);

/** What a question says where the history does not say it: it got no answer, or was edited since. */
export interface PendingQuestion extends Pick<Question, 'text' | 'repliedTo' | 'forwarded' | 'also' | 'locale'> {
  readonly hasFiles: boolean;
}

/** Answers by the id that their buttons carry. All reject when the store does. */
export interface ShownAnswers {
  find(id: string): Promise<ShownAnswer | undefined>;
  save(id: string, answer: ShownAnswer): Promise<void>;
  drop(id: string): Promise<void>;
  /** All that are kept. */
  all(): AsyncIterable<ShownAnswer>;
  /** The ids of those that could not be read, as long as their copies are kept. */
  unreadable(): AsyncIterable<string>;
  /** Notes answers whose buttons do nothing any more, so that they are taken away whatever ends in between. */
  noteDead(ids: readonly string[]): Promise<void>;
  /** Those that are noted. */
  dead(): AsyncIterable<string>;
  forgetDead(id: string): Promise<void>;
  /** Notes that another answer is being shown in the place of one, by which press, so that it comes to its end whatever ends in between. */
  noteTurn(id: string, pressId: string): Promise<void>;
  /** Those that are noted, with their presses. */
  turns(): AsyncIterable<readonly [id: string, pressId: string]>;
  forgetTurn(id: string): Promise<void>;
  /** Claims the right to write an answer anew; of any number of processes one gets `true`, until it releases it or is gone. */
  claim(id: string): Promise<boolean>;
  release(id: string): Promise<void>;
}

/** Questions that wait to be asked again, by conversation and question. All reject when the store does. */
export interface PendingQuestions {
  find(conversationId: string, questionId: string): Promise<PendingQuestion | undefined>;
  save(conversationId: string, questionId: string, pending: PendingQuestion): Promise<void>;
  drop(conversationId: string, questionId: string): Promise<void>;
  /** Drops all of a conversation. */
  forget(conversationId: string): Promise<void>;
  /** Drops all of the conversations of a channel. */
  forgetIn(channelId: string): Promise<void>;
}
