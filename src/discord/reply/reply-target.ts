import type { Place } from '../../conversation/ledger.ts';
import type { BucketState } from '../rest/buckets.ts';
import type { FoundMessage, OutgoingMessage, RequestHow, Sent } from '../rest/discord-api.ts';
import type { LimitedPlace } from '../rest/paced-job.ts';

export interface CreateHow extends RequestHow {
  /** In place of a draft of the same part: below what was written in the channel meanwhile. */
  readonly isAnew?: boolean;
}

/** Where an answer goes: below a message, or as the response of an interaction. */
export interface ReplyTarget {
  /** Answers with the same key share one place in the schedule, as they share Discord's limits. */
  readonly paceKey: string;
  /** Where the answer is, for the log. */
  readonly channelId: string;
  /** The same, said so that another process could go on. */
  readonly place: Place;
  /** What requests for a part count against. */
  placeOf(part: number, isAnew: boolean): LimitedPlace;
  /** How long what is sent can still be changed, in milliseconds; undefined where there is no end to that. */
  readonly growsForMs: number | undefined;
  /** How many messages an answer may have there; undefined where its own layout decides. */
  readonly maxMessages?: number | undefined;
  /** Whether parts can be sent anew. */
  readonly canSendAnew: boolean;
  /** A line above the answer, for those who did not see the question. */
  readonly preface?: string | undefined;
  /** What stands in its place until then, and comes back above a failure that has no words of its own to stand below. */
  readonly before?: string | undefined;
  /** Messages of the answer that are kept as they are, above what is said here. */
  readonly above?: readonly string[] | undefined;
  /** Creates the answer's message number `part`, counted from 0. */
  create(part: number, message: OutgoingMessage, how?: CreateHow): Promise<Sent>;
  edit(part: number, messageId: string, message: OutgoingMessage, how?: RequestHow): Promise<Sent>;
  remove(part: number, messageId: string, how?: RequestHow): Promise<BucketState | undefined>;
  /** Whether a message is there although Discord said that it is not. Never rejects; where it cannot be read, it is not. */
  isThere?(messageId: string): Promise<boolean>;
  /** What a message says, without what only this place adds; undefined where Discord does not tell. Rejects with discord.js's errors. */
  read(messageId: string): Promise<string | undefined>;
  /** A message of the answer with that text, where Discord never said whether it made one. Rejects as `lookFor` does. */
  find?(content: string): Promise<FoundMessage | undefined>;
  /** The ids of the messages with one of these buttons, likewise. */
  findDrafts?(components: NonNullable<OutgoingMessage['components']>): Promise<readonly string[]>;
  /** One more way to say something in that place, where the one above is refused: what answers an interaction by its token, or stands beside a question that has a thread. */
  besides?(message: OutgoingMessage): Promise<Sent>;
  /**
   * Says something in the answer's place, unless something is there: another process may have the question. Resolves with the message's
   * id; with undefined where Discord takes nothing. Never rejects.
   * @param isApart the answer is to stand elsewhere, and never to take its place
   */
  notice?(message: OutgoingMessage, isApart?: boolean): Promise<string | 'taken' | undefined>;
  /** Takes away what an earlier attempt or an announcement left and the answer did not need, once all is said. */
  clean?(): Promise<void>;
  /** Shows that an answer is on its way; false where others go first, and it is to be tried soon again. Never rejects: a sign of life is not worth an answer. */
  showBusy(): Promise<boolean>;
  /** How long an answer may take before it is announced, in milliseconds. */
  readonly busyAfterMs: number;
  /** How often the announcement is repeated, in milliseconds; undefined where once is enough. */
  readonly busyEveryMs: number | undefined;
}
