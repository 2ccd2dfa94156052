import { TimestampStyles, time, userMention } from 'discord.js';
import { cleanLine } from '../../conversation/question.ts';
import { fenceAround } from '../../conversation/history-files.ts';
import { inCode } from './failure-text.ts';
import type { Recollection, Spoken } from '../../conversation/recollection.ts';
import type { Whose } from './command-texts.ts';

export const MEMORY_WORDS = { description: 'What I remember of the conversation here', private: 'What you asked me in private here' } as const;

/** What stands on the panel's buttons and in its select. */
export const MEMORY_LABELS = {
  undo: 'Undo last',
  forget: 'Forget',
  markdown: 'Export to read',
  json: 'Export as JSON',
  sure: 'Forget it all',
  back: 'Back',
  chains: 'Another chain of replies',
} as const;

const count = (value: number): string => value.toLocaleString('en-US');
const countOf = (value: number, one: string, more = `${one}s`): string => `${count(value)} ${value === 1 ? one : more}`;
const day = (at: number): string => time(Math.floor(at / 1000), TimestampStyles.ShortDateTime);
const relative = (at: number): string => time(Math.floor(at / 1000), TimestampStyles.RelativeTime);

/** Who shares it, as one sentence. */
export const sharedText = (whose: Whose, isAmongPeople: boolean): string =>
  ({
    shared: isAmongPeople ? 'All in this group share this conversation.' : 'All who ask here share this conversation.',
    chains: 'Each chain of replies here is a conversation of its own.',
    chain: 'Each chain of replies here is a conversation of its own. This is one of them.',
    own: 'This conversation is yours alone: everybody here has their own.',
    private: 'This is what you asked me in private here. Nobody else shares it.',
    direct: 'This conversation is between you and me.',
  })[whose];

const LISTED_FILES = 5;
const MAX_NAME = 60;
const MAX_EXCERPT = 100;
const MAX_SUMMARY = 300;

const filesText = (files: readonly string[]): string => {
  const rest = files.length - LISTED_FILES;
  return [...files.slice(0, LISTED_FILES).map((name) => inCode(cleanLine(name, MAX_NAME))), ...(rest > 0 ? [`and ${count(rest)} more`] : [])].join(', ');
};

/** What is remembered, as it stands on the panel. */
export interface RememberedWords extends Recollection {
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
  /** Whether its reader may see what was said. */
  readonly mayRead: boolean;
  /** Of a channel; undefined where they are none. */
  readonly chains: number | undefined;
  /** Questions that are being answered there. */
  readonly underWay: number;
  /** There is something of it that cannot be read. */
  readonly isAside: boolean;
  /** Questions that the reader asked in private in the same place, beside this conversation. */
  readonly privately: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const rememberedText = ({ questions, tokens, summary, files, since, historyMs, mayRead, chains, underWay, isAside, privately }: RememberedWords): string => {
  const days = Math.round(historyMs / DAY_MS);
  return [
    ...(chains === undefined || chains < 2 ? [] : [`**Chains of replies:** ${count(chains)}, of which you see one; the newest come first below.`]),
    ...(since === undefined
      ? ['I remember nothing of it: it has not begun yet, or was forgotten.']
      : [
          `**Remembered:** ${countOf(questions, 'question and its answer', 'questions and their answers')}`,
          `**Tokens:** about ${count(tokens)}, estimated as my budget does, without files`,
          `**Files:** ${files.length === 0 ? 'none' : `${count(files.length)}${mayRead ? `: ${filesText(files)}` : ''}`}`,
          ...(summary === '' ? [] : [`**Summary** of what had no room any more, by a model, so it may be wrong${mayRead ? `: ${inCode(cleanLine(summary, MAX_SUMMARY))}` : ''}`]),
          `**Since:** ${day(since)}`,
          `**Until:** each is forgotten after ${countOf(days, 'day')}, the oldest ${relative(since + historyMs)}`,
        ]),
    ...(underWay > 0 ? [`-# I am answering ${countOf(underWay, 'more question')} here.`] : []),
    ...(isAside ? ['-# ⚠️ A part of what I stored here cannot be read any more. It is set aside, and answers nothing; Forget deletes it.'] : []),
    ...(privately > 0 ? [`-# Apart from that I remember ${countOf(privately, 'question')} that you asked in private here: \`/memory private:True\`.`] : []),
  ].join('\n');
};

/** What `Undo last` would take. @param why it is not for whoever reads it */
export const lastText = ({ askedAt, askerId }: { readonly askedAt: number; readonly askerId: string }, { text }: Pick<Spoken, 'text'>, mayUndo: boolean): string => {
  const said = cleanLine(text, MAX_EXCERPT);
  return `**Last:** ${said === '' ? 'a question without words' : inCode(said)}, asked by ${userMention(askerId)} ${relative(askedAt)}${mayUndo ? '' : '\n-# Only whoever asked it, and those who manage messages here, can have it undone.'}`;
};

export const MEMORY_TITLE = '### What I remember here';

/** The end of whoever presses Forget in a conversation that all share. */
export const CANNOT_FORGET_TEXT = '-# Only those who manage messages here can make me forget it.';

export const sureText = (whose: Whose, questions: number): string =>
  `### Forget this conversation?\n${countOf(questions, 'question and its answer', 'questions and their answers')}${whose === 'shared' || whose === 'chain' ? ', which everybody here shares,' : ''} would be gone for good. What I am answering in it ends. The messages stay.`;

export const MEMORY_MOVED_TEXT = 'Who shares a conversation here was changed since. This is what a question would belong to now:';
export const MEMORY_MOVED_SHORT_TEXT = 'Who shares a conversation here was changed since. Please use `/memory` again.';
export const MEMORY_CHANGED_TEXT = 'Something was said or forgotten here since, so I changed nothing. This is how it stands now:';
export const UNDONE_TEXT = 'Done: I no longer remember the last question and its answer. The message of the answer stays, and says so where Discord still lets me change it.';
export const BUSY_TEXT = 'I am just answering here. Stop that, or wait for its end, and press again.';
export const NOT_YOURS_TO_UNDO_TEXT = 'Only whoever asked the last question, and those who manage messages here, can have it undone.';
export const NOT_YOURS_TO_FORGET_TEXT = 'This conversation is shared, and only those who manage messages here can make me forget it.';
export const MAY_NOT_READ_TEXT = 'You may not read the message history here, so I cannot give you what was said.';
export const NOTHING_TO_EXPORT_TEXT = 'There is nothing to export: I remember nothing of this conversation.';
/** Where Discord takes no panel. */
export const NO_PANEL_TEXT = 'Discord did not let me show what I remember here. Please try again in a moment.';
export const EXPORT_FAILED_TEXT = 'Discord did not take the file. Please try again in a moment.';

/** @param leftOut how many of the oldest had no room */
export const exportedText = (questions: number, leftOut: number): string =>
  `${countOf(questions, 'question and its answer', 'questions and their answers')}. Times are UTC.${leftOut === 0 ? '' : ` ${leftOutText(leftOut)}`}`;

const leftOutText = (leftOut: number): string => `The oldest ${leftOut === 1 ? 'one is' : `${count(leftOut)} are`} left out: the file would be larger than Discord takes.`;

/** How a chain of replies is chosen. */
export const chainChoice = (text: string): string => cleanLine(text, 100) || 'a question without words';
export const chainDetail = (questions: number, at: number): string => `${countOf(questions, 'question')}, since ${moment(at)}`;

/** A moment for everybody: `2026-11-29 14:03 UTC`. */
export const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Nothing in it is rendered, loads anything, or ends what it stands in, whatever it says. */
const block = (text: string): string => {
  const fence = fenceAround(text);
  return `${fence}text\n${text}\n${fence}`;
};

export interface ExportHead {
  readonly at: number;
  readonly botName: string;
  readonly whose: Whose;
  readonly isAmongPeople: boolean;
  readonly questions: number;
  readonly leftOut: number;
  /** What a model made of what was said before all of it; empty: nothing. */
  readonly summary: string;
}

export const markdownHead = ({ at, botName, whose, isAmongPeople, questions, leftOut, summary }: ExportHead): string =>
  [
    `# What ${inCode(botName)} remembers`,
    '',
    `Exported ${moment(at)}. ${sharedText(whose, isAmongPeople)} ${exportedText(questions, leftOut)} What somebody wrote stands in blocks, as it was written.`,
    '',
    ...(summary === '' ? [] : ['Before that, in a summary that a model made and that may be wrong:', '', block(summary), '']),
  ].join('\n');

/** One exchange as a part of the file. @param asker in the place of a name that is not there */
export const markdownOf = ({ askedAt, name, text, also, files, reply }: Spoken, asker: string, botName: string, isContinuation: boolean): string =>
  [
    ...(isContinuation
      ? ['']
      : [
          '',
          `## ${inCode(name ?? asker)}, ${moment(askedAt)}`,
          '',
          ...(text === '' ? [] : [block(text), '']),
          ...(also.length === 0 ? [] : [`With it: ${also.map((one) => inCode(cleanLine(one, 300))).join(', ')}`, '']),
          ...(files.length === 0 ? [] : [`Files: ${files.map((file) => inCode(cleanLine(file, MAX_NAME))).join(', ')}`, '']),
        ]),
    `### ${inCode(botName)}${isContinuation ? ', going on' : ''}`,
    '',
    block(reply),
    '',
  ].join('\n');
