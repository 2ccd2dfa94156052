import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createAnswerText } from '../../src/discord/reply/answer-text.ts';
import { createWantedMessages } from '../../src/discord/reply/wanted-messages.ts';
import { layOutAnswer } from '../../src/markdown/answer-layout.ts';
import { createDisplay, toDisplayText } from '../../src/markdown/display-text.ts';
import { settleMarks } from '../../src/markdown/settle-marks.ts';
import { createMessageSplitter } from '../../src/markdown/split-message.ts';
import { countStepsHere } from './count-steps.ts';
import { fuzzRuns } from './fuzz-runs.ts';

const countSteps = countStepsHere();

/** The same again, so many characters of it. */
const longTextOf = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** What a text is passed through, in pieces of so many characters. */
const passes: Readonly<Record<string, (text: string, size: number) => void>> = {
  display: (text, size) => {
    const display = createDisplay();
    for (let to = size; to < text.length; to += size) display.update(text.slice(0, to));
    display.finish(text);
  },
  splitting: (text, size) => {
    const splitter = createMessageSplitter();
    for (let to = size; to < text.length; to += size) splitter.update(text.slice(0, to));
    splitter.finish(text);
  },
  settling: (text) => void settleMarks(text.replace(/[*_~|[]/g, '\uFDD1$&')),
};

const CHARACTERS = ['\\', '`', '*', '_', '~', '|', '<', '>', '&', '[', ']', '(', ')', '!', '$', '#', '-', '.', ':', '@', '/', '=', '"', '+', ' ', '\n', '\t', '\r', 'a', '1', 'h', '日', '\u0301', '\u200B', '\u200D', '\uD800', '👩'];
const FRAGMENTS = [
  '```\n', '```a\n```\n', '> ```\n', '>>> ', '- ', '1. ', '    a\n', '\n\n    ', '|a|\n|-|\n', '| a | b\n', '|-|\n', 'a|b\n', '~~~ a\n', 'a```', '``` ', '##### a\n', '# ', '=\n', 'a\n=\n',
  '[a](b)', '![', '](', '[[]](', '<!--', '<!-- -->', '<a b=', '<https://a', 'https://a.b ', 'http', '<br>', '<@1>', '&am', '&amp;', '\\(', '\\[', '$a', '$$', '$a$', 'discord.gg/', '@everyone',
  '*a*_b_', '**a*', '_a*', '||a', '~~a~~', 'a`', '``a`', 'x_y', '*\n', '`\n', ' \n', '\\\n', 'a. ', '\n>', '- - ', '  ', '\\\\',
];

/** Of 400 characters each decision may need to see, none may be looked at much more often than once for each other. */
const MOST_STEPS = 450;
/** What each draft looks at again: the message that still grows. */
const STEPS_OF_A_DRAFT = 25_000;

/** What text that is four times as long costs for each character, compared: what is decided over some hundred characters, and each cut, makes for a bit. */
const expectLinear = async (pass: (text: string, size: number) => void, piece: string, size: number, head = ''): Promise<void> => {
  const [shorter, longer] = [5_000, 20_000];
  const before = await countSteps(() => pass(head + longTextOf(piece, shorter), size));
  const after = await countSteps(() => pass(head + longTextOf(piece, longer), size));
  const what = `${JSON.stringify(piece)} in pieces of ${size}`;
  expect(after / longer, what).toBeLessThan(MOST_STEPS + STEPS_OF_A_DRAFT / size);
  expect(after / longer, what).toBeLessThan((before / shorter) * 1.5 + 40);
};

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
      expect(steps / 100, JSON.stringify(piece)).toBeLessThan(500);
    }
  });

  it('leaves little to read at its end, and in its next draft, however seldom it is shown', async () => {
    for (const piece of pieces) {
      const markdown = longTextOf(piece, 8_000);
      const inOneGo = await countSteps(() => finish(markdown));
      const text = createAnswerText({ askerId: '1' });
      const wanted = createWantedMessages({ text, buttons: { whileWriting: () => undefined }, preface: undefined });
      for (let to = 100; to < markdown.length; to += 100) wanted.grow(markdown.slice(0, to));
      const atTheEnd = await countSteps(() => void text.finish(markdown, ''));
      expect(atTheEnd / inOneGo, JSON.stringify(piece)).toBeLessThan(1 / 2);
      expect(text.finish(markdown, ''), JSON.stringify(piece)).toEqual(createAnswerText({ askerId: '1' }).finish(markdown, ''));
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

describe('a row without an end', () => {
  it('holds up no more than 4,000 characters, whatever is in it', () => {
    for (const piece of ['||a', '| word ', '|`', '|*a* ']) {
      const markdown = `| a | b |\n|---|---|\n| c | d |\n${longTextOf(piece, 20_000)}`;
      const display = createDisplay();
      const whole = toDisplayText(markdown, { final: true });
      for (let to = 5_000; to <= markdown.length; to += 1_000) {
        const shown = display.update(markdown.slice(0, to));
        expect(whole.startsWith(shown), piece).toBe(true);
        // Backslashes, and what keeps marks apart, are more than there was.
        expect(shown.length, piece).toBeGreaterThan(to - 4_200);
      }
      expect(display.finish(markdown)).toBe(whole);
      expect(whole).toContain('c');
    }
  });
});

describe('what shows nothing', () => {
  it('costs little, though all of it is read', async () => {
    for (const [piece, head] of [['\\\n', ''], ['\\\n  ', ''], ['\n>', ''], ['\u200B\n', ''], ['\u200B\n', '<pre>\n'], ['\n   \r', '<pre>\n']] as const) {
      const text = head + longTextOf(piece, 20_000);
      const steps = await countSteps(() => finish(text));
      expect(steps / text.length, JSON.stringify(head + piece)).toBeLessThan(28);
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

  it('holds up no more where each pair hangs on the one before', () => {
    for (const piece of ['*-:&amp;**', '*a**', '**b*', '_-:_*:-*']) {
      const text = longTextOf(piece, 30_000);
      const display = createDisplay();
      const whole = toDisplayText(text, { final: true });
      for (let to = 6_000; to <= text.length; to += 3_000) {
        const shown = display.update(text.slice(0, to));
        expect(whole.startsWith(shown), piece).toBe(true);
        expect(shown.length, piece).toBeGreaterThan((to - 5_000) * 0.4);
      }
      expect(display.finish(text)).toBe(whole);
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

describe('work', () => {
  for (const [name, pass] of Object.entries(passes)) {
    it(`grows with the text and no faster: ${name}`, async () => {
      for (const piece of [...CHARACTERS, ...FRAGMENTS]) await expectLinear(pass, piece, 100);
    });
  }

  it('grows with a table and no faster, whatever its rows are', async () => {
    const rows = ['| a | b |\n', '|\n', '|||', '| `` ', '| `a`\n', '| **a\n', '| [a](b)\n', '| [a', '| <!-- \n', '| <br>', '| a\\|', `| ${'`a'.repeat(30)}\n`];
    for (const row of rows) await expectLinear(passes['display'] ?? (() => undefined), row, 100, '| a | b |\n|---|---|\n');
  });

  it('grows with a block of HTML and no faster', async () => {
    const pieces = [...CHARACTERS, 'a b\n', '- a\n', '    ', '</p', '<p>\n', '</pre>\n<pre>\n', '1. ', '~~~', '```a', '*a* ', 'https://a', '<@1>'];
    for (const head of ['<pre>\n', '<div>\n', '<p>']) for (const piece of pieces) await expectLinear(passes['display'] ?? (() => undefined), piece, 100, head);
  });

  it('grows with formulas that nothing closes and no faster', async () => {
    for (const piece of ['\n\r\\[', '\\[', '\\(', '\\(a ', '\\[a\\]\\[', '$$ ', '\\[\\\\']) await expectLinear(passes['display'] ?? (() => undefined), piece, 5_000);
  });

  it('is little for each character of any pair', async () => {
    for (const [index, first] of CHARACTERS.entries()) {
      for (const second of CHARACTERS.slice(index + 1)) {
        const text = longTextOf(first + second, 800);
        const steps = await countSteps(() => void createDisplay().finish(text));
        expect(steps / text.length, JSON.stringify(first + second)).toBeLessThan(MOST_STEPS);
      }
    }
  });

  it('grows with any mixture of marks and no faster, however it comes', async () => {
    const pieces = fc.array(fc.constantFrom(...CHARACTERS, ...FRAGMENTS), { minLength: 2, maxLength: 6 }).map((some) => some.join(''));
    await fc.assert(
      fc.asyncProperty(pieces, fc.constantFrom('display', 'splitting'), fc.constantFrom(30, 300, 5_000), (piece, name, size) =>
        expectLinear(passes[name] ?? (() => undefined), piece, size),
      ),
      { numRuns: fuzzRuns(40) },
    );
  });
});
