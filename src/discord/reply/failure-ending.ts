import { MESSAGE_LIMIT, splitMessage } from '../../markdown/split-message.ts';
import { isWaitText } from '../texts/wait-text.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { AnswerText } from './answer-text.ts';

/** A failure's sentence, as small print where it stands under what was written before. */
const endText = (sentence: string, isBelow: boolean, isAlarming: boolean): string =>
  isBelow ? `-# ${isAlarming ? '⚠️ ' : ''}${sentence}` : sentence;

/** What stood in the place of an answer that did not come, with why: its last words make room where there is none. */
const restored = (before: string, footer: string): string => {
  const whole = `${before}\n${footer}`;
  return whole.length <= MESSAGE_LIMIT ? whole : (splitMessage(whole, { maxMessages: 1, restNote: footer })[0] ?? footer);
};

/** Why there is no answer, below what stood in its place. */
export const belowBefore = (before: string | undefined, sentence: string, isAlarming = true): string =>
  before === undefined || before === '' ? sentence : restored(before, endText(sentence, true, isAlarming));

export interface FailureEndingOptions {
  readonly text: Pick<AnswerText, 'finish'>;
  /** What the model has written, in Markdown. */
  readonly markdown: string;
  /** What stood in the place of the answer. */
  readonly before: string | undefined;
  readonly sentence: string;
  readonly isAlarming: boolean;
  /** As of the target. */
  readonly maxMessages: number | undefined;
}

/** The messages in which an answer ends that failed: below what was written, or below what stood there before. */
export const failureEnding = ({ text, markdown, before = '', sentence, isAlarming, maxMessages }: FailureEndingOptions): readonly OutgoingMessage[] => {
  if (markdown !== '') return text.finish(markdown, endText(sentence, true, isAlarming));
  const footer = endText(sentence, before !== '', isAlarming);
  if (before === '') return text.finish('', footer);
  const isRoom = maxMessages === 1 || before.length + footer.length < MESSAGE_LIMIT;
  return isRoom ? [{ content: restored(before, footer) }] : [{ content: before }, { content: footer }];
};

/** A draft whose answer nobody writes any more. What only told of a wait makes way; where all is full of words, they are what is kept. */
export const cutShort = (draft: string, sentence: string): OutgoingMessage => {
  const lines = draft.split('\n');
  if (isWaitText(lines.at(-1) ?? '')) return { content: [...lines.slice(0, -1), sentence].join('\n') };
  const whole = `${draft}\n${endText(sentence, true, true)}`;
  return { content: whole.length <= MESSAGE_LIMIT ? whole : draft };
};
