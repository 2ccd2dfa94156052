import type { Exchange, History } from './history.ts';

/** Characters of the answer's end that are quoted: enough to tell it from any other. */
const QUOTED_CHARACTERS = 200;

/** The last words of an answer, whole ones where it can be. */
const lastWords = (reply: string): string => {
  const end = Array.from(reply.trimEnd()).slice(-QUOTED_CHARACTERS).join('');
  if (end.length >= reply.trimEnd().length) return end;
  return end.replace(/^\S*\s+/u, '') || end;
};

const BEGINNING = 'Your answer was cut off because it reached its greatest length. Go on exactly where it ends, ';

/** Asks the model for the rest of an answer that was cut off. Quotes its end, for the conversation may have gone on meanwhile. */
export const continuationText = (reply: string): string =>
  `${BEGINNING}in the same language and format, ` +
  `without an introduction and without repeating anything. It ends with: ${JSON.stringify(lastWords(reply))}`;

/** Whether nobody asked it: it asks for the rest of an answer. */
export const isForRest = (text: string): boolean => text.startsWith(BEGINNING);

/** The same of an exchange: it is the rest of the answer before it. */
export const isContinuation = ({ turns: [question] }: Exchange): boolean => question.content.some((block) => 'text' in block && isForRest(block.text));

/** How many questions people have asked: an answer that went on in a second one is one. */
export const countQuestions = ({ exchanges }: History): number => exchanges.filter((exchange) => !isContinuation(exchange)).length;
