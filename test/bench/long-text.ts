import { importFrom, median } from './rig.ts';
import type * as AnswerTextModule from '../../src/discord/reply/answer-text.ts';
import type * as SplitMessageModule from '../../src/markdown/split-message.ts';
import type { Subject } from './rig.ts';

/** From a model's Markdown to what is sent of it. */
export const loadFinish = async (subject: Subject): Promise<(text: string) => void> => {
  const { createAnswerText } = await importFrom<typeof AnswerTextModule>(subject, 'src/discord/reply/answer-text.ts');
  return (text) => void createAnswerText({ askerId: '1' }).finish(text, '');
};

const LENGTH = 20_000;
const ROUNDS = 60;
const ROUNDS_TO_WARM_UP = 20;

const BLOCKS: readonly ((number: number) => string)[] = [
  (number) => `## Part ${number}\n\nA paragraph with **bold words**, a [link](https://example.com/${number}), \`code\` and as many words as a paragraph has. It has a second sentence, too.`,
  (number) => `- a first point of ${number}\n- a second one, with *emphasis*\n  - and one below it: https://example.com/${number}`,
  (number) => `\`\`\`ts\n${Array.from({ length: 12 }, (_, line) => `const value${line} = compute(${line}, "${number}");`).join('\n')}\n\`\`\``,
  (number) => `| Name | Value |\n|---|---:|\n${Array.from({ length: 5 }, (_, row) => `| row ${row} | ${row * number} |`).join('\n')}`,
  (number) => `> A quote of number ${number}.\n\n日本語の文章もあります。絵文字も 👩‍👩‍👧‍👦 あります。`,
];

/** An answer with each kind of Markdown, as long as it is to be. */
const answerOf = (length: number): string => {
  let text = '';
  for (let number = 0; text.length < length; number += 1) text += `${BLOCKS[number % BLOCKS.length]?.(number) ?? ''}\n\n`;
  return text.slice(0, length);
};

const TEXT = answerOf(LENGTH);

const measure = (work: () => void): number => {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + ROUNDS_TO_WARM_UP; round += 1) {
    const startedAt = performance.now();
    work();
    if (round >= ROUNDS_TO_WARM_UP) times.push(performance.now() - startedAt);
  }
  return median(times);
};

/** Splitting a long answer into messages, in milliseconds. */
export const measureSplit = async (subject: Subject): Promise<number> => {
  const { splitMessage } = await importFrom<typeof SplitMessageModule>(subject, 'src/markdown/split-message.ts', 'src/discord/text/split-message.ts');
  return measure(() => splitMessage(TEXT));
};

/** Everything from the model's Markdown to what is sent, in milliseconds. */
export const measureWholeAnswer = async (subject: Subject): Promise<number> => {
  const finish = await loadFinish(subject);
  return measure(() => finish(TEXT));
};

/** The same while the answer grows, all its drafts together, in milliseconds. */
export const measureGrowingAnswer = async (subject: Subject, deltas: number): Promise<number> => {
  const { createAnswerText } = await importFrom<typeof AnswerTextModule>(subject, 'src/discord/reply/answer-text.ts');
  return measure(() => {
    const answer = createAnswerText({ askerId: '1' });
    let soFar = '';
    for (let delta = 0; delta < deltas; delta += 1) {
      soFar += TEXT.slice((LENGTH / deltas) * delta, (LENGTH / deltas) * (delta + 1));
      answer.update(soFar);
    }
    answer.finish(soFar, '');
  });
};
