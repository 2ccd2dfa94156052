import { codeNoteText, restNoteText } from '../discord/texts/answer-texts.ts';
import { codeFileContent, codeFileName } from './code-file.ts';
import { closesFence, fenceBody, openFence } from './fence.ts';
import { createPartBuilder } from './part-builder.ts';
import { settleMarks } from './settle-marks.ts';
import { MESSAGE_LIMIT } from './split-message.ts';
import type { AnswerFile } from './code-file.ts';
import type { Fence } from './fence.ts';
import type { PartsRead } from './part-builder.ts';

export interface LayoutOptions {
  /** The most UTF-16 units of a message. */
  readonly limit?: number;
  /** Longer answers end in a file. */
  readonly maxMessages?: number;
  /** The line that stands for a code block which no message can show. */
  readonly codeNote?: (fileName: string) => string;
  /** The line that ends the last message when the answer goes on in the file. */
  readonly restNote?: (fileName: string) => string;
}

/** An answer as Discord gets it. */
export interface LaidOutAnswer {
  readonly messages: readonly string[];
  /** The last message as it can be laid out once more: before its marks were settled. */
  readonly last: string;
  /** To go with the last message: the code blocks that no message can show, and the whole answer if the messages end before it. */
  readonly files: readonly AnswerFile[];
}

export interface AnswerLayout {
  /** Reads on in a text that only ever grows. False when no message has room for more: the rest is only in the file of the whole answer. */
  take(displayText: string): boolean;
  /** The messages of a text that only ever grows. All but the last one stay as they are. */
  update(displayText: string): readonly string[];
  /**
   * The messages of the whole text, and the files if it takes any.
   * @param markdown what the file of the whole answer has in it
   */
  finish(displayText: string, markdown: string): LaidOutAnswer;
}

const MAX_MESSAGES = 4;
/** Discord takes ten files with a message: nine blocks of code and the whole answer. */
const MAX_CODE_FILES = 9;
const WHOLE_ANSWER = 'answer.md';

/** Discord shows code between three backticks only. Code that has three of them in itself has become a file before. */
const withPlainFences = (message: string): string => {
  if (!message.includes('~~~') && !message.includes('````')) return message;
  let fence: Fence | undefined;
  const lines = message.split('\n').map((line) => {
    if (fence === undefined || fenceBody(line, fence) === undefined) {
      fence = openFence(line);
      return fence === undefined ? line : line.replace(fence.marker, '```');
    }
    if (!closesFence(line, fence)) return line;
    fence = undefined;
    return line.replace(/(?:`+|~+)[ \t]*$/, '```');
  });
  return lines.join('\n');
};

const asSent = (part: string): string => settleMarks(withPlainFences(part));

/**
 * Lays out a growing answer as a few messages. Code blocks stay whole. One that cannot be shown in a message, as it is
 * too long or has three backticks in it, becomes a file; so does an answer too long for the messages.
 */
export const createAnswerLayout = (options: LayoutOptions = {}): AnswerLayout => {
  const { limit = MESSAGE_LIMIT, maxMessages = MAX_MESSAGES, codeNote = codeNoteText, restNote = restNoteText } = options;
  const nameOf = (fence: Fence, index: number): string => (index < MAX_CODE_FILES ? codeFileName(fence.info, index + 1) : WHOLE_ANSWER);
  const builder = createPartBuilder({
    limit,
    carriesMarks: true,
    blockNote: (fence, index) => codeNote(nameOf(fence, index)),
    maxParts: maxMessages,
    restNote: restNote(WHOLE_ANSWER),
  });
  /** All messages but the last one, which are as they were. */
  const ended: string[] = [];
  /** The last one, which mostly is as it was while something is held back, and is for ever when there is no room for more. */
  let last = { part: '', message: '' };
  const settleEnded = ({ parts }: PartsRead): void => {
    while (ended.length < parts.length - 1) ended.push(asSent(parts[ended.length] ?? ''));
  };
  const messagesOf = (read: PartsRead): string[] => {
    settleEnded(read);
    const { parts } = read;
    if (parts.length === 0) return [];
    const part = parts.at(-1) ?? '';
    if (part !== last.part) last = { part, message: asSent(part) };
    return [...ended, last.message];
  };
  return {
    take: (displayText) => {
      const read = builder.read(displayText, false);
      settleEnded(read);
      return !read.isCutOff;
    },
    update: (displayText) => messagesOf(builder.read(displayText, false)),
    finish: (displayText, markdown) => {
      const read = builder.read(displayText, true);
      const { setAside, isCutOff } = read;
      const files = setAside.slice(0, MAX_CODE_FILES).map(({ fence, from, to }, index) => ({
        name: nameOf(fence, index),
        content: codeFileContent(fence, displayText.slice(from, to)),
      }));
      const isWholeNeeded = isCutOff || setAside.length > MAX_CODE_FILES;
      return { messages: messagesOf(read), last: read.parts.at(-1) ?? '', files: isWholeNeeded ? [...files, { name: WHOLE_ANSWER, content: markdown }] : files };
    },
  };
};

/** Lays out a whole answer. */
export const layOutAnswer = (displayText: string, options: LayoutOptions & { readonly markdown?: string } = {}): LaidOutAnswer =>
  createAnswerLayout(options).finish(displayText, options.markdown ?? displayText);
