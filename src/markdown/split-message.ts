import { createPartBuilder } from './part-builder.ts';

/** The most characters of a message, counted in UTF-16 units. https://docs.discord.com/developers/resources/message#create-message */
export const MESSAGE_LIMIT = 2_000;

export interface MessageSplitter {
  /** The parts of a text that only ever grows. All but the last one stay as they are. */
  update(fullText: string): readonly string[];
  /** The parts of the whole text, as `splitMessage` gives them. */
  finish(fullText: string): readonly string[];
}

export interface SplitOptions {
  /** The most UTF-16 units of a message. */
  readonly limit?: number;
  /** What is behind so many messages is left out, and `restNote` ends the last one. */
  readonly maxMessages?: number | undefined;
  readonly restNote?: string;
  /** Marks that are open where it is split end there and begin again: in a text whose other marks cannot be taken for such. */
  readonly carriesMarks?: boolean;
}

/**
 * Splits a growing text into messages, with work in proportion to what was added. A code block that is open at the end
 * is shown closed.
 */
export const createMessageSplitter = ({ limit = MESSAGE_LIMIT, maxMessages, restNote = '', carriesMarks = false }: SplitOptions = {}): MessageSplitter => {
  const builder = createPartBuilder({ limit, carriesMarks, ...(maxMessages === undefined ? {} : { maxParts: maxMessages, restNote }) });
  return {
    update: (fullText) => builder.read(fullText, false).parts,
    finish: (fullText) => builder.read(fullText, true).parts,
  };
};

/**
 * Splits a text into messages of at most `limit` UTF-16 units, none of them blank: between paragraphs, lines, sentences
 * or words, never inside of what belongs together as long as that fits a message. Code blocks are closed and opened
 * again. What stands in one message never depends on what comes behind it: a longer text begins with the same messages,
 * the last one excepted.
 */
export const splitMessage = (text: string, options: SplitOptions = {}): string[] => [...createMessageSplitter(options).finish(text)];
