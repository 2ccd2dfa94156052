import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createAnswerLayout, layOutAnswer } from '../../src/markdown/answer-layout.ts';
import { createDisplay, toDisplayText } from '../../src/markdown/display-text.ts';
import { liveThings } from './discord-reader.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { madeDocuments, wildTexts } from './markdown-arbitraries.ts';
import { prefixesOf, readBlocks } from './split-checks.ts';

const numRuns = fuzzRuns(500);
const NOTES = { codeNote: () => '-# code: file', restNote: () => '-# rest: file' };
const limits = fc.integer({ min: 80, max: 500 });
const counts = fc.integer({ min: 1, max: 6 });
const anyText = fc.oneof(madeDocuments.map(({ text }) => text), wildTexts);
const cutsArb = fc.array(fc.nat(), { minLength: 1, maxLength: 12 });

describe('any text', () => {
  it('becomes a few messages that fit', () => {
    fc.assert(
      fc.property(anyText, limits, counts, (text, limit, maxMessages) => {
        const { messages, files } = layOutAnswer(text, { limit, maxMessages, ...NOTES });
        expect(messages.length).toBeLessThanOrEqual(maxMessages);
        for (const message of messages) {
          expect(message.length).toBeLessThanOrEqual(limit);
          expect(message.trim()).not.toBe('');
        }
        for (const { name, content } of files) if (name === 'answer.md') expect(content).toBe(text);
      }),
      { numRuns },
    );
  });

  it('keeps its earlier messages while it grows', () => {
    fc.assert(
      fc.property(anyText, limits, counts, cutsArb, (text, limit, maxMessages, cuts) => {
        const options = { limit, maxMessages, ...NOTES };
        const { messages } = layOutAnswer(text, options);
        const layout = createAnswerLayout(options);
        for (const prefix of prefixesOf(text, cuts)) {
          const shown = layout.update(prefix);
          expect(messages.slice(0, Math.max(shown.length - 1, 0))).toEqual(shown.slice(0, -1));
          for (const message of shown) expect(message.length).toBeLessThanOrEqual(limit);
        }
        expect(layout.finish(text, text)).toEqual(layOutAnswer(text, options));
      }),
      { numRuns },
    );
  });
});

describe('an answer on Discord', () => {
  it('has nothing live in it that a model should not make live', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(wildTexts, madeDocuments.map(({ text }) => text)), { maxLength: 8, size: 'max' }), (texts) => {
        const { messages } = layOutAnswer(toDisplayText(texts.join('\n'), { final: true }), { maxMessages: 20 });
        for (const message of messages) expect(liveThings(message), message).toEqual([]);
      }),
      { numRuns },
    );
  });

  it('has each element and line of code in a message or in the file', () => {
    fc.assert(
      fc.property(madeDocuments, limits, counts, ({ text, elements, codeLines }, limit, maxMessages) => {
        const { messages, files } = layOutAnswer(text, { limit, maxMessages, ...NOTES });
        const places = [...messages, ...files.map(({ content }) => content)];
        for (const element of elements) expect(places.some((place) => place.includes(element)), element).toBe(true);
        for (const { line } of codeLines) expect(places.some((place) => place.includes(line)), line).toBe(true);
      }),
      { numRuns },
    );
  });

  it('has its code blocks whole, between three backticks', () => {
    fc.assert(
      fc.property(madeDocuments, limits, ({ text, codeLines }, limit) => {
        const { messages } = layOutAnswer(text, { limit, maxMessages: 1_000, ...NOTES });
        const languages = messages.flatMap((message) => [
          ...new Set(readBlocks(message).lines.flatMap(({ info }) => (info === undefined ? [] : [info]))),
        ]);
        expect(new Set(languages).size).toBe(languages.length);
        for (const message of messages) {
          expect(/~~~|````/.test(message)).toBe(false);
          for (const { line, info } of readBlocks(message).lines) {
            const language = codeLines.find((one) => line.endsWith(one.line))?.language;
            if (language !== undefined) expect(info).toBe(language);
          }
        }
      }),
      { numRuns },
    );
  });
});

/** What a message shows as code, without the marks of a quote, and what not. */
const readDraft = (draft: string): { readonly lines: string; readonly prose: string } => {
  const unquoted = draft.replace(/^> ?/gm, '');
  const [, before = unquoted, lines = '', behind = ''] = /^([^]*?)```\w*\n([^]*?)\n?```([^]*)$/.exec(unquoted) ?? [];
  return { lines, prose: `${before}${behind}` };
};

describe('code that becomes a file', () => {
  const code = (length: number): string => Array.from({ length }, (_, line) => `const value_${line} = compute(${line}, "*a*");`).join('\n');
  const texts: readonly [string, string][] = [
    ['alone', `\`\`\`ts\n${code(80)}\n\`\`\`\nBehind it.`],
    ['behind text', `Here it is:\n\n\`\`\`ts\n${code(80)}\n\`\`\`\n\nAnd *behind* it.`],
    ['in a quote', `> \`\`\`ts\n> ${code(80).replaceAll('\n', '\n> ')}\n> \`\`\`\n\nBehind it.`],
    ['in one line', `\`\`\`json\n{"a": "${'value '.repeat(500)}"}\n\`\`\`\nBehind it.`],
    ['with a fence in it', `Like this:\n\`\`\`py\n${code(3)}\nprint("\`\`\`*not* the _end_")\n${code(3)}\n\`\`\`\nBehind it.`],
    ['that nothing closes', `\`\`\`ts\n${code(80)}`],
  ];

  it.each(texts)('is shown as code for as long as it may stay, and as the note from then on: %s', (_name, markdown) => {
    const { messages, files } = layOutAnswer(toDisplayText(markdown, { final: true }));
    const content = files[0]?.content ?? '';
    const note = /^-# .*file.*$/m.exec(messages.join('\n'))?.[0] ?? '';
    expect([files.length, note]).toEqual([1, expect.stringContaining('code')]);
    const [display, layout] = [createDisplay(), createAnswerLayout()];
    let shownCode = '';
    let isFile = false;
    for (let end = 1; end <= markdown.length; end += 1) {
      const draft = layout.update(display.update(markdown.slice(0, end))).join('\n');
      expect(draft.includes(note) || !isFile, draft).toBe(true);
      isFile = draft.includes(note);
      const { lines, prose } = readDraft(draft);
      if (isFile) expect(messages.join('\n').startsWith(draft), draft).toBe(true);
      else expect(content.startsWith(lines) && !/value|```/.test(prose), draft).toBe(true);
      if (!isFile) shownCode = lines;
    }
    expect(isFile).toBe(true);
    // Nobody waits for it in front of nothing.
    expect(shownCode.length).toBeGreaterThan(Math.min(1_700, content.includes('```') ? 60 : Infinity));
  });
});
