import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayIntentBits, MessageReferenceType, MessageType } from 'discord.js';
import { hasVisibleText } from '../../conversation/question.ts';
import { joinTexts } from '../../conversation/live-question.ts';
import { reading } from '../files/incoming-file.ts';
import { isAddressed, isByPerson } from './addressed.ts';
import { isToOthers } from './overheard.ts';
import { NEARLY_FULL } from './right-before.ts';
import type { Message } from 'discord.js';
import type { Ledger } from '../../conversation/ledger.ts';
import type { JoinQuestions } from '../../conversation/live-question.ts';
import type { Question } from '../../conversation/question.ts';
import type { FileReader, IncomingFile } from '../files/file-reader.ts';
import type { ReadAskedMessage } from './asked-message.ts';
import type { QuestionInProgress, QuestionsInProgress } from './questions-in-progress.ts';

/** What people say in several messages, one after the other, before they are answered: one turn of theirs, with one answer. */
export interface Bursts {
  /** Whether a message is more of what its author asks already. Undefined where it is surely none; cheap, and never rejects. */
  more(message: Message): Promise<boolean> | undefined;
  /** Whether its author asks something at this moment that it might be more of, whomever it speaks to. Cheap. */
  mayBeMore(message: Message): boolean;
  /** A message of its own is about to be asked. @param accepting ends with its question */
  begin(message: Message, accepting: () => Promise<void>): Promise<void>;
  /** A message calls us and says nothing: what it is about may come in the next one. @param accepting hears whether it does */
  beginEmpty(message: Message, accepting: (isFollowed: boolean) => Promise<void>): Promise<void>;
  /**
   * What more of a question was said, oldest first, of the messages of its asker behind it: what was taken as such, and what nobody
   * has heard of yet that would have been, which is from now on. @throws when the store fails
   */
  behind(question: { readonly id: string; readonly message: Message | undefined }, later: readonly LaterMessage[]): Promise<readonly Question[]>;
  /** Whether a message was edited that is a part of a question which is still open: then that is asked as it reads now. */
  edited(message: Message): Promise<boolean>;
  /** The same of one that was deleted. */
  deleted(messageId: string): Promise<boolean>;
}

/** A message behind a question, of which not much is known yet. */
export interface LaterMessage {
  readonly id: string;
  readonly open: () => Promise<Message>;
  /** Whether it was said before anything of an answer was there. */
  readonly isBeforeAnswer: boolean;
}

export interface BurstsDependencies {
  /** Milliseconds between messages of one turn; 0: each is a turn of its own. */
  readonly withinMs: number;
  readonly inProgress: Pick<QuestionsInProgress, 'expect' | 'all'>;
  readonly ledger: Pick<Ledger, 'join' | 'find'>;
  readonly read: ReadAskedMessage;
}

/** Whoever pastes the pieces by hand takes a moment for each, in milliseconds. */
const NEXT_PIECE_MS = 10_000;
/** Whoever writes more goes on with the next question. */
const MOST_MESSAGES = 10;
/** Another process on the same store takes the rest of what it took the beginning of, in milliseconds. */
const PRECEDENCE_MS = 1_000;

/** Events of messages that were written in time may come that much later, in milliseconds. */
const LATE_MS = 250;

/** What ends like that is not all. */
const GOES_ON = /(?:[:,…]|\.\.\.)$/u;

/** What is passed on comes first, and what is said of it right behind; and so are pictures often sent. */
const isPassedOn = ({ reference }: Message): boolean => reference?.type === MessageReferenceType.Forward;

const lastOf = (message: Message): Turn['last'] => {
  const { createdTimestamp, content } = message;
  return { at: createdTimestamp, length: content.length, isUnfinished: isPassedOn(message) || content.trim() === '' || content.length >= NEARLY_FULL || GOES_ON.test(content.trim()) };
};

interface Turn {
  readonly questionId: string;
  /** The message that its first one replies to. */
  readonly repliesTo: string | undefined;
  /** The latest message of it. */
  last: { readonly at: number; readonly length: number; readonly isUnfinished: boolean };
  messages: number;
  /** Undefined where nothing came of it here. */
  readonly running: Promise<QuestionInProgress | undefined>;
  /** Whether it is somebody else's, or was not taken on. */
  isLost: boolean;
  /** Where nothing is asked yet: to be called when that comes. */
  readonly onMore?: (() => void) | undefined;
}

/** As far as can be told by its messages. */
type Said = Pick<Turn, 'questionId' | 'repliesTo' | 'last' | 'messages'>;

/** Whether these still ask us something where another message of the same question was taken back. */
export const areAsked = (rest: readonly Question[], isOverheard: boolean): boolean => {
  const isSaid = rest.some(({ text, repliedTo, ownAnswer, forwarded, also, readFiles }) => hasVisibleText(text) || [repliedTo, ownAnswer, forwarded, also, readFiles].some((part) => part !== undefined));
  return isSaid && (isOverheard || rest.some(({ guildId, door }) => guildId === undefined || door === 'mention' || door === 'reply'));
};

const filesAt = ({ filesAt: text }: Question): IncomingFile[] => (text === undefined ? [] : (JSON.parse(text) as IncomingFile[]));

/** Makes one question of the messages of a turn, with what came with each. */
export const joinMessages =
  (readFiles: FileReader): JoinQuestions =>
  (first, parts) => {
    const also = parts.flatMap((part) => part.also ?? []);
    const forwarded = parts.find((part) => part.forwarded !== undefined)?.forwarded;
    return {
      ...joinTexts(first, parts),
      ...(also.length === 0 ? {} : { also }),
      ...(forwarded === undefined ? {} : { forwarded }),
      ...reading(parts.flatMap(filesAt), readFiles),
    };
  };

export const createBursts = ({ withinMs, inProgress, ledger, read }: BurstsDependencies): Bursts => {
  const turns = new Map<string, Turn>();
  /** Messages of which it is found out whether they are parts of a question. */
  const underWay = new Map<string, Promise<boolean>>();
  const keyOf = ({ channelId, author }: Message): string => `${channelId} ${author.id}`;

  const isReadable = (message: Message): boolean => !message.inGuild() || message.client.options.intents.has(GatewayIntentBits.MessageContent);

  /** A reply says what it is about: to something else, it is something else. */
  const repliesElsewhere = ({ type, reference }: Message, { repliesTo, questionId }: Said): boolean =>
    type === MessageType.Reply && reference?.messageId !== questionId && reference?.messageId !== repliesTo;

  const isInTime = ({ createdTimestamp }: Message, { last }: Said): boolean =>
    Math.abs(createdTimestamp - last.at) <= (last.length >= NEARLY_FULL ? Math.max(withinMs, NEXT_PIECE_MS) : withinMs);

  /** Who calls us once more, behind something that was whole, asks something else. */
  const callsAgain = (message: Message, { last }: Said): boolean => message.inGuild() && isAddressed(message) && !last.isUnfinished;

  /** Whether it is for us, as it comes right behind what was. */
  const isMeantForUs = (message: Message): boolean =>
    isAddressed(message) || (isReadable(message) && message.reference?.type !== MessageReferenceType.Default && !isToOthers(message));

  const isMoreOf = (message: Message, turn: Said): boolean =>
    message.id !== turn.questionId &&
    message.editedTimestamp === null &&
    isByPerson(message) &&
    turn.messages < MOST_MESSAGES &&
    !repliesElsewhere(message, turn) &&
    !callsAgain(message, turn) &&
    isInTime(message, turn) &&
    isMeantForUs(message);

  /** Whether what a message asks looks unfinished. Keeps nothing of the message, as an answer may take minutes. */
  const looksUnfinished = (message: Message): ((question: Question) => boolean) => {
    const [isKnown, isNearlyFull, isReply] = [isReadable(message), message.content.length >= NEARLY_FULL, message.reference !== null && !isPassedOn(message)];
    return ({ text }) => isKnown && (isNearlyFull || GOES_ON.test(text) || (!isReply && !hasVisibleText(text)));
  };

  const join = async (message: Message, turn: Turn): Promise<boolean> => {
    const running = await turn.running;
    if (running === undefined) {
      // Where another process has the beginning, it takes this too; and where it does not, nobody else answers it.
      if (turn.isLost) await sleep(PRECEDENCE_MS, undefined, { ref: false });
      return false;
    }
    const { live, signal, question } = running;
    if (!live.isOpen || signal.aborted) return false;
    const { question: more, refusal, target } = read(message);
    if (refusal !== undefined && !isAddressed(message)) return false;
    using _ = { [Symbol.dispose]: live.hold() };
    const isJoined = await ledger.join(more, target.place, turn.questionId);
    // What speaks to us may be asked by itself, by another process too: its claim is waited for. Anything else nobody asks.
    if (isJoined === undefined && isAddressed(message)) return false;
    // Somebody has it already, and whoever that is answers it.
    if (isJoined === false) return true;
    if (refusal === undefined && live.isOpen) {
      live.expectMore(withinMs);
      live.extend({ ...more, conversationId: question.conversationId });
    }
    return true;
  };

  const partOf = (messageId: string): QuestionInProgress | undefined => inProgress.all().find(({ live }) => live.more.includes(messageId));

  return {
    more: (message) => {
      const turn = turns.get(keyOf(message));
      if (turn === undefined || !isMoreOf(message, turn)) return undefined;
      // Two calls that say nothing are no question together.
      if (turn.onMore !== undefined && turn.messages === 1 && read(message).refusal !== undefined) return undefined;
      turn.onMore?.();
      turn.messages += 1;
      turn.last = lastOf(message);
      const joining = join(message, turn).finally(() => underWay.delete(message.id));
      underWay.set(message.id, joining);
      return joining;
    },
    mayBeMore: (message) => turns.has(keyOf(message)),
    begin: (message, accepting) => begin(message, accepting),
    beginEmpty: (message, accepting) => {
      if (withinMs === 0 || !isReadable(message)) return accepting(false);
      const { promise: followed, resolve: onMore } = Promise.withResolvers<boolean>();
      const waiting = setTimeout(() => {
        const turn = turns.get(keyOf(message));
        if (turn?.questionId === message.id) turns.delete(keyOf(message));
        onMore(false);
      }, withinMs + LATE_MS);
      return begin(
        message,
        async () => {
          const isFollowed = await followed;
          clearTimeout(waiting);
          await accepting(isFollowed);
        },
        () => onMore(true),
      );
    },
    behind: async ({ id: questionId, message: first }, later) => {
      const turn: Said | undefined = first && { questionId, repliesTo: first.reference?.messageId, last: firstOf(first), messages: 1 };
      const found: Question[] = [];
      for (const { id, open, isBeforeAnswer } of later) {
        const row = await ledger.find(id);
        const isPart = row?.partOf === questionId;
        if (!isPart && (row !== undefined || !isBeforeAnswer || turn === undefined || withinMs === 0)) continue;
        const message = await open();
        const { question, refusal, target } = read(message);
        if (!isPart && (refusal !== undefined || turn === undefined || !isMoreOf(message, turn) || !(await ledger.join(question, target.place, questionId)))) continue;
        if (turn !== undefined) {
          turn.messages += 1;
          turn.last = lastOf(message);
        }
        if (refusal === undefined) found.push(question);
      }
      return found;
    },
    edited: async (message) => {
      await underWay.get(message.id)?.catch(() => false);
      const running = partOf(message.id);
      if (running === undefined || !running.live.isOpen) return false;
      const { question, refusal } = read(message);
      if (refusal === undefined) running.live.extend({ ...question, conversationId: running.question.conversationId });
      else if (!withdraw(running, message.id)) running.cancel('question withdrawn');
      return true;
    },
    deleted: async (messageId) => {
      await underWay.get(messageId)?.catch(() => false);
      const running = partOf(messageId) ?? inProgress.all().find(({ question, live }) => question.id === messageId && live.more.length > 0);
      return running !== undefined && running.live.isOpen && withdraw(running, messageId);
    },
  };

  async function begin(message: Message, accepting: () => Promise<void>, onMore?: () => void): Promise<void> {
    const key = keyOf(message);
    if (withinMs === 0 || turns.get(key)?.questionId === message.id) return accepting();
    const { promise: running, resolve } = Promise.withResolvers<QuestionInProgress | undefined>();
    const turn: Turn = { questionId: message.id, repliesTo: message.reference?.messageId, last: firstOf(message), messages: 1, running, isLost: false, onMore };
    turns.set(key, turn);
    let isRunning = false;
    const isUnfinished = looksUnfinished(message);
    const ended = inProgress.expect(message.id, (begun) => {
      isRunning = true;
      if (isUnfinished(begun.question)) begun.live.expectMore(withinMs);
      resolve(begun);
    });
    // Not waited for in here: what waits holds the message, with all that discord.js made of it.
    return Promise.try(accepting).finally(() => {
      ended();
      turn.isLost = !isRunning;
      resolve(undefined);
      if (isRunning) forget(key, turn);
      else setTimeout(() => forget(key, turn), withinMs + PRECEDENCE_MS).unref();
    });
  }

  /** Of a call that says nothing, all is still to come. */
  function firstOf(message: Message): Turn['last'] {
    const last = lastOf(message);
    return { ...last, isUnfinished: last.isUnfinished || read(message).refusal !== undefined };
  }

  function withdraw({ live, question }: QuestionInProgress, messageId: string): boolean {
    return live.withdraw(messageId, (rest) => areAsked(rest, question.isOverheard === true));
  }

  function forget(key: string, turn: Turn): void {
    if (turns.get(key) === turn) turns.delete(key);
  }
};
