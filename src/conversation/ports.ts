import type { ContextLimit } from './context-limit.ts';
import type { ContentChecks } from './content-checks.ts';
import type { Exchange, History } from './history.ts';
import type { KeptSource } from './content.ts';
import type { Failure, FailureKind } from './failure.ts';
import type { Prompt, PromptSettings } from './prompt.ts';
import type { Payer } from './call-report.ts';
import type { Question, QuotedMessage, SkippedFile, Unseen } from './question.ts';
import type { AnsweredBy, Reply, ReplyEvent, ReplySource, StopReason, TokenUsage } from './reply.ts';
import type { ImageLimit } from './image-limit.ts';
import type { ReachedLimit } from './reached-limit.ts';

/** A model that answers prompts. */
export interface LanguageModel {
  /**
   * The events of one reply; `end` comes last, and only when the model said that it was done. Leaving the loop early, or
   * aborting the signal, ends the call at the service too.
   * @param onWait hears when the call has to wait for something
   * @throws {Failure} for everything else that ends it
   */
  converse(prompt: Prompt, signal: AbortSignal, onWait?: OnWait): AsyncIterable<ReplyEvent>;
}

/** What `load` found. */
export interface LoadedHistory {
  readonly history: History;
  /** A record was there but could not be read; it was set aside, and the history starts empty. */
  readonly wasUnreadable: boolean;
}

export interface HistoryStore {
  /** A question is about to be asked there: what has to be read from afar for it may be read now. Nothing is said where that fails. */
  expect(conversationId: string): void;
  /** @throws {Failure} of kind `store`: a failed read is never an empty history */
  load(conversationId: string): Promise<LoadedHistory>;
  /**
   * Keeps the history, and beside it the files whose bytes are at hand; files that are no longer in it leave.
   * @param madeOf the history that it was made of, where it is known: what another process has changed since is not undone
   * @throws {Failure} of kind `store`
   */
  save(conversationId: string, history: History, madeOf?: History): Promise<void>;
  /**
   * Changes one exchange as it is stored now, and nothing else; `how` is asked anew where somebody else was quicker. What was forgotten
   * meanwhile stays forgotten. Undefined where it is not there, or `how` says so.
   * @throws {Failure} of kind `store`
   */
  change(conversationId: string, exchangeId: string, how: (exchange: Exchange) => Exchange | undefined): Promise<Exchange | undefined>;
  /**
   * Changes a history as it is stored now; `how` is asked anew where somebody else was quicker. Undefined where it says so.
   * @throws {Failure} of kind `store`
   */
  revise(conversationId: string, how: (history: History) => History | undefined): Promise<History | undefined>;
  /**
   * Lets a conversation go on under another id, before what was said there, with its files and with what is kept for its answers: all
   * of that in one step, whatever ends in between. Under its own it begins anew.
   * @param answerIdOf the id that the buttons of the answer to a question carry
   * @returns what has moved
   * @throws {Failure} of kind `store`, and then it stays where it is
   */
  move(from: string, to: string, answerIdOf: (questionId: string) => string): Promise<History>;
  /** Where the conversation of a question went on, where it was moved since it was asked. @throws {Failure} of kind `store` */
  movedTo(questionId: string): Promise<string | undefined>;
  /** Where a conversation goes on that a message belongs to, a question or part of its answer; only of those that have branches. @throws {Failure} of kind `store` */
  findShown(messageId: string): Promise<{ readonly conversationId: string; readonly continues: string } | undefined>;
  /** The bytes of a file of a history; undefined when they are lost. Never rejects. */
  readFile(source: KeptSource): Promise<Uint8Array | undefined>;
  /** Forgets the conversation with its files; true when there was something to forget. @throws {Failure} of kind `store` */
  forget(conversationId: string): Promise<boolean>;
  /** Forgets what could not be read of it and was set aside: nobody can tell what is in there. @throws {Failure} of kind `store` */
  forgetUnreadable(conversationId: string): Promise<void>;
  /** The conversations that were held in a channel: its own, and the private ones. @throws {Failure} of kind `store` */
  heldIn(channelId: string): Promise<readonly string[]>;
}

/** What people see around a question, beside what came with it. All of it is untrusted data. */
export interface Around extends Pick<Question, 'thread' | 'linked'> {
  readonly unseen: readonly Unseen[];
  /** Reads its own files and those that were found; absent where none were. */
  readonly readFiles?: Question['readFiles'];
  /** How its text reads with the names of the people whom it calls by ids; absent where none were found. */
  readonly named?: (text: string) => string;
}

/** Where that is. */
export interface Surroundings {
  /** Tells whether somebody who changed their question points at something else now. */
  readonly key: string;
  readonly isThread: boolean;
  /** There is something around it beside its thread. */
  readonly isMore: boolean;
  /** Rejects with the signal's reason, and never otherwise. @param isThreadKnown the conversation has told of its thread already */
  look(isThreadKnown: boolean, signal: AbortSignal): Promise<Around>;
}

/** Undefined where nothing is around a question; answered from memory. */
export type SurroundingsOf = (question: Question) => Surroundings | undefined;

/** Why a question has to wait, where the person should hear of it. */
export type Wait =
  /** Others come first: `ahead` of them, in all. */
  | { readonly type: 'line'; readonly ahead: number }
  /** Its files wait until those of other questions leave room for them. */
  | { readonly type: 'files' }
  /** The call failed and is tried again. `untilMs`: milliseconds since the epoch. */
  | { readonly type: 'retry'; readonly kind: FailureKind; readonly untilMs: number }
  /** No call is let through. `untilMs`: milliseconds since the epoch, where it is known. */
  | { readonly type: 'closed'; readonly kind: FailureKind; readonly untilMs: number | undefined };

/** Hears of each change; undefined when the waiting is over. */
export type OnWait = (wait: Wait | undefined) => void;

/** Who enters a lane. */
export interface LaneVisitor {
  readonly askerId: string;
  readonly onWait?: OnWait;
}

/** A model call that is to be made. */
export interface PlannedCall {
  readonly question: Payer;
  /** A rough count of the prompt, see `token-estimate.ts`. */
  readonly inputTokens: number;
  /** It holds files of which nobody can tell how many tokens they are: it may be a fraction of that. */
  readonly isRoughCount?: boolean;
  /** The greatest answer, in tokens, where it is not the line's own. */
  readonly answerTokens?: number | undefined;
  readonly signal: AbortSignal;
  readonly onWait: OnWait;
  /**
   * It is nobody's question: it is made at once or not at all, only while nobody waits, and never again. This is called when somebody
   * has to wait meanwhile: they are to have its place.
   */
  readonly giveWay?: (() => void) | undefined;
  /** Makes the call. `onBegun`: the service took it and answers, so that others need not wait for the end to know. */
  run(onBegun: () => void): Promise<Reply>;
}

/** Where questions wait: a lane for each conversation, and one line for all model calls. */
export interface Line {
  /**
   * Runs `work` alone in its lane: visitors take turns by their askers. Without a visitor it runs after all that entered
   * before, and before all that enter later.
   * @throws {Failure} of kind `line-full`, at once
   * @throws the signal's reason when it aborts while waiting
   */
  inLane<Result>(conversationId: string, work: () => Promise<Result>, signal: AbortSignal, visitor?: LaneVisitor): Promise<Result>;
  /**
   * Runs a model call when its turn has come.
   * @throws {Failure} of kind `line-full`, at once; and whatever the call throws
   * @throws the signal's reason when it aborts while waiting
   */
  inTurn(call: PlannedCall): Promise<Reply>;
}

/** What a person finds at the end of an answer, beside its text. */
export type Remark =
  | 'cut-off'
  | 'context-full'
  | 'filtered'
  | 'declined'
  | 'masked'
  | 'malformed'
  | 'wanted-tool'
  | 'memory-unreadable'
  /** The answer is shown, and was not remembered: for lack of room, or for another reason. */
  | 'no-room-to-remember'
  | 'not-remembered'
  | 'files-refused'
  | 'turns-refused'
  | 'pictures-left-out'
  | 'reply-hidden'
  | 'forward-hidden'
  /** Its oldest exchanges have no room any more: they are forgotten, or kept in short. Told once of each conversation. */
  | 'outgrown'
  | 'folded'
  | SkippedFile
  /** It ended for a reason that nobody knows. */
  | { readonly stopReason: StopReason }
  | { readonly sources: readonly ReplySource[] }
  | AtLimits
  | AnsweredBy;

/** Limits that were reached, where the question was answered all the same. */
export interface AtLimits {
  readonly limits: readonly ReachedLimit[];
  /** The model that answered in the place of the usual one. */
  readonly insteadBy?: string | undefined;
}

/** What stands below each answer of a place. @param usage what Bedrock reported */
export type AnswerFooter = (usage: TokenUsage | undefined) => AnsweredBy;

/** The visible side of one answer. */
export interface AnswerView {
  /** Why there is no answer yet, or undefined when that is over; called for each change, cheap. */
  wait(wait: Wait | undefined): void;
  /** All the text so far; called for each piece of it, cheap. */
  show(text: string): void;
  /** Resolves with the ids of the messages that show the whole reply, once they really do. */
  finish(reply: Reply, remarks: readonly Remark[]): Promise<readonly string[]>;
  /** Tells the failure, below what was already shown. Resolves when it is visible. */
  fail(failure: Failure): Promise<void>;
  /** Tells below an answer that is shown already that it was not remembered; its buttons, which need that, go. Never rejects. */
  regret(remark: Remark): Promise<void>;
}

/** What the rest of the program hears of each question. No message text. */
export interface AnswerReport {
  readonly question: Question;
  readonly outcome: 'delivered' | 'failed';
  readonly failure?: Failure;
  readonly exchange?: Exchange;
  /** The questions that left its history with it, oldest first; undefined where nobody can tell. */
  readonly leftHistory?: readonly string[] | undefined;
  /** Something that was said earlier was left out, because the model refused it in these words. */
  readonly refusal?: string | undefined;
  /** The answer was shown, but could not be remembered. */
  readonly saveFailure?: Failure;
  readonly waitedMs: number;
  readonly tookMs: number;
}

/** What an admin has chosen for the place where a question is asked. */
export interface PlaceSettings extends PromptSettings {
  readonly model: LanguageModel;
  /** How many images the model takes in one request. */
  readonly imageLimit: Pick<ImageLimit, 'most' | 'lower'>;
  /** How much the model takes in one call; absent: nobody knows. */
  readonly contextLimit?: ContextLimit | undefined;
  /** The greatest answer where `answerTokens` says nothing else, in tokens. */
  readonly usualAnswerTokens?: number | undefined;
  /** What files of so many tokens cost with this model, in US dollars, where that is so much that the asker is asked first. */
  readonly askFirst?: ((fileTokens: number) => number | undefined) | undefined;
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
  /** Where the calls of its model wait, where that is not the one that all others ask. */
  readonly inTurn?: Line['inTurn'] | undefined;
  /** The greatest answer, in tokens, where a place has one of its own. */
  readonly answerTokens?: number | undefined;
  /** What leaves a conversation is folded into a summary. */
  readonly compaction?: boolean | undefined;
  /** Its model keeps beginnings of prompts for some minutes, and what it finds again costs a tenth: cheaper than any other way to ask it. */
  readonly keepsBeginnings?: boolean | undefined;
  /** What its model may think before a small answer, in tokens; absent: it does not think. */
  readonly thinkingTokens?: number | undefined;
  /** Absent: nothing is looked at but by the model and its guardrail. */
  readonly checks?: ContentChecks | undefined;
  /** As in a {@link Prompt}. */
  readonly guardrail?: Prompt['guardrail'];
  /** What else is to be said below the answer. */
  readonly remarks?: readonly Remark[] | undefined;
  /** Absent: nothing stands below an answer that is as it should be. */
  readonly footer?: AnswerFooter | undefined;
}

/** A place: a channel, of a server where `guildId` says which, who asks there, and which question where it is about one. */
export type AskedPlace = Pick<Question, 'guildId' | 'conversationId' | 'asker' | 'by' | 'isShared'> & Partial<Pick<Question, 'id'>>;

/** Settings as they are at this moment; cheap. */
export type SettingsFor = (place: AskedPlace) => PlaceSettings;

/** A message that somebody picked to ask about, while they type the question. */
export interface PickedMessage {
  readonly id: string;
  readonly channelId: string;
  readonly pickedBy: string;
  readonly quoted: QuotedMessage;
  /** Where its files are, as the platform described them. Nothing of this is trusted. */
  readonly files: readonly {
    readonly name: string;
    readonly url: string;
    /** In bytes. */
    readonly size: number;
    readonly contentType?: string | undefined;
  }[];
}

/** Picked messages, each kept for half an hour. Both reject with a {@link Failure} of kind `store`. */
export interface PickedMessages {
  /** Resolves with the id that it is found by, which tells nothing. */
  keep(picked: PickedMessage): Promise<string>;
  find(id: string): Promise<PickedMessage | undefined>;
}
