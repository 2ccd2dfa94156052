import { describe, expect, it } from 'vitest';
import { createAnswerText } from '../../../src/discord/reply/answer-text.ts';
import { layOutAnswer } from '../../../src/discord/text/answer-layout.ts';
import { createDisplay, toDisplayText } from '../../../src/discord/text/display-text.ts';
import { settleMarks } from '../../../src/discord/text/settle-marks.ts';
import { countStepsHere } from './count-steps.ts';

const countSteps = countStepsHere();

/** The same again, so many characters of it. */
const longTextOf = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

const finish = (text: string): void => void createAnswerText({ askerId: '1' }).finish(text, '');

describe('an answer of which no message shows the end', () => {
  const pieces = ['a', 'word ', '<', '@a', '*a ', '`a', '- x\n', 'Some **bold** words and `code`.\n\n', '| a | b |\n|---|---|\n| c | d |\n\n', '日本語'];

  it('is read as far as there is room', async () => {
    for (const piece of pieces) {
      const shorter = await countSteps(() => finish(longTextOf(piece, 40_000)));
      const longer = await countSteps(() => finish(longTextOf(piece, 80_000)));
      // What is left is a look for the ends of lines.
      expect(longer - shorter, JSON.stringify(piece)).toBeLessThan(40_000 * 12);
    }
  });

  it('costs nothing more while it goes on', async () => {
    for (const piece of pieces) {
      const answer = createAnswerText({ askerId: '1' });
      const text = longTextOf(piece, 60_000);
      for (let to = 100; to <= 50_000; to += 100) answer.update(text.slice(0, to));
      const steps = await countSteps(() => {
        for (let to = 50_100; to <= 60_000; to += 100) answer.update(text.slice(0, to));
      });
      const atFirst = await countSteps(() => void createAnswerText({ askerId: '1' }).update(text.slice(0, 2_000)));
      expect(steps / 100, JSON.stringify(piece)).toBeLessThan(atFirst);
    }
  });

  it('shows what it would if all of it were read', () => {
    for (const piece of pieces) {
      const text = longTextOf(piece, 30_000);
      const shown = createAnswerText({ askerId: '1' }).finish(text, '');
      const { messages, files } = layOutAnswer(toDisplayText(text, { final: true }), { markdown: text });
      expect(shown.map(({ content }) => content)).toEqual(messages);
      expect(shown.at(-1)?.files?.map(({ name, data }) => [name, data.toString()])).toEqual(files.map(({ name, content }) => [name, content]));
    }
  });
});

describe('a mark without a partner', () => {
  const words = (length: number): string => 'word '.repeat(Math.ceil(length / 5)).slice(0, length - 1);

  it('holds up no more than two messages of a paragraph that grows', () => {
    for (const mark of ['*', '**', '_', '~~', '||']) {
      const display = createDisplay();
      const text = `${mark}a ${words(20_000)}`;
      let longest = 0;
      for (let to = 50; to <= text.length; to += 50) longest = Math.max(longest, to - display.update(text.slice(0, to)).length);
      expect(longest, mark).toBeGreaterThan(3_900);
      expect(longest, mark).toBeLessThan(4_200);
      expect(settleMarks(display.finish(text))).toBe(text);
    }
  });

  it('is paired with one that is as far away, and with none beyond, however the text comes', () => {
    for (const mark of ['*', '**', '~~', '||']) {
      for (const [length, isPaired] of [[3_900, true], [4_100, false]] as const) {
        const text = `${mark}${words(length)}${mark} and on`;
        const whole = toDisplayText(text, { final: true });
        expect(whole.startsWith(`${mark}word`)).toBe(isPaired);
        for (const size of [7, 100, 3_000]) {
          const display = createDisplay();
          for (let to = size; to < text.length; to += size) expect(whole.startsWith(display.update(text.slice(0, to)))).toBe(true);
          expect(display.finish(text)).toBe(whole);
        }
      }
    }
  });
});
