import { MESSAGE_LIMIT, createMessageSplitter } from '../text/split-message.ts';
import type { OutgoingMessage } from '../discord-api.ts';

/** What a growing answer looks like on Discord: one or more messages, of which only the last one still changes. */
export interface AnswerText {
  update(markdown: string): readonly OutgoingMessage[];
  /** @param footer small print below the answer; blank for none */
  finish(markdown: string, footer: string): readonly OutgoingMessage[];
}

const toMessages = (parts: readonly string[]): OutgoingMessage[] => parts.map((content) => ({ content }));

/** Below the last message where it fits, never inside its code block; otherwise on its own. */
const withFooter = (parts: readonly string[], footer: string): readonly string[] => {
  if (footer === '') return parts;
  const last = parts.at(-1);
  if (last === undefined) return [footer];
  const joined = `${last}\n${footer}`;
  return joined.length <= MESSAGE_LIMIT ? [...parts.slice(0, -1), joined] : [...parts, footer];
};

/** @param preface a line above the answer; blank for none */
export const createAnswerText = (preface = ''): AnswerText => {
  const splitter = createMessageSplitter();
  const below = (markdown: string): string => (preface === '' ? markdown : `${preface}\n${markdown}`);
  return {
    update: (markdown) => toMessages(splitter.update(below(markdown))),
    finish: (markdown, footer) => toMessages(withFooter(splitter.finish(below(markdown)), footer)),
  };
};
