import { ELSEWHERE_TEXT, whereAsked } from '../texts/answer-texts.ts';
import { MESSAGE_LIMIT } from '../../markdown/split-message.ts';
import { isForbidden } from '../rest/delivery-error.ts';
import type { Question } from '../../conversation/question.ts';
import type { TellAsker, WriteDirectly } from '../rest/direct-message.ts';
import type { TellDirectly } from '../reply/other-ways.ts';

/** The last way to a person: the answer, or why there is none, as direct messages that name the place of the question. @param onParts hears before the first in how many */
export type AnswerDirectly = (question: Pick<Question, 'id' | 'asker'>, channelId: string, onParts: (count: number) => void) => TellDirectly;

const below = (heading: string, [first = '', ...rest]: readonly string[]): readonly string[] => {
  const joined = `${heading}\n${first}`;
  return joined.length <= MESSAGE_LIMIT ? [joined, ...rest] : [heading, first, ...rest];
};

export const createAnswerDirectly =
  (writeDirectly: WriteDirectly, tellAsker: TellAsker): AnswerDirectly =>
  ({ id, asker }, channelId, onParts) =>
  async ({ messages, hasBegun, cause }) => {
    // Where the bot was never let in, that is what there is to know; and it is not told to the same person again and again.
    if (!hasBegun && isForbidden(cause)) {
      onParts(1);
      await tellAsker(asker.id, channelId, id);
      return;
    }
    const texts = below(ELSEWHERE_TEXT(whereAsked(channelId, id)), messages.map(({ content }) => content));
    onParts(texts.length);
    let first: string | undefined;
    for (const [index, text] of texts.entries()) {
      const messageId = await writeDirectly(asker.id, text, `${id}:elsewhere:${index}`, first);
      first ??= messageId;
    }
  };
