/** Stands in each question, so that the simulated model knows which one it answers, and the log can be searched for it. */
export const questionMark = (index: number): string => `{ask ${index}}`;
const QUESTION_MARK = /\{ask (\d+)\}/gu;

/** The question that a turn asks: the last one in it, because earlier ones may be quoted. */
export const askedIndex = (text: string): number | undefined => {
  const found = [...text.matchAll(QUESTION_MARK)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
};

const WORDS = ['Tea', 'is', 'poured', 'slowly', 'while', 'the', 'kettle', 'sings', 'about', 'rivers'];

/** How an answer begins: even a few letters of it tell which question they belong to. */
export const leadOf = (index: number): string => `(${index})`;

/** An answer whose every sentence tells which question it belongs to, and how many sentences there are in all. */
export const markedAnswer = (index: number, sentences: number): string =>
  `${leadOf(index)} ${Array.from({ length: sentences }, (_, number) => {
    const words = WORDS.slice(0, 3 + ((index + number) % (WORDS.length - 3))).join(' ');
    return `${words} {Q${index}:${number + 1}/${sentences}}.`;
  }).join(index % 3 === 0 ? '\n\n' : ' ')}`;

export interface Mark {
  readonly index: number;
  readonly sentence: number;
  readonly sentences: number;
}

/** The marks of whole sentences in a text, in their order. */
export const marksIn = (text: string): Mark[] =>
  [...text.matchAll(/\{Q(\d+):(\d+)\/(\d+)\}/gu)].map(([, index, sentence, sentences]) => ({
    index: Number(index),
    sentence: Number(sentence),
    sentences: Number(sentences),
  }));
