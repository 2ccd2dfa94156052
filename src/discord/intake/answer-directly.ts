import { ELSEWHERE_TEXT } from '../texts/answer-texts.ts';
import { MESSAGE_LIMIT } from '../../markdown/split-message.ts';
import { isForbidden } from '../rest/delivery-error.ts';
import type { Question } from '../../conversation/question.ts';
import type { TellAsker, WriteDirectly } from '../rest/direct-message.ts';
import type { TellDirectly } from '../reply/other-ways.ts';

/** The last way to a person: the answer, or why there is none, as direct messages that name the place of the question. */
export type AnswerDirectly = (question: Pick<Question, 'id' | 'asker'>, channelId: string) => TellDirectly;

const below = (heading: string, [first = '', ...rest]: readonly string[]): readonly string[] => {
  const joined = `${heading}\n${first}`;
  return joined.length <= MESSAGE_LIMIT ? [joined, ...rest] : [heading, first, ...rest];
};

export const createAnswerDirectly =
  (writeDirectly: WriteDirectly, tellAsker: TellAsker): AnswerDirectly =>
  ({ id, asker }, channelId) =>
  async ({ messages, hasBegun, cause }) => {
    // Where the bot was never let in, that is what there is to know; and it is not told to the same person again and again.
    if (!hasBegun && isForbidden(cause)) {
      await tellAsker(asker.id, channelId, id);
      return;
    }
    const texts = below(ELSEWHERE_TEXT(channelId), messages.map(({ content }) => content));
    for (const [index, text] of texts.entries()) await writeDirectly(asker.id, text, `${id}:elsewhere:${index}`);
  };
