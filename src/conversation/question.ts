import type { AttachedFile } from './content.ts';

/** Somebody who speaks. Names are for reading only; ids tell people apart. */
export interface Person {
  readonly id: string;
  /** One clean line, see {@link cleanName}. */
  readonly name: string;
}

/** What a message says that is not the asker's own. All of it is untrusted data. */
export interface QuotedContent {
  readonly text: string;
  /** The text of each card below the message. */
  readonly embeds?: readonly string[];
  /** What else it holds, in words: a poll, a sticker, a voice message. */
  readonly also?: readonly string[];
  /** A message that this one passes on; Discord does not tell who wrote it. */
  readonly forwarded?: QuotedContent;
}

/** An earlier message that a question points at. */
export interface QuotedMessage extends QuotedContent {
  readonly author: Person;
  /** Of an answer of ours, what it answered, where that is remembered. */
  readonly answers?: QuotedContent & { readonly author: Person };
}

/** An earlier message whose link a question has in its text. */
export interface LinkedMessage extends QuotedMessage {
  /** As it was written. */
  readonly link: string;
}

/** The thread that a question was asked in, as people see it. */
export interface ThreadAround {
  /** One clean line. */
  readonly title: string;
  /** Of a forum's post, one clean line each. */
  readonly tags?: readonly string[];
  /** The message that it was begun with. */
  readonly starter?: QuotedMessage & { readonly id?: string };
}

/** Something that people see, and we do not: a short phrase each. */
export interface Unseen {
  readonly what: string;
  readonly why: string;
  /** Whoever asked is to read of it, whatever the model says. */
  readonly isTold?: true;
}

/** A file that is left out, and why: a short phrase for people. */
export interface SkippedFile {
  /** One clean line, untrusted. */
  readonly name: string;
  readonly reason: string;
}

/** Every file is in one of the two, in the order in which they came. */
export interface ReadFiles {
  readonly files: readonly AttachedFile[];
  readonly skipped: readonly SkippedFile[];
  /** The memory that they take: to be disposed of when they are not needed any more, so that others can be read. */
  readonly room?: Disposable;
}

/** Who has a question asked, as the platform says it at that moment. */
export interface AskedBy {
  /** The asker, or whoever pressed a button to have it asked anew. */
  readonly id: string;
  /** The ids of their roles on the server; undefined where the platform did not say, as of a message that is read later. */
  readonly roleIds: () => readonly string[] | undefined;
  /** By the app that is installed to their own account, where the bot itself is not: nothing but a response can be written there. */
  readonly isGuest?: true;
  /** The platform waits a few seconds for a sign, and no longer. */
  readonly isHurried?: true;
}

/**
 * By what a question was asked: a message that names us, answers us, was written to us directly, or was for everybody; a slash
 * command; the menu of a message; a button below an answer.
 */
export type Door = 'mention' | 'reply' | 'direct' | 'overheard' | 'command' | 'menu' | 'button';

/** What a person asked, whichever door it came through. */
export interface Question {
  /** Id of the Discord message or interaction that asked it: unique for ever. */
  readonly id: string;
  /** Where it asks anew what was asked before: the id it had then. Its answer takes the place of that answer. */
  readonly firstAskedAs?: string;
  /** Where it goes on from an earlier answer: the question of that one. Its own answer has its place behind it, whatever was asked since. */
  readonly behind?: string;
  /** The exchange that it hangs on, in a conversation that can go on from any of them. Absent: it begins one. */
  readonly continues?: string;
  /** The same where that one, which was still being answered then, has come to nothing. */
  readonly continuesOr?: string;
  /** How many answers it has had already that are remembered. */
  readonly answers?: number;
  /** Absent where a process that is gone had heard it, and only its row is left. */
  readonly door?: Door;
  readonly conversationId: string;
  /** The server it was asked in; absent in a direct message. */
  readonly guildId: string | undefined;
  readonly asker: Person;
  /** Absent where it was taken on before, by a process that is gone. */
  readonly by?: AskedBy;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** The language of the asker's Discord, such as `pt-BR`, where it is known. */
  readonly locale?: string;
  readonly text: string;
  /** The ids of the further messages that it was said in, oldest first. */
  readonly parts?: readonly string[];
  /** The first of them, whose id it has, was taken back before it was answered: the others are all that is asked. */
  readonly isFirstGone?: true;
  /** Whether several people can speak in this conversation. */
  readonly isShared: boolean;
  readonly repliedTo?: QuotedMessage;
  /** Where it points at a message of ours: how it quotes that, to be used where it is not among what is remembered. */
  readonly ownAnswer?: { readonly messageId: string; readonly quoting: Pick<Question, 'repliedTo' | 'readFiles' | 'filesAt'> };
  /** Nobody has addressed it to us: it was said where admins want an answer to that. */
  readonly isOverheard?: true;
  /** Messages that it points at, the nearest first: its conversation is looked for by them. */
  readonly pointsAt?: readonly string[];
  /** It points at a message that we are not shown. */
  readonly isReplyHidden?: true;
  /** Its asker has passed on something right before it that we are not shown. */
  readonly isForwardHidden?: true;
  /** Messages that its text links to, as far as its asker may read them. */
  readonly linked?: readonly LinkedMessage[];
  /** The thread that it was asked in, where its conversation has not told of that yet. */
  readonly thread?: ThreadAround;
  /** What it points at and we could not read. */
  readonly unseen?: readonly Unseen[];
  /** A message that the question itself passes on. */
  readonly forwarded?: QuotedContent;
  /** What the question itself holds besides text, in words: a poll, a sticker, a voice message. */
  readonly also?: readonly string[];
  /**
   * Reads the files that belong to it; absent where there are none. It never rejects. `onCrowded` is called when they have to
   * wait until those of other questions leave room for them; `mostImages` is how many the model takes.
   */
  readonly readFiles?: (signal: AbortSignal, onCrowded?: () => void, mostImages?: number) => Promise<ReadFiles>;
  /** Its asker knows what its files cost, and wants it answered all the same. */
  readonly isConfirmed?: true;
  /** Where they are, said so that another process can read them too: the platform's own words, and a secret. */
  readonly filesAt?: string | undefined;
}

/** What a question stays known as, however often it is asked. */
export const originOf = ({ id, firstAskedAs }: Pick<Question, 'id' | 'firstAskedAs'>): string => firstAskedAs ?? id;

const MAX_NAME_LENGTH = 80;

/** Characters that draw nothing or reorder what is drawn: controls, zero-width marks, bidi marks, tags, letters and Braille without a dot of ink. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115F\u1160\u2800\u3164\uFFA0]/gu;
/** All others, but blanks. */
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115F\u1160\u2800\u3164\uFFA0]/u;

const visibleLine = (text: string): string => text.toWellFormed().replace(INVISIBLE, ' ').replace(/\s+/gu, ' ').trim();

/** A display name as one visible line of at most 80 characters, so that it can neither fake structure nor hide text. */
export const cleanName = (name: string): string => Array.from(visibleLine(name)).slice(0, MAX_NAME_LENGTH).join('') || 'somebody';

/** A text as one visible line of at most `maxLength` characters, with an ellipsis where more was said. */
export const cleanLine = (text: string, maxLength: number): string => {
  const characters = Array.from(visibleLine(text));
  return characters.length <= maxLength ? characters.join('') : `${characters.slice(0, maxLength - 1).join('')}…`;
};

/** Controls that no keyboard writes, except line breaks and tabs. */
// oxlint-disable-next-line no-control-regex -- finding them is the point
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/gu;

/** Lines as Bedrock accepts them: well-formed Unicode, `\n` line ends, no controls. */
export const cleanLines = (text: string): string => text.toWellFormed().replace(/\r\n?/gu, '\n').replace(CONTROLS, '');

/** What a person wrote, as Bedrock accepts it: the same without blank ends. */
export const cleanText = (text: string): string => cleanLines(text).trim();

/** Whether a text has anything to see in it: zero-width characters and spaces alone do not count. */
export const hasVisibleText = (text: string): boolean => VISIBLE.test(text);
