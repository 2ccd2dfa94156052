import { withButtons } from './answer-buttons.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { AnswerText } from './answer-text.ts';

/** One failed upload may be Discord's trouble of the moment; after so many, the text comes without its files. */
const TROUBLES_UNTIL_MESSAGES = 2;

type Messages = readonly OutgoingMessage[];

/** The end of an answer in messages alone, where Discord does not take its files. */
export interface WithoutUploads {
  /**
   * What is to be shown instead of `wanted`, whose files were not taken; undefined where that is to be tried as it is.
   * @param isForNow they may be taken later
   */
  instead(wanted: Messages, isForNow: boolean): Messages | undefined;
  /** Discord fails altogether, which is no reason to go without files: what had them, where it is tried without. */
  back(): Messages | undefined;
  /** Discord took what was sent. */
  taken(): void;
}

export const createWithoutUploads = (text: Pick<AnswerText, 'withoutFiles'>): WithoutUploads => {
  /** How often the end was not taken with its files while Discord failed. */
  let troubles = 0;
  let withFiles: Messages | undefined;
  return {
    instead: (wanted, isForNow) => {
      troubles += 1;
      if (isForNow && troubles < TROUBLES_UNTIL_MESSAGES) return undefined;
      const inMessagesOnly = text.withoutFiles();
      if (inMessagesOnly === undefined) return undefined;
      withFiles = isForNow ? wanted : undefined;
      return withButtons(inMessagesOnly, wanted.at(-1)?.components);
    },
    back: () => {
      const before = withFiles;
      withFiles = undefined;
      return before;
    },
    taken: () => {
      withFiles = undefined;
    },
  };
};
