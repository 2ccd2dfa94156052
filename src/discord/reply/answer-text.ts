import { hasVisibleText } from '../../conversation/question.ts';
import { createAnswerLayout, layOutAnswer } from '../../markdown/answer-layout.ts';
import { createDisplay } from '../../markdown/display-text.ts';
import { settleMarks } from '../../markdown/settle-marks.ts';
import { MESSAGE_LIMIT, splitMessage } from '../../markdown/split-message.ts';
import { NOTHING_TO_SHOW_TEXT, NO_FILES_TEXT, REST_LEFT_OUT_TEXT } from '../texts/answer-texts.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { AnswerLayout, LaidOutAnswer } from '../../markdown/answer-layout.ts';
import type { AnswerFile } from '../../markdown/code-file.ts';

/** What a growing answer looks like on Discord: one or more messages, of which only the last one still changes. */
export interface AnswerText {
  /** Reads what has come, so that there is little left to read when it is to be shown. */
  readOn(markdown: string): void;
  update(markdown: string): readonly OutgoingMessage[];
  /** @param footer small print below the answer; blank for none */
  finish(markdown: string, footer: string): readonly OutgoingMessage[];
  /** What `finish` gave, for a place that takes no files, and says so: all of it in messages, or what these can hold. Undefined when there are no files. */
  withoutFiles(): readonly OutgoingMessage[] | undefined;
}

export interface AnswerTextOptions {
  /** Whose mention stays one in the answer. Everybody else's becomes text. */
  readonly askerId: string;
  /** A line above the answer, shown as it is; blank for none. */
  readonly preface?: string | undefined;
  /** How many messages it may have, small print included; undefined where the layout decides. */
  readonly maxMessages?: number | undefined;
}

const TELLING_TAIL = 64;

/** Of small print that has to share a message with the answer, in characters. */
const MAX_SHARED_FOOTER_LENGTH = 800;

/** The lines that fit. */
const clippedFooter = (footer: string): string => {
  if (footer.length <= MAX_SHARED_FOOTER_LENGTH) return footer;
  const end = footer.lastIndexOf('\n', MAX_SHARED_FOOTER_LENGTH);
  return `${footer.slice(0, Math.max(end, 0))}\n-# …`.trim();
};

/** Of each message, when the footer has to fit below it. */
const limitBeside = (footer: string): number => MESSAGE_LIMIT - footer.length - 1;

/** The message, and its end with the footer below: alone, nobody could tell what that belongs to. A code block stays whole, though. */
const splitForFooter = (message: string, unsettled: string, footer: string): readonly string[] => {
  if (footer.length > MAX_SHARED_FOOTER_LENGTH) return [message, footer];
  const { messages, files } = layOutAnswer(unsettled, { limit: limitBeside(footer) });
  return files.length > 0 ? [message, footer] : [...messages.slice(0, -1), `${messages.at(-1)}\n${footer}`];
};

/** Below the last message, never inside its code block; where that has no room, below as much of it as moves along. */
const withFooter = (parts: readonly string[], unsettledLast: string, footer: string): readonly string[] => {
  if (footer === '') return parts;
  const last = parts.at(-1);
  if (last === undefined) return [footer];
  const joined = `${last}\n${footer}`;
  return [...parts.slice(0, -1), ...(joined.length <= MESSAGE_LIMIT ? [joined] : splitForFooter(last, unsettledLast, footer))];
};

const toFile = ({ name, content }: AnswerFile) => ({ name, data: Buffer.from(content), contentType: 'text/plain; charset=utf-8' });

/** How much of a text as it is shown is asked for at first, a bit more than the usual messages hold, and each time after that. */
const FIRST_BIT = 8_200;
const NEXT_BIT = 1_000;

/** Reads a text bit by bit, as it is shown, for as long as a layout has room: what stands behind that costs nothing. */
const fill = (layout: AnswerLayout, read: (enough: number) => string, below: (shown: string) => string): string => {
  for (let enough = FIRST_BIT; ; enough += NEXT_BIT) {
    const shown = read(enough);
    if (shown.length < enough || (shown.trim() !== '' && !layout.take(below(shown)))) return shown;
    enough = Math.max(enough, shown.length);
  }
};

const toMessages = (parts: readonly string[], files: readonly AnswerFile[] = []): OutgoingMessage[] => {
  const messages: OutgoingMessage[] = parts.map((content) => ({ content }));
  const last = messages.pop();
  if (last === undefined) return [];
  return [...messages, files.length === 0 ? last : { ...last, files: files.map(toFile) }];
};

export const createAnswerText = ({ askerId, preface = '', maxMessages }: AnswerTextOptions): AnswerText => {
  const most = maxMessages === undefined ? {} : { maxMessages };
  const readers = () => ({ display: createDisplay({ allowedUserIds: [askerId] }), layout: createAnswerLayout(most) });
  let current = readers();
  let seen = '';
  let inMessagesOnly: (() => readonly OutgoingMessage[]) | undefined;
  /** The readers go on where they were, unless this is another text: its last characters tell, as comparing all of it takes longer than reading on. */
  const readersOf = (markdown: string) => {
    const tail = seen.slice(-TELLING_TAIL);
    if (!markdown.startsWith(tail, seen.length - tail.length)) current = readers();
    seen = markdown;
    return current;
  };
  const below = (shown: string): string => (preface === '' ? shown : `${preface}\n${shown}`);
  const fits = (messages: readonly string[]): boolean => maxMessages === undefined || messages.length <= maxMessages;
  const inMessages = (all: string, footer: string): readonly OutgoingMessage[] => {
    const parts = splitMessage(all, { carriesMarks: true });
    const messages = withFooter(parts.map(settleMarks), parts.at(-1) ?? '', footer);
    if (fits(messages)) return toMessages(messages);
    const shared = clippedFooter(footer);
    const fewer = splitMessage(all, { ...most, carriesMarks: true, limit: limitBeside(shared), restNote: REST_LEFT_OUT_TEXT });
    return toMessages(withFooter(fewer.map(settleMarks), fewer.at(-1) ?? '', shared));
  };
  const withFiles = (layOut: (layout: AnswerLayout) => LaidOutAnswer, layout: AnswerLayout, footer: string): readonly OutgoingMessage[] => {
    const laidOut = layOut(layout);
    const messages = withFooter(laidOut.messages, laidOut.last, footer);
    if (fits(messages)) return toMessages(messages, laidOut.files);
    const shared = clippedFooter(footer);
    const shorter = layOut(createAnswerLayout({ ...most, limit: limitBeside(shared) }));
    return toMessages(withFooter(shorter.messages, shorter.last, shared), shorter.files);
  };
  const soFar = <Result>(markdown: string, layOut: (layout: AnswerLayout, shown: string) => Result): Result | undefined => {
    const { display, layout } = readersOf(markdown);
    const shown = fill(layout, (enough) => display.update(markdown, enough), below);
    return shown.trim() === '' ? undefined : layOut(layout, below(shown));
  };
  return {
    readOn: (markdown) => void soFar(markdown, (layout, shown) => layout.take(shown)),
    update: (markdown) => soFar(markdown, (layout, shown) => toMessages(layout.update(shown))) ?? [],
    finish: (markdown, footer) => {
      const { display, layout } = readersOf(markdown);
      const whole = (shown: string): string => below(!hasVisibleText(shown) && markdown.trim() !== '' ? NOTHING_TO_SHOW_TEXT : shown);
      const layOut = (one: AnswerLayout): LaidOutAnswer => {
        const shown = fill(one, (enough) => display.finish(markdown, enough), below);
        return one.finish(whole(shown), markdown);
      };
      const messages = withFiles(layOut, layout, footer);
      const noFiles = footer === '' ? NO_FILES_TEXT : `${NO_FILES_TEXT}\n${footer}`;
      inMessagesOnly = messages.at(-1)?.files === undefined ? undefined : () => inMessages(whole(display.finish(markdown)), noFiles);
      return messages;
    },
    withoutFiles: () => inMessagesOnly?.(),
  };
};
