import { parse } from 'discord-markdown-parser';
import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createAnswerText } from '../../src/discord/reply/answer-text.ts';
import { createAnswerLayout, layOutAnswer } from '../../src/markdown/answer-layout.ts';
import { createDisplay, toDisplayText } from '../../src/markdown/display-text.ts';
import { openMarks } from '../../src/markdown/open-marks.ts';
import { fuzzRuns } from './fuzz-runs.ts';

interface Node {
  readonly type: string;
  readonly content?: string | readonly Node[];
}

const MARKS = new Set(['strong', 'em', 'strikethrough', 'spoiler', 'underline', 'codeBlock', 'inlineCode']);

/** Each character of a message that is no space, with the marks around it. */
const styled = (nodes: readonly Node[], around: readonly string[] = []): string[] =>
  nodes.flatMap(({ type, content = '' }) => {
    const marks = MARKS.has(type) ? [...around, type] : around;
    if (typeof content !== 'string') return styled(content, marks);
    return Array.from(content.replace(/\s|\u200B/gu, ''), (character) => `${character} ${marks.toSorted().join(' ')}`);
  });
const readStyled = (messages: readonly string[]): string[] => messages.flatMap((message) => styled(parse(message.replace(/^(?:> )+/gm, ''), 'extended') as unknown as readonly Node[]));

const laidOut = (markdown: string, limit: number): readonly string[] => layOutAnswer(toDisplayText(markdown, { final: true }), { limit, maxMessages: 1_000 }).messages;
const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');

describe('marks over the end of a message', () => {
  it.each([
    ['bold', `Before **${words(40)}** behind`],
    ['italic', `Before *${words(40)}* behind`],
    ['by an underscore', `Before _${words(40)} \`a*b\` ${words(20)}_ behind`],
    ['both', `Before ***${words(40)}*** behind`],
    ['one in the other', `**${words(20)} *${words(20)}* ${words(20)}** and *${words(5)} **${words(20)}***`],
    ['struck out', `~~${words(40)}~~ behind`],
    ['a spoiler', `The end: ||${words(40)}||, that is all`],
    ['all of them', `||~~***${words(60)}***~~||`],
    ['in a quote of several lines', `> **${words(20)}\n> ${words(20)}\n> ${words(20)}** behind`],
    ['in an item', `1. a\n2. **${words(40)}**\n   - *${words(40)}*`],
    ['around code with a mark of another kind', `**${words(15)} \`f(a_b)\` ${words(15)} \`x || y\` ${words(15)}**`],
    ['without a space', `**${'x'.repeat(300)}** ||${'語'.repeat(300)}||`],
    ['beside operators', `2 * 3 and n*m, **${words(40)}** 4 * 5 or a || b ${words(20)} c || d`],
  ])('go on in the next one: %s', (_name, markdown) => {
    const whole = readStyled(laidOut(markdown, 100_000));
    for (const limit of [60, 100, 137]) {
      const messages = laidOut(markdown, limit);
      expect(messages.length).toBeGreaterThan(1);
      for (const message of messages) expect(message.length).toBeLessThanOrEqual(limit);
      expect(readStyled(messages), messages.join('\n¶\n')).toEqual(whole);
    }
  });

  it.each(['***', '_**', '**_', '||_**', '~~***'])('do not begin right before the end of a message, however many stand there: %s', (mark) => {
    const closing = { '_**': '**_', '**_': '_**', '||_**': '**_||', '~~***': '***~~' }[mark] ?? mark;
    for (let before = 20; before < 70; before += 1) {
      const markdown = `${'w'.repeat(before)} ${mark}日本語の文 and ${words(8)}${closing} end`;
      const messages = laidOut(markdown, 72);
      expect(readStyled(messages), messages.join('\n¶\n')).toEqual(readStyled(laidOut(markdown, 100_000)));
      for (const message of messages) expect(message).not.toMatch(/__|\|\|\|\||~~~~/);
    }
  });

  const word = fc.constantFrom('word', 'of', 'snake_case', 'n*m', '日本語の文', '`a_b`', '`c * d`', 'https://a.b/c_d', '2 * 3', 'long'.repeat(8), 'and,');
  const some = fc.array(word, { minLength: 1, maxLength: 14 }).map((all) => all.join(' '));
  const marked = fc.tuple(fc.constantFrom('**', '*', '_', '~~', '||', '***', ''), some).map(([mark, text]) => `${mark}${text}${mark}`);
  const paragraph = fc.tuple(fc.constantFrom('', '', '- ', '> '), fc.array(marked, { minLength: 1, maxLength: 5 })).map(([start, all]) => `${start}${all.join(' ')}`);
  const texts = fc.array(paragraph, { minLength: 1, maxLength: 4 }).map((all) => all.join('\n\n'));

  it('do so in any mixture, and messages that are followed by another one stay as they are', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 70, max: 200 }), (markdown, limit) => {
        const messages = laidOut(markdown, limit);
        expect(readStyled(messages), `${JSON.stringify(markdown)}\n${messages.join('\n¶\n')}`).toEqual(readStyled(laidOut(markdown, 100_000)));
        const display = createDisplay();
        const layout = createAnswerLayout({ limit, maxMessages: 1_000 });
        for (let end = 0; end <= markdown.length; end += 7) {
          const draft = layout.update(display.update(markdown.slice(0, end)));
          expect(draft.slice(0, -1)).toEqual(messages.slice(0, Math.max(draft.length - 1, 0)));
        }
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('do so where small print takes a part of the message', () => {
    const markdown = `A **${words(255)}** b`;
    const footer = '-# The answer was cut off here; this is small print that takes as much room as there is, and a bit more, so that it moves.';
    const messages = createAnswerText({ askerId: '1' }).finish(markdown, footer).map(({ content = '' }) => content);
    expect(messages).toHaveLength(2);
    expect(readStyled(messages.map((one) => one.replace(footer, '')))).toEqual(readStyled(laidOut(markdown, 100_000)));
  });
});

describe('the marks that are open at the end of a text', () => {
  it.each([
    ['\n*a **b', ['*', '**']],
    ['\n\n***a* b', ['**']],
    ['> \n> _a ~~b', ['_', '~~']],
    ['* a ||b', ['||']],
    ['*a\n\nb', []],
    ['`*` **a ```\n**', ['**']],
    ['**a \\* b', ['**']],
    ['**a <@12> b', ['**']],
    ['**a\n- b', []],
  ])('are read whatever it begins with: %j', (text, marks) => {
    expect(openMarks(text)).toEqual(marks);
  });
});
