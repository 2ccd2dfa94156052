import type { TakenBack } from './cancelled.ts';
import type { Question } from './question.ts';

/** Where an answer goes, said so that another process can find it again. */
export interface Place {
  readonly channelId: string;
  /** The message to reply to. Where that is the question itself, the platform can be asked for it again. */
  readonly replyTo: string | undefined;
  /** The channel in which the question is, where its answer is in a thread of its own. */
  readonly askedIn?: string | undefined;
  /** The interaction that asked, where one did. */
  readonly interaction:
    | {
        readonly id: string;
        readonly applicationId: string;
        /** A secret: whoever has it writes in our name until it ends. */
        readonly token: string;
        /** Milliseconds since the epoch. */
        readonly expiresAt: number;
      }
    | undefined;
  /** Whether only the asker sees the answer. */
  readonly isPrivate: boolean;
  /** Whether we may write there of our own accord. */
  readonly canSendMessages: boolean;
  /** A line above the answer, for those who did not see the question. */
  readonly preface?: string | undefined;
  /** What stood in the answer's place, and comes back where it fails. */
  readonly before?: string | undefined;
}

/** What became of a question in the end. A reason is one or two words for the log and for whoever comes later. */
export type Outcome =
  | { readonly state: 'delivered' }
  | { readonly state: 'refused' | 'failed'; readonly reason: string; /** Whether it can be asked again by a button. */ readonly canRetry?: boolean };

/** What people see of a question that was not taken on. */
export interface RefusalWords {
  readonly text: string;
  /** An emoji, where the text would disturb others. */
  readonly sign: string;
}

/** Why a question cannot be tried again any more: its conversation was forgotten. */
export const FORGOTTEN = 'forgotten';

/** Why a question was let go whose answer the platform did not take for the time being: its process goes on. */
export const HELD_UP = 'held up';

/** One question that was accepted, and what has become of it so far. */
export interface LedgerRow {
  readonly questionId: string;
  readonly conversationId: string;
  readonly askerId: string;
  /** `accepted`: claimed. `running`: something of its answer is visible. The others are ends. */
  readonly state: 'accepted' | 'running' | Outcome['state'];
  readonly reason?: string | undefined;
  readonly canRetry?: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  /** Until when it is worth being answered without being asked for again; milliseconds since the epoch. */
  readonly deadline: number;
  /** How many processes have taken it up so far. */
  readonly attempts: number;
  /** As many of them did nothing about it, because the platform failed before that. */
  readonly untried?: number | undefined;
  readonly place: Place;
  /** The messages that show the answer, or the part of it that was written. */
  readonly messageIds: readonly string[];
  /** Whether its end was about to be said to the asker alone: it may have been. */
  readonly isDirect?: boolean | undefined;
  /** Of how many messages that was to be, where it was more than one. */
  readonly directParts?: number | undefined;
  /** It has ended, and what only announced its answer is still to go: by its interaction, which is kept for that. */
  readonly isUntidy?: boolean | undefined;
  /** Somebody has ended it, and that may not be shown yet. */
  readonly takenBack?: TakenBack | undefined;
  /** It was not taken on, and this is to be said instead of an answer. */
  readonly refusal?: RefusalWords | undefined;
  /** It is more of another question, which has its answer: the id of that one. */
  readonly partOf?: string | undefined;
  /** What was asked, where the platform cannot be asked for it again; gone when nobody can need it any more. */
  readonly question?: Omit<Question, 'readFiles' | 'by'> | undefined;
  /** Whether files came with it that are not kept here. */
  readonly hadFiles: boolean;
}

/** Which questions: one, or all that belong somewhere. */
export type Belonging = { readonly questionId: string } | { readonly conversationId: string } | { readonly chains: string } | { readonly channelId: string };

/** One question in our hands: nobody else works on it. Notes are cheap and never fail; they are written soon. */
export interface Claim {
  readonly row: LedgerRow;
  /** Resolves when the claim would survive a power cut too, or nothing more can be done for that. Nothing is shown before. */
  readonly onDisk: Promise<void>;
  /**
   * Whether it still is: another process takes up what was with one that gave no sign of life for long. To be asked before
   * anything becomes visible; it takes a while only after such a time.
   */
  isOurs(): Promise<boolean>;
  /** Whether another process may have it without this one being able to know: the store, which others may reach, has not answered for so long. */
  isInDoubt(): boolean;
  /** Something visible shows that another process has it: there is nothing more to be done here. Whoever has it goes on; where nobody does, somebody will. */
  yield(): void;
  /** Hears once that another process has it. */
  onTaken(listener: () => void): void;
  /** A message of the answer is there. */
  shown(messageId: string): void;
  /** A message of the answer is there no longer. */
  removed(messageId: string): void;
  /** Its end is about to be said to the asker alone. @param parts in so many messages */
  direct(parts?: number): void;
  /** Somebody has ended it: whoever comes next says so, and answers nothing. */
  takenBack(by: TakenBack): void;
  /** The answer goes somewhere else from now on. @param conversationId where it belongs to another one there */
  moved(place: Place, conversationId?: string): void;
  /** @param isUntidy see {@link LedgerRow.isUntidy}: the claim goes on until it is ended once more, or let go */
  end(outcome: Outcome, isUntidy?: boolean): void;
  /** We cannot go on with it; whoever comes next takes it up, and finds the reason in the row. @param isUntried nothing was done about it */
  release(reason?: typeof HELD_UP, isUntried?: boolean): void;
}

/** Hears of a claim that takes long because the store does not tell whose a question is, while another process may have it. */
export interface ClaimWait {
  /** It is asked again and again from now on, until it tells. Once. */
  heldUp(): void;
  /** It is too late for an answer, or too many wait already: whoever hears of the question later will not ask it. */
  givenUp(): void;
}

/** The durable list of accepted questions and what became of each. */
export interface Ledger {
  /**
   * Makes a question ours, once and for all processes and all times: whatever dies, it is there. It resolves with
   * undefined when the question is, or was, somebody's already. It never rejects: without a store it remembers in memory,
   * or waits for it, where others may reach it meanwhile.
   * @param refusal what is to be said instead of an answer
   * @param wait absent: nobody else can have it, and nothing waits for long
   */
  claim(question: Question, place: Place, refusal?: RefusalWords, wait?: ClaimWait): Promise<Claim | undefined>;
  /**
   * Makes a message a part of a question that is ours, once and for all like a claim: there is nothing to be answered to it by itself.
   * False where it is, or was, somebody's already; undefined where the store does not tell, and another process may have it. Never
   * rejects: without a store it is remembered in memory.
   */
  join(message: Question, place: Place, questionId: string): Promise<boolean | undefined>;
  /**
   * Takes up questions that were begun by processes that are gone, up to the first that cannot be read now.
   * @param isWanted whether to take up a question; where it rejects, that is left for the next time
   * @throws when there is none before it
   */
  takeAbandoned(isWanted?: (row: LedgerRow) => Promise<boolean>): Promise<readonly Claim[]>;
  /** What is known of a question. @throws when the store cannot be read */
  find(questionId: string): Promise<LedgerRow | undefined>;
  /**
   * Questions of a conversation, or of all chains of replies of a channel by their common name, that other processes answer, or that wait
   * to be taken up. @throws when the store fails
   * @param isAnswered only those of processes that are there
   */
  openElsewhere(conversationId: string, isAnswered?: boolean): Promise<readonly LedgerRow[]>;
  /**
   * Notes that somebody has ended a question on which nobody works here: whoever takes it up says so. False where there is no such
   * question that has not ended. @throws when the store fails
   */
  takeBack(isIt: (row: LedgerRow) => boolean, by: TakenBack): Promise<boolean>;
  /** Whether a question has not ended yet whose answer goes there, whoever has it. @throws when the store fails */
  isOpenIn(channelId: string): Promise<boolean>;
  /** Of all questions that are known. @throws when the store fails */
  ids(): AsyncIterable<string>;
  /** Who asked last, the latest first, each once. @throws when the store fails */
  latestAskers(limit: number): Promise<readonly string[]>;
  /**
   * Takes up a question that may be retried, as if it had been asked now; undefined when it may not, or when somebody else
   * was quicker. @throws when the store fails
   */
  reopen(questionId: string): Promise<Claim | undefined>;
  /**
   * Forgets questions that can still be tried again by a button; what is left of them says nothing of what was asked.
   * @throws when the store fails
   */
  forget(of: Belonging): Promise<readonly LedgerRow[]>;
  /** Resolves when all questions that came together are claimed; undefined when none waits. What can wait, waits for it. */
  quiet(): Promise<void> | undefined;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
  /** Says that this process is going; what it did not end, others may take up at once. */
  close(): Promise<void>;
}
