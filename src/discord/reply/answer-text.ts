import { createAnswerLayout } from '../text/answer-layout.ts';
import { createDisplay } from '../text/display-text.ts';
import { MESSAGE_LIMIT, splitMessage } from '../text/split-message.ts';
import { NOTHING_TO_SHOW_TEXT } from '../texts.ts';
import type { OutgoingMessage } from '../discord-api.ts';
import type { AnswerFile } from '../text/code-file.ts';

/** What a growing answer looks like on Discord: one or more messages, of which only the last one still changes. */
export interface AnswerText {
  update(markdown: string): readonly OutgoingMessage[];
  /** @param footer small print below the answer; blank for none */
  finish(markdown: string, footer: string): readonly OutgoingMessage[];
  /** What `finish` gave, for a place that takes no files: all of it in messages. Undefined when there are no files. */
  withoutFiles(): readonly OutgoingMessage[] | undefined;
}

export interface AnswerTextOptions {
  /** Whose mention stays one in the answer. Everybody else's becomes text. */
  readonly askerId: string;
  /** A line above the answer, shown as it is; blank for none. */
  readonly preface?: string | undefined;
}

const TELLING_TAIL = 64;

/** Below the last message where it fits, never inside its code block; otherwise on its own. */
const withFooter = (parts: readonly string[], footer: string): readonly string[] => {
  if (footer === '') return parts;
  const last = parts.at(-1);
  if (last === undefined) return [footer];
  const joined = `${last}\n${footer}`;
  return joined.length <= MESSAGE_LIMIT ? [...parts.slice(0, -1), joined] : [...parts, footer];
};

const toFile = ({ name, content }: AnswerFile) => ({ name, data: Buffer.from(content), contentType: 'text/plain; charset=utf-8' });

const toMessages = (parts: readonly string[], files: readonly AnswerFile[] = []): OutgoingMessage[] => {
  const messages: OutgoingMessage[] = parts.map((content) => ({ content }));
  const last = messages.pop();
  if (last === undefined) return [];
  return [...messages, files.length === 0 ? last : { ...last, files: files.map(toFile) }];
};

export const createAnswerText = ({ askerId, preface = '' }: AnswerTextOptions): AnswerText => {
  const readers = () => ({ display: createDisplay({ allowedUserIds: [askerId] }), layout: createAnswerLayout() });
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
  return {
    update: (markdown) => {
      const { display, layout } = readersOf(markdown);
      const shown = display.update(markdown);
      return shown.trim() === '' ? [] : toMessages(layout.update(below(shown)));
    },
    finish: (markdown, footer) => {
      const { display, layout } = readersOf(markdown);
      const shown = display.finish(markdown);
      const all = below(shown.trim() === '' && markdown.trim() !== '' ? NOTHING_TO_SHOW_TEXT : shown);
      const { messages, files } = layout.finish(all, markdown);
      inMessagesOnly = files.length === 0 ? undefined : () => toMessages(withFooter(splitMessage(all), footer));
      return toMessages(withFooter(messages, footer), files);
    },
    withoutFiles: () => inMessagesOnly?.(),
  };
};
