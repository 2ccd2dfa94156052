import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createMessageSplitter, splitMessage } from '../../src/markdown/split-message.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { madeDocuments, wildTexts } from './markdown-arbitraries.ts';
import { checkParts, prefixesOf, readBlocks } from './split-checks.ts';

const limits = fc.integer({ min: 50, max: 240 });
const anyText = fc.oneof(madeDocuments.map(({ text }) => text), wildTexts);
const cutsArb = fc.array(fc.nat(), { minLength: 1, maxLength: 12 });

describe('any text', () => {
  it('is split into messages that fit, are not blank, and lose nothing', () => {
    fc.assert(
      fc.property(anyText, limits, (text, limit) => checkParts(text, splitMessage(text, { limit }), limit)),
      { numRuns: fuzzRuns(800) },
    );
  });

  it('keeps its earlier messages while it grows', () => {
    fc.assert(
      fc.property(anyText, limits, cutsArb, (text, limit, cuts) => {
        const whole = splitMessage(text, { limit });
        const splitter = createMessageSplitter({ limit });
        for (const prefix of prefixesOf(text, cuts)) {
          const parts = splitMessage(prefix, { limit });
          expect(whole.slice(0, Math.max(parts.length - 1, 0))).toEqual(parts.slice(0, -1));
          const shown = splitter.update(prefix);
          for (const part of shown) expect(part.length).toBeLessThanOrEqual(limit);
          expect(whole.slice(0, Math.max(shown.length - 1, 0))).toEqual(shown.slice(0, -1));
          expect(createMessageSplitter({ limit }).update(prefix)).toEqual(shown);
        }
        expect(splitter.finish(text)).toEqual(whole);
      }),
      { numRuns: fuzzRuns(800) },
    );
  });

  it('has its code blocks closed in each message', () => {
    fc.assert(
      fc.property(anyText, limits, (text, limit) => {
        for (const part of splitMessage(text, { limit })) {
          const { isOpen, isQuoted } = readBlocks(part);
          // A quote that ends takes its code block with it.
          expect(isOpen && !isQuoted, part).toBe(false);
        }
      }),
      { numRuns: fuzzRuns(800) },
    );
  });
});

describe('fences of all lengths', () => {
  const pieces = fc.constantFrom(
    '`', '``', '```', '````', '`````', '~~~', '~~~~', '\n', '\n', '\n\n', ' ', '> ', '>', '>>> ', '- ', '1. ', '# ',
    '```js', '~~~py ', 'word', 'code https://f.g @here', '<@&22>', 'x'.repeat(30), '**', '`a`', '[a](https://b.c)', '| a | b |', '日本語', '👩‍👩‍👧‍👦',
  );
  const texts = fc.array(pieces, { minLength: 3, maxLength: 45, size: 'max' }).map((some) => some.join(''));

  it('leave no message too long, however far the text has come', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 50, max: 110 }), (text, limit) => {
        const whole = splitMessage(text, { limit });
        checkParts(text, whole, limit);
        const splitter = createMessageSplitter({ limit });
        for (let to = 1; to <= text.length; to += 1) {
          const shown = splitter.update(text.slice(0, to));
          for (const part of shown) expect(part.length, text.slice(0, to)).toBeLessThanOrEqual(limit);
          expect(whole.slice(0, Math.max(shown.length - 1, 0))).toEqual(shown.slice(0, -1));
        }
      }),
      { numRuns: fuzzRuns(300), examples: [['````<@&22>\nword```js\ncode https://f.g @here\n```\n', 50], [`> ~~~~\n>  ${'x'.repeat(38)} \n>`, 53]] },
    );
  });

  it('are not closed beyond the limit behind marks too few to close them', () => {
    for (const { fence, marks } of [{ fence: '````', marks: '```' }, { fence: '~~~~~', marks: '~~~~' }, { fence: '> ``````', marks: '> `' }]) {
      for (let words = 25; words < 50; words += 1) {
        const text = `${fence}\n${'x'.repeat(words)}\n${marks}\n`.replace(/^x/m, fence.startsWith('>') ? '> x' : 'x');
        const parts = splitMessage(text, { limit: 50 });
        checkParts(text, parts, 50);
        for (const part of parts) expect(readBlocks(part).isOpen, part).toBe(false);
      }
    }
  });
});

describe('a text without spaces', () => {
  const clusters = fc.array(fc.constantFrom('👍🏽', '👩‍👩‍👧‍👦', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'e\u0301', '❤️', 'स्ते', '각', 'x', '😀'), { minLength: 40, maxLength: 300, size: 'max' });

  it('fills its messages', () => {
    expect(splitMessage('x'.repeat(250), { limit: 100 }).map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  it('is cut between grapheme clusters', () => {
    fc.assert(
      fc.property(clusters, limits, (pieces, limit) => {
        // Flags are paired from the left: a letter between any two keeps them apart.
        const text = pieces.join('').replace(/(🇩🇪)(?=🇩🇪)/gu, '$1x');
        const segments = (part: string): string[] => [...new Intl.Segmenter().segment(part)].map(({ segment }) => segment);
        expect(splitMessage(text, { limit }).flatMap(segments)).toEqual(segments(text));
      }),
      { numRuns: fuzzRuns(300) },
    );
  });
});

describe('a document', () => {
  it('keeps its elements whole', () => {
    fc.assert(
      fc.property(madeDocuments, limits, ({ text, elements }, limit) => {
        const parts = splitMessage(text, { limit });
        for (const element of elements) expect(parts.some((part) => part.includes(element)), `${element} in ${JSON.stringify(parts)}`).toBe(true);
      }),
      { numRuns: fuzzRuns(800) },
    );
  });

  it('shows each line of code once, in a block of its language, and no empty block', () => {
    fc.assert(
      fc.property(madeDocuments, limits, ({ text, codeLines }, limit) => {
        const parts = splitMessage(text, { limit });
        for (const part of parts) expect(readBlocks(part).isOpen, part).toBe(false);
        const shown = parts.flatMap((part) => readBlocks(part).lines.filter(({ info }) => info !== undefined));
        for (const { line, language } of codeLines) {
          expect(shown.filter((one) => one.line.endsWith(line)).map(({ info }) => info)).toEqual([language]);
        }
        expect(parts.some((part) => /^[> ]*(`{3,}|~{3,})[^\n]*\n[> ]*\1$/m.test(part))).toBe(false);
      }),
      { numRuns: fuzzRuns(800) },
    );
  });

  it('stays one message when it fits', () => {
    fc.assert(
      fc.property(madeDocuments, ({ text }) => {
        const limit = Math.max(text.trim().length + 12, 50);
        expect(splitMessage(text, { limit })).toHaveLength(text.trim() === '' ? 0 : 1);
      }),
    );
  });
});

describe('a text for which there are only so many messages', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `Line number ${index}.`);
  const text = lines.join('\n');

  it('is cut off in the last one, which says so', () => {
    const messages = splitMessage(text, { limit: 100, maxMessages: 3, restNote: '(more)' });
    expect(messages).toHaveLength(3);
    for (const message of messages) expect(message.length).toBeLessThanOrEqual(100);
    expect(messages.at(-1)).toMatch(/\n\(more\)$/u);
    const shown = messages.join('\n').replace('\n(more)', '').split('\n');
    expect(shown).toEqual(lines.slice(0, shown.length));
    expect(shown.length).toBeGreaterThan(12);
  });

  it('is whole, without a word of that, where it fits, and where nobody counts them', () => {
    expect(splitMessage(lines.slice(0, 10).join('\n'), { limit: 100, maxMessages: 3, restNote: '(more)' }).join('\n')).toBe(lines.slice(0, 10).join('\n'));
    expect(splitMessage(text, { limit: 100, restNote: '(more)' }).join('\n')).toBe(text);
  });
});
